"""Rubbish as a public matter, and what it may ask."""

from datetime import datetime

import orjson
import pytest
from sqlalchemy import Connection, text

from tests.cast import Cast

QUESTIONS = orjson.dumps([
    {"code": "size", "datatype": "singlevaluelist", "zh": "多大", "en": "How big",
     "required": True, "hint_en": "About", "values": [
         {"key": "s", "zh": "小", "en": "Small"}, {"key": "l", "zh": "大", "en": "Large"}]},
    {"code": "kinds", "datatype": "multivaluelist", "zh": "种类", "en": "Kinds", "values": [
        {"key": "a", "zh": "甲", "en": "A"}, {"key": "b", "zh": "乙", "en": "B"}]},
    {"code": "bags", "datatype": "number", "zh": "袋数", "en": "Bags"},
    {"code": "note", "datatype": "text", "zh": "说明", "en": "Bring nothing", "variable": False},
]).decode()  # fmt: skip


@pytest.fixture
def town(cast: Cast, connection: Connection, noon: datetime) -> Cast:
    """Rubbish is a public matter."""
    cast.report(119.9031, 29.7042, noon)
    connection.execute(text("UPDATE matters SET offered = true, public = true"))
    return cast


@pytest.fixture
def asking(connection: Connection, town: Cast) -> None:
    connection.execute(text("UPDATE matters SET questions = CAST(:q AS jsonb)"), {"q": QUESTIONS})
