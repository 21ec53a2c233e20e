"""Deadlines go by the calendar as it is: also those that were counted before it changed."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pandas as pd
import pytest
from sqlalchemy import Connection, select, text

from api import jobs
from api.circumstances import Circumstances
from layers.access import WORKER, Actor, Verb
from layers.files import silent
from layers.holidays.actions import import_holidays
from layers.holidays.queries import calendar
from layers.incidents.actions.stepping import Said, step
from layers.incidents.tables import Incident
from layers.queue import actions as queue
from tests.layers.test_wall import as_application

CHIEF = Actor("chief", frozenset(Verb))
PHOTOS = ("photo", "photo_before", "photo_after")
WAY = (
    ("file", {"standard": True}), ("dispatch", {"squad": "S1"}), ("accept", {}), ("arrive", {}),
    ("give_opinion", {"text": "x"}),
)  # fmt: skip
STOOD = (*WAY, ("suspend", {"reason": "x", "until": date(2026, 11, 20)}), ("resume", {}))


@pytest.fixture
def handled(connection: Connection, cast, noon: datetime, settings):
    """A case that is to be handled within so many working days, from Monday noon on, a minute for
    each step."""

    def begun(limit: str, way=WAY) -> UUID:
        case = cast.report(119.905, 29.705, noon)
        connection.execute(text("UPDATE matters SET complex_limit = :limit"), {"limit": limit})
        for minute, (verb, given) in enumerate(way):
            days = calendar(connection, settings.zone, settings.shifts)
            at = noon + timedelta(minutes=minute)
            said = Said(verb, uuid4(), at, **given)
            step(connection, case, said, actor=CHIEF, at=at, calendar=days)
        return case

    return begun


@pytest.fixture
def recounted(connection: Connection, settings, noon: datetime):
    """The worker does what the change of the calendar put, batch after batch."""

    def done() -> list[int]:
        told = []
        with as_application(connection, WORKER) as ours:
            while (job := queue.claim(ours, at=noon)) is not None:
                if job.name == "calendar.changed":
                    around = Circumstances(settings, WORKER, noon, silent)
                    told.append(jobs.recount(ours, job.arguments, around)["changed"])
                queue.finish(ours, job.id, {}, at=noon)
        return told

    return done


def day(date: str, kind: str) -> pd.DataFrame:
    return pd.DataFrame([{"date": date, "kind": kind, "name_zh": "x"}])


def due(connection: Connection, case: UUID) -> tuple[datetime, bool]:
    asked = select(Incident.due_at, Incident.due_provisional).where(Incident.id == case)
    at, provisional = connection.execute(asked).one()
    return at, provisional


def test_a_day_off_moves_the_deadlines_of_open_cases_and_a_moved_working_day_brings_them_back(
    handled, recounted, connection, noon
):
    case = handled("5wd")
    before, _ = due(connection, case)
    import_holidays(connection, day("2026-11-18", "rest"), actor=CHIEF, at=noon)
    first = recounted()
    later, _ = due(connection, case)
    import_holidays(connection, day("2026-11-21", "work"), actor=CHIEF, at=noon)

    second = recounted()

    assert (later - before, due(connection, case)[0] - before) == (
        timedelta(days=1), timedelta(0))  # fmt: skip
    assert (first, second) == ([1], [1])


def test_a_year_that_is_published_makes_a_deadline_certain(handled, recounted, connection, noon):
    case = handled("45wd")
    provisional = due(connection, case)[1]
    import_holidays(connection, day("2027-01-01", "rest"), actor=CHIEF, at=noon)

    recounted()

    assert (provisional, due(connection, case)[1]) == (True, False)


def test_batches_are_written_down_once_and_a_continuous_clock_stays_also_one_that_stood(
    handled, recounted, connection, noon, monkeypatch
):
    handled("5wd"), handled("5wd")
    still = handled("90m", STOOD)
    kept = due(connection, still)
    monkeypatch.setattr(jobs, "BATCH", 2)
    import_holidays(connection, day("2026-11-18", "rest"), actor=CHIEF, at=noon)

    told = recounted()

    rows = connection.execute(text("SELECT details FROM journal WHERE verb = 'recount'"))
    assert told[-1] == 2 and len(told) == 2
    assert rows.scalars().all() == [{"changed": 2}]
    assert due(connection, still) == kept


def test_other_hours_of_the_bureau_count_deadlines_anew(client, connection):
    client.patch("/api/bureau", json={"name_zh": "x"})
    client.patch("/api/bureau", json={"hours": "09:00-17:00"})

    put = connection.execute(text("SELECT name FROM jobs")).scalars().all()
    assert put == ["calendar.changed"]
