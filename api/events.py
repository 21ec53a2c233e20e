"""What is told to those who look on, made of the sealed journal: each row once, in one order, and
nothing of it that its reader may not see by now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import orjson
from fastapi.sse import ServerSentEvent as Event
from sqlalchemy import Connection

from api.answers import Row
from api.case_shown import IncidentShown, listed, shown
from api.circumstances import Circumstances
from api.settings import Settings
from api.tiles import LAYERS
from layers.access import Actor, Verb, acting
from layers.db import Page
from layers.files import silent
from layers.incidents import queries as incidents
from layers.journal.rules import Head
from layers.squads import queries as squads

EAR = Actor("stream", frozenset({Verb.AUDIT}))
"""Who reads the seals: which things have changed, and nothing of what they are."""
LAYERS_TOLD = {"incidents", "matters", "squads"}.union(*(one.kinds for one in LAYERS.values()))
"""Of which it is told that the whole of them may have changed: a file was imported, a plan
approved."""
MOST_SQUADS = 100_000
RESET, MARK = "reset", "mark"


@dataclass(frozen=True)
class Seal:
    """One row of the journal: its place, and of what it tells."""

    head: Head
    kind: str
    subject: str
    verb: str = ""
    details: Mapping[str, object] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, row: Row) -> "Seal":
        head = Head(row["number"], row["digest"].hex())
        return cls(head, row["kind"], row["subject"], row["verb"], row["details"])

    @property
    def case(self) -> UUID | None:
        """The case that it is about, if it is about one."""
        try:
            return UUID(self.subject) if self.kind == "incidents" else None
        except ValueError:
            return None


@dataclass(frozen=True)
class Told:
    """An event, and whose own report it is about: for its reporter it may read otherwise."""

    number: int
    event: Event
    row: Row | None = None
    case: IncidentShown | None = None


def place(head: Head) -> str:
    """An event's id: where in the chain it stands, and in which chain."""
    return f"{head.number}-{head.digest[:16]}"


def scope(actor: Actor) -> Actor:
    """What of an actor decides what is seen: for all who see the whole bureau it is one. Whoever
    sees a part of it also sees the own reports."""
    return replace(actor, name=EAR.name, token=None) if actor.townships is None else actor


def of_seals(
    connection: Connection, reader: Actor, seals: Sequence[Seal], settings: Settings, at: datetime
) -> list[Told]:
    """What a reader is told of these rows, with the cases as they are now."""
    acting(connection, reader)
    cases = {seal.case for seal in seals if seal.case is not None}
    rows, gone = incidents.those(connection, reader, cases) if cases else ((), set())
    around = Circumstances(settings, reader, at, silent)
    items = listed(connection, rows, around)
    known = {row["id"]: (row, case) for row, case in zip(rows, items, strict=True)}
    hidden = cases - known.keys() - gone if reader.townships is not None else set()
    gone |= _left(connection, reader, hidden)
    told = [told for seal in seals for told in _told(seal, known, gone)]
    moved = _moved(reader, seals, hidden - gone)
    return sorted([*told, *moved], key=lambda one: one.number)


def had_by(connection: Connection, seals: Sequence[Seal]) -> set[str]:
    """The squads that have or had one of these cases."""
    cases = {seal.case for seal in seals if seal.case is not None}
    acting(connection, EAR)
    return incidents.had_by(connection, EAR, cases) if cases else set()


def _left(connection: Connection, reader: Actor, hidden: set[UUID]) -> set[UUID]:
    """The cases out of sight by now that a worker's grid was asked to look at."""
    if not hidden or not reader.grids:
        return set()
    acting(connection, EAR)
    return incidents.asked_before(connection, EAR, hidden, reader.grids)


def _moved(reader: Actor, seals: Sequence[Seal], hidden: set[UUID]) -> list[Told]:
    """A case that was put where its reader does not see: who cannot see it is not told which it
    is, and reads everything anew."""
    moved = [seal for seal in seals if seal.case in hidden and _left_sight(reader, seal)]
    return [Told(seal.head.number, reset(seal.head, "moved")) for seal in moved[-1:]]


def _left_sight(reader: Actor, seal: Seal) -> bool:
    """Whether a case was in sight before it was amended."""
    if seal.verb != "amend":
        return False
    if "left_grid" not in seal.details:  # noted before that was: it may have been
        return True
    seen = reader.grids | (reader.townships or frozenset())
    return bool(seen & {seal.details["left_grid"], seal.details["left_township"]})


def _told(
    seal: Seal, known: Mapping[UUID, tuple[Row, IncidentShown]], gone: set[UUID]
) -> Iterator[Told]:
    number, identity, case = seal.head.number, place(seal.head), seal.case
    if case is not None and case in known:
        row, found = known[case]
        yield Told(number, _event(identity, found), row, found)
    elif case in gone:
        yield Told(number, Event(id=identity, event="gone", data={"id": case}))
    elif case is None and seal.kind in LAYERS_TOLD:
        changed = {"layer": seal.kind, "version": number}
        yield Told(number, Event(id=identity, event="layer", data=changed))


def _event(identity: str | None, case: IncidentShown) -> Event:
    """A case as its list has it."""
    return Event(id=identity, event="incident", raw_data=case.model_dump_json())


def to(actor: Actor, told: Told, settings: Settings, at: datetime) -> Event:
    """The event as one person is told it: only the own report reads otherwise for its reporter."""
    if told.row is None or told.case is None or told.row["reported_by"] != actor.name:
        return told.event
    own = shown(told.row, Circumstances(settings, actor, at, silent))
    return _event(told.event.id, told.case.model_copy(update=own))


def of_squads(
    connection: Connection, reader: Actor, settings: Settings, at: datetime
) -> dict[str, bytes]:
    """Every squad in sight by its code, as its list has it."""
    acting(connection, reader)
    rows = squads.listed(connection, reader, at, Page(limit=MOST_SQUADS), settings.belief)
    busy = incidents.doing(connection, reader)
    told = ({**row, **busy.get(row["code"], incidents.Doing())._asdict()} for row in rows)
    return {one["code"]: orjson.dumps(one, option=orjson.OPT_UTC_Z) for one in told}


def snapshot(now: Mapping[str, bytes], before: Mapping[str, bytes]) -> Event | None:
    """The squads that have changed, if any have."""
    changed = [one for code, one in now.items() if before.get(code) != one]
    if not changed:
        return None
    return Event(event="squads", raw_data=(b'{"items":[%b]}' % b",".join(changed)).decode())


def mark(head: Head) -> Event:
    """That the line lives, and up to where everything was told."""
    return Event(id=place(head), event=MARK, data={})


def reset(head: Head, reason: str, missed: int | None = None) -> Event:
    """That whoever hears it must read everything anew, and may go on from there."""
    return Event(id=place(head), event=RESET, data={"reason": reason, "missed": missed})
