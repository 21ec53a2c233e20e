"""The people of a bureau who take a case through the loop, and what they say."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from layers.access import Actor, Verb, actor_of
from layers.incidents import queries
from layers.incidents.actions.reporting import Report
from layers.roles import Area, AreaKind, Grant, Role
from tests.cast import WEST

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BUREAU = Actor("chief", frozenset(Verb))
DAY = date(2026, 11, 16)


def held(role: Role, kind: AreaKind, code: str) -> Actor:
    return actor_of(f"{role} {code}", [Grant(role, Area(kind, code), DAY)], DAY)


WORKER = held(Role.GRID_WORKER, AreaKind.GRID, f"{WEST}001001")
SQUAD = held(Role.SQUAD_MEMBER, AreaKind.SQUAD, "S1")
ACCEPTOR = held(Role.ACCEPTOR, AreaKind.TOWNSHIP, WEST)
DISPATCHER = held(Role.DISPATCHER, AreaKind.TOWNSHIP, WEST)
LEADER = held(Role.LEADER, AreaKind.TOWNSHIP, WEST)
PHOTOS = {"photos": ("photo", "photo_before", "photo_after")}


def told(at: datetime, place: tuple[float, float] = (119.905, 29.705), **more: object) -> Report:
    given: dict[str, object] = {"id": uuid4(), "content": b"sent"} | more
    return Report(
        source="staff", matter="S02", place=place, x=place[0], y=place[1], datum="wgs84",
        occurred_at=at, **given,
    )  # fmt: skip


def row(connection: Connection, case: UUID):
    return queries.one(connection, BUREAU, case)
