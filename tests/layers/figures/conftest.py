"""Cases that went as the week tells."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from layers import clock
from layers.access import acting
from layers.incidents.actions.reporting import Report, report
from layers.incidents.actions.stepping import Said, step
from tests.cast import Cast
from tests.layers.figures.week import BUREAU, DAY, GIVEN, IN_WEST, NOON, SHANGHAI, TOLD, Told


@pytest.fixture
def tell(connection: Connection, cast: Cast) -> Callable[..., UUID]:
    """A case as it went, by the real steps; somebody acts, to whom the database tells of it."""
    acting(connection, BUREAU)
    calendar = clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)
    connection.execute(text(
        "INSERT INTO matters"
        " (code, name_zh, name_en, kind, class_code, class_zh, class_en, offered) VALUES"
        " ('S02', 'x', 'x', 'event', '01', '市容环境', 'Street appearance', true),"
        " ('C17', 'x', 'x', 'component', '01', '公用设施', 'Public utilities', true),"
        " ('X', 'x', 'x', NULL, NULL, NULL, NULL, true)"
    ))  # fmt: skip
    connection.execute(text("UPDATE squads SET crews = 50"))

    def told(
        steps: tuple[Told, ...], place: tuple[float, float] = IN_WEST, matter: str = "S02"
    ) -> UUID:
        made, first = uuid4(), steps[0][0]
        at = NOON + timedelta(minutes=first - 1 if abs(first) > DAY else 0)
        new = Report(
            id=made, source="grid_worker", matter=matter, place=place, x=place[0], y=place[1],
            datum="wgs84", occurred_at=at, content=b"x",
        )  # fmt: skip
        report(connection, new, actor=BUREAU, at=at, zone=SHANGHAI)
        for minute, verb in steps:
            when = NOON + timedelta(minutes=minute)
            said = Said(verb, uuid4(), when, **GIVEN.get(verb, {}))
            step(connection, made, said, actor=BUREAU, at=when, calendar=calendar)
        return made

    return told


@pytest.fixture
def week(tell) -> dict[UUID, str]:
    return {tell(steps): name for name, steps in TOLD.items()}
