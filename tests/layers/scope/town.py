"""The small town with cases, a study and a plan, and people who see parts of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from layers.access import Actor, Verb
from tests.cast import EAST, WEST

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
DAY = NOON.date()
ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W48"
EVERY = frozenset(Verb)
WEST_NORTH = f"{WEST}001002"

BUREAU = Actor("bureau", EVERY)
WESTERN, EASTERN = (Actor("planner", EVERY, frozenset({code})) for code in (WEST, EAST))
BOTH = Actor("both", EVERY, frozenset({WEST, EAST}))
ELSEWHERE = Actor("elsewhere", EVERY, frozenset({"339901109"}))
GRID_WORKER = Actor("worker", frozenset(), frozenset(), grids=frozenset({WEST_NORTH}))
MEMBER = Actor("member", frozenset(), frozenset(), squads=frozenset({"S1"}))


@dataclass(frozen=True)
class Town:
    """The cast with its cases, a study of them and the approved plan of a week."""

    connection: Connection
    cases: dict[UUID, str]
    """Case -> code of its grid; empty where it lies in none."""
    run: int
    plan: int
