"""How long what is kept of people."""

from fastapi import APIRouter
from pydantic import Field

from api.answers import Strict
from api.deps import CurrentActor, Now, Transaction
from layers.retention import actions, queries
from layers.retention.rules import LONGEST, SHORTEST, Kind

router = APIRouter(prefix="/api/retention", tags=["retention"])


class Kept(Strict):
    kind: Kind
    days: int
    shortest: int
    """The fewest days that can be set."""


class Periods(Strict):
    items: list[Kept]


class Days(Strict):
    days: int = Field(ge=1, le=LONGEST)


@router.get("")
def periods(connection: Transaction) -> Periods:
    """For how many days each kind is kept; the worker forgets each day what is due."""
    return Periods(items=[_shown(kind, days) for kind, days in queries.days(connection).items()])


def _shown(kind: Kind, days: int) -> Kept:
    return Kept(kind=kind, days=days, shortest=SHORTEST[kind])


@router.put("/{kind}")
def keep_for(
    kind: Kind, given: Days, connection: Transaction, actor: CurrentActor, now: Now
) -> Kept:
    """Keep a kind for so many days from now on: no fewer than its `shortest`, and by no program."""
    actions.keep_for(connection, kind, given.days, actor=actor, at=now)
    return _shown(kind, given.days)
