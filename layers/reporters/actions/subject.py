"""Reporters of many incidents: all that one person reported, and what goes out in a file.

A person is found by the exact number or address alone, for that person who asks to see or remove
it, and by nobody whose power is less than the bureau.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, update

from layers.access import Actor, Verb, may
from layers.journal.actions import note
from layers.reporters import queries
from layers.reporters.actions.sealed import EMPTY, opened
from layers.reporters.rules import Contact
from layers.reporters.tables import Reporter
from layers.sealing import Keyring

NOTED_AT_ONCE = 1000


@dataclass(frozen=True)
class Report:
    """An incident that somebody reported, and what is kept of that person with it."""

    row: RowMapping
    contact: Contact


def find(  # noqa: PLR0913  (an action: by what, from where, with which keys, who, when)
    connection: Connection,
    wanted: tuple[str, str],
    *,
    after: UUID | None,
    limit: int,
    ring: Keyring,
    actor: Actor,
    at: datetime,
) -> list[Report]:
    """The reports with exactly this number or address (rules.wanted), by id."""
    rows = queries.marked(connection, actor, ring.marks(*wanted), after=after, limit=limit)
    incidents = [str(row["incident_id"]) for row in rows]
    note(connection, "find", "reporters", wanted[0], actor=actor, at=at, incidents=incidents)
    return [Report(row, opened(ring, row)) for row in rows]


def disclose(
    connection: Connection,
    incidents: Sequence[UUID],
    *,
    ring: Keyring,
    actor: Actor,
    at: datetime,
) -> dict[UUID, Contact]:
    """Who reported these incidents, for a file that leaves the bureau's hands."""
    rows = queries.of_incidents(connection, actor, incidents)
    ids = [str(row["incident_id"]) for row in rows]
    for begin in range(0, len(ids), NOTED_AT_ONCE):
        some = ids[begin : begin + NOTED_AT_ONCE]
        note(connection, "disclose", "reporters", "file", actor=actor, at=at, incidents=some)
    return {row["incident_id"]: opened(ring, row) for row in rows}


def remove_all(
    connection: Connection, wanted: tuple[str, str], *, ring: Keyring, actor: Actor, at: datetime
) -> Sequence[UUID]:
    """Forget who reported in all reports with this number or address; the incidents stay."""
    may(actor, Verb.CONTACT)
    theirs = update(Reporter).where(Reporter.marks.overlap(ring.marks(*wanted)))
    gone = theirs.values({**EMPTY, "removed_at": at}).returning(Reporter.incident_id)
    incidents = sorted(connection.execute(gone).scalars())
    told = [str(incident_id) for incident_id in incidents]
    note(connection, "remove", "reporters", wanted[0], actor=actor, at=at, incidents=told)
    return incidents
