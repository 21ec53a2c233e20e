"""Units: the offices that a matter can be handed to."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from api.answers import Page, Row, Strict, by_code, following
from api.deps import LINE, Asked, Code, CurrentActor, Day, Now, Today, Transaction
from layers.units import actions, queries
from layers.units.actions import LONGEST_NAME, LONGEST_PHONE, Office
from layers.units.rules import UnitKind

router = APIRouter(prefix="/api/units", tags=["units"])

NewCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=LINE)
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME, pattern=LINE),
]
Phone = Annotated[str, StringConstraints(max_length=LONGEST_PHONE, pattern=LINE)]


class UnitShown(Strict):
    """`valid_from` null is since always, `valid_to` null until further notice."""

    code: str
    name: str
    kind: UnitKind
    township: str | None
    township_name: str | None
    parent: str | None
    parent_name: str | None
    phone: str | None
    valid_from: date | None
    valid_to: date | None


class UnitsAsked(Asked):
    kind: UnitKind | None = None
    township: Code | None = None
    parent: Code | None = Field(None, description="The unit right above")
    on: Day | None = Field(None, description="Only those that hold on this day")

    @property
    def wanted(self) -> queries.Wanted:
        return queries.Wanted(self.kind, self.township, self.parent, self.on)


class UnitSaid(Strict):
    """`phone` is the office's, never a person's."""

    name: Name
    kind: UnitKind
    township: Code | None = None
    parent: Code | None = None
    phone: Phone | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None

    def office(self, code: str) -> Office:
        return Office(code=code, **self.model_dump(exclude={"code"}))


class NewUnit(UnitSaid):
    code: NewCode


class End(Strict):
    on: Day | None = Field(None, description="The first day without it, today unless said")


@router.get("")
def units(
    connection: Transaction, _actor: CurrentActor, asked: Annotated[UnitsAsked, Query()]
) -> Page[UnitShown]:
    """All units, those too that have ended."""
    rows = queries.listed(connection, asked.page, asked.wanted)
    return Page(items=[_shown(row) for row in rows], next=following(rows, asked.limit, by_code))


@router.get("/{code}")
def unit(code: Code, connection: Transaction, _actor: CurrentActor) -> UnitShown:
    return _shown(queries.one(connection, code))


@router.post("", status_code=201)
def add(new: NewUnit, connection: Transaction, actor: CurrentActor, now: Now) -> UnitShown:
    """Enter a new unit."""
    actions.add(connection, new.office(new.code), actor=actor, at=now)
    return _shown(queries.one(connection, new.code))


@router.put("/{code}")
def change(
    code: Code, said: UnitSaid, connection: Transaction, actor: CurrentActor, now: Now
) -> UnitShown:
    """Say all of a unit anew."""
    actions.change(connection, said.office(code), actor=actor, at=now)
    return _shown(queries.one(connection, code))


@router.post("/{code}/end")
def end(
    code: Code, wanted: End, connection: Transaction, actor: CurrentActor, now: Now, today: Today
) -> UnitShown:
    """A unit is no more; it stays in the list, for the cases that it had."""
    actions.end(connection, code, wanted.on or today, actor=actor, at=now)
    return _shown(queries.one(connection, code))


def _shown(row: Row) -> UnitShown:
    return UnitShown(**row)
