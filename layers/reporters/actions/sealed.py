"""What stands in the table for a contact."""

from collections.abc import Mapping
from typing import TypedDict
from uuid import UUID

from sqlalchemy import RowMapping

from layers.reporters.rules import Contact
from layers.sealing import Home, Keyring

EMPTY: Mapping[str, object] = {
    "key_id": "",
    "sealed": None,
    "marks": [],
    "callback": None,
    "kept_until": None,
}
"""What is left of a reporter who was removed."""


class Sealed(TypedDict):
    """The columns that hold a contact."""

    key_id: str
    sealed: bytes
    marks: list[bytes]


def sealed(ring: Keyring, incident_id: UUID, contact: Contact) -> Sealed:
    return {
        "key_id": ring.current,
        "sealed": ring.seal(contact.given(), _home(incident_id)),
        "marks": sorted(ring.mark(kind, value) for kind, value in contact.marked()),
    }


def opened(ring: Keyring, row: RowMapping) -> Contact:
    fields = ring.open(row["sealed"], _home(row["incident_id"]))
    return Contact(**{name: str(text) for name, text in fields.items()})


def _home(incident_id: UUID) -> Home:
    return Home("reporters", str(incident_id), "contact")
