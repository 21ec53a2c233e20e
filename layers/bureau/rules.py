"""What can be said of the bureau. Pure."""

import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from layers.clock import Kind, limit_of, shifts_of
from layers.errors import Invalid

LANGUAGES = ("zh", "en")
LONGEST = {"name_zh": 100, "name_en": 100, "source": 300}
ZONES = frozenset(available_timezones())
"""Once for the process: they are found in some hundred files."""
DIVISION = re.compile(r"[0-9]{4}|[0-9]{6}")
"""Codes of GB/T 2260: a prefecture's four digits or a county's six."""
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()-]{1,28}[0-9]")
"""One number, as it is to be dialled from a telephone that meets it in a link."""


def check(said: Mapping[str, str]) -> None:
    """Raise at the first value that cannot be; an empty one takes back what was said."""
    for name, longest in LONGEST.items():
        if len(said.get(name, "")) > longest:
            raise Invalid("bureau_too_long", field=name, longest=longest)
    _check_numbers(said)
    if said.get("timezone") and said["timezone"] not in ZONES:
        raise Invalid("bad_timezone", timezone=said["timezone"])
    if said.get("hours"):
        shifts_of(said["hours"])
    if said.get("acknowledge"):
        check_acknowledge(said["acknowledge"])
    if said.get("language") and said["language"] not in LANGUAGES:
        raise Invalid("bad_language", known=LANGUAGES)


def _check_numbers(said: Mapping[str, str]) -> None:
    if said.get("division") and not DIVISION.fullmatch(said["division"]):
        raise Invalid("bad_division", division=said["division"])
    if said.get("telephone") and not TELEPHONE.fullmatch(said["telephone"]):
        raise Invalid("bad_telephone", telephone=said["telephone"])


def check_acknowledge(text: str) -> None:
    """Raise unless this is a time that runs day and night, such as 5m."""
    if limit_of(text).kind is not Kind.CONTINUOUS:
        raise Invalid("bad_acknowledge", limit=text)
