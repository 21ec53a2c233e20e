"""A case of West, and somebody who does a step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from layers import clock
from layers.access import Actor
from layers.incidents import queries
from layers.incidents.actions.reporting import report
from layers.incidents.actions.stepping import Said, step
from tests.layers.loop.bureau import MINUTE, SHANGHAI, WORKER, told
from tests.wall import as_application


@pytest.fixture
def calendar() -> clock.Calendar:
    return clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)


@pytest.fixture
def offered(connection: Connection) -> None:
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered) VALUES ('S02', 'x', 'x', true)"
        " ON CONFLICT (code) DO UPDATE SET offered = true"
    ))  # fmt: skip


@pytest.fixture
def case(connection: Connection, cast, offered, noon: datetime) -> UUID:
    new = told(noon)
    with as_application(connection, WORKER) as ours:
        report(ours, new, actor=WORKER, at=noon, zone=SHANGHAI)
    return new.id


@pytest.fixture
def do(connection: Connection, case: UUID, calendar, noon: datetime) -> Callable[..., str]:
    """Somebody does a step, as the application; the state afterwards."""

    def done(actor: Actor, verb: str, after: timedelta = MINUTE, **said: object) -> str:
        given: dict[str, object] = {"event_id": uuid4(), "happened_at": noon + after} | said
        with as_application(connection, actor) as ours:
            step(ours, case, Said(verb, **given), actor=actor, at=noon + after, calendar=calendar)
            return queries.one(ours, actor, case)["state"]

    return done
