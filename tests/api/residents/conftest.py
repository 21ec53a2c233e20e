"""Matters that everybody may report, and somebody who reports."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from api import deps
from tests.api.conftest import HERE
from tests.api.residents.resident import PLACE, REPORTS

QUESTION = """[{"code": "size", "datatype": "singlevaluelist", "zh": "多大", "en": "How large",
    "required": true, "values": [{"key": "big", "zh": "大", "en": "Big"}]}]"""


@pytest.fixture(autouse=True)
def town(cast, connection: Connection):
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered, public, questions) VALUES"
        " ('S02', '垃圾', 'Rubbish', true, true, '[]'),"
        " ('S03', '渣土', 'Rubble', true, true, CAST(:question AS jsonb)),"
        " ('S09', '传销', 'Fraud', true, false, '[]')"
    ), {"question": QUESTION})  # fmt: skip
    return cast


@pytest.fixture
def ticket(client: TestClient, app: FastAPI, noon: datetime) -> Callable[[], str]:
    """One that somebody got a minute ago."""

    def issued(ago: timedelta = timedelta(minutes=1)) -> str:
        app.dependency_overrides[deps.now] = lambda: noon - ago
        found = client.get("/api/public/ticket").json()["ticket"]
        app.dependency_overrides[deps.now] = lambda: noon
        return found

    return issued


@pytest.fixture
def sent(client: TestClient, ticket) -> Callable[..., object]:
    def send(**more: object):
        given = {"id": str(uuid4()), "ticket": ticket(), "matter": "S02", **PLACE} | more
        return client.post(REPORTS, json=given)

    return send


@pytest.fixture
def moved(connection: Connection) -> Callable[[str], None]:
    """Where the only case stands."""

    def go(state: str) -> None:
        connection.execute(text("UPDATE incidents SET state = :state"), {"state": state})

    return go


@pytest.fixture
def away(app: FastAPI) -> TestClient:
    """Somebody on the network."""
    return TestClient(app, HERE, raise_server_exceptions=False, client=("198.51.100.7", 50_000))
