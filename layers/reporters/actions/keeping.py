"""One incident's reporter. Each look at it is written down, as is each change."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, update
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, may
from layers.errors import Invalid
from layers.incidents import queries as incidents
from layers.journal.actions import note
from layers.reporters import queries
from layers.reporters.actions.sealed import EMPTY, opened, sealed
from layers.reporters.rules import Contact, Wishes
from layers.reporters.tables import Reporter
from layers.sealing import Keyring


@dataclass(frozen=True)
class Shown:
    """An opened reporter."""

    contact: Contact
    wishes: Wishes
    kept_at: datetime


def keep(  # noqa: PLR0913  (an action: of which incident, whom, with which keys, who, when)
    connection: Connection,
    incident_id: UUID,
    contact: Contact,
    wishes: Wishes,
    *,
    ring: Keyring,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep who reported, at intake or anew; takes the place of what was kept."""
    may(actor, Verb.CONTACT, [incidents.township_of(connection, actor, incident_id)])
    _write(connection, incident_id, contact, wishes, ring, at)
    fields = sorted(contact.given())
    note(connection, "keep", "reporters", str(incident_id), actor=actor, at=at, fields=fields)


def show(
    connection: Connection, incident_id: UUID, *, ring: Keyring, actor: Actor, at: datetime
) -> Shown:
    """Who reported an incident, for whoever must call back."""
    row = queries.one(connection, actor, incident_id)
    note(connection, "read", "reporters", str(incident_id), actor=actor, at=at)
    return Shown(opened(ring, row), Wishes(row["callback"], row["kept_until"]), row["kept_at"])


def correct(
    connection: Connection,
    incident_id: UUID,
    changes: Mapping[str, object],
    *,
    ring: Keyring,
    actor: Actor,
    at: datetime,
) -> None:
    """Change some fields of a Contact or of Wishes, by name; None empties one."""
    row = queries.one(connection, actor, incident_id, locked=True)
    contact, wishes = opened(ring, row), Wishes(row["callback"], row["kept_until"])
    theirs = {name: value for name, value in changes.items() if name in asdict(wishes)}
    ours = {name: value for name, value in changes.items() if name not in theirs}
    changed = replace(contact, **ours), replace(wishes, **theirs)  # type: ignore[arg-type]
    _write(connection, incident_id, *changed, ring, at)
    fields = sorted(changes)
    note(connection, "correct", "reporters", str(incident_id), actor=actor, at=at, fields=fields)


def remove(connection: Connection, incident_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Forget who reported. The incident stays; no later file brings its reporter back.

    Needs no key: what nobody can open any more can still be removed.
    """
    queries.one(connection, actor, incident_id, locked=True)
    gone = update(Reporter).where(Reporter.incident_id == incident_id)
    connection.execute(gone.values({**EMPTY, "removed_at": at}))
    note(connection, "remove", "reporters", str(incident_id), actor=actor, at=at)


def _write(
    connection: Connection,
    incident_id: UUID,
    contact: Contact,
    wishes: Wishes,
    ring: Keyring,
    at: datetime,
) -> None:
    if not contact.given():
        raise Invalid("reporter_empty")
    columns = {**sealed(ring, incident_id, contact), **asdict(wishes), "removed_at": None}
    first = upsert(Reporter).values(incident_id=incident_id, kept_at=at, **columns)
    connection.execute(
        first.on_conflict_do_update(index_elements=[Reporter.incident_id], set_=columns)
    )
