"""What can be said of the bureau. Pure."""

import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from layers.clock import Kind, limit_of, shifts_of
from layers.errors import Invalid

LANGUAGES = ("zh", "en")
LONGEST = {"name_zh": 100, "name_en": 100, "source": 300}
DIVISION = re.compile(r"[0-9]{4}|[0-9]{6}")
"""Codes of GB/T 2260: a prefecture's four digits or a county's six."""


def check(said: Mapping[str, str]) -> None:
    """Raise at the first value that cannot be; an empty one takes back what was said."""
    for name, longest in LONGEST.items():
        if len(said.get(name, "")) > longest:
            raise Invalid("bureau_too_long", field=name, longest=longest)
    if said.get("division") and not DIVISION.fullmatch(said["division"]):
        raise Invalid("bad_division", division=said["division"])
    if said.get("timezone") and said["timezone"] not in available_timezones():
        raise Invalid("bad_timezone", timezone=said["timezone"])
    if said.get("hours"):
        shifts_of(said["hours"])
    if said.get("acknowledge"):
        check_acknowledge(said["acknowledge"])
    if said.get("language") and said["language"] not in LANGUAGES:
        raise Invalid("bad_language", known=LANGUAGES)


def check_acknowledge(text: str) -> None:
    """Raise unless this is a time that runs day and night, such as 5m."""
    if limit_of(text).kind is not Kind.CONTINUOUS:
        raise Invalid("bad_acknowledge", limit=text)
