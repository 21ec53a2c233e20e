"""Somebody changes a case while another one waits for it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import geopandas
import pytest
from shapely import Point
from sqlalchemy import Connection, Engine, text

from layers import clock
from layers.access import WORKER as TIMETABLE
from layers.access import Actor
from layers.incidents import actions
from layers.incidents.actions.recounting import recount
from layers.incidents.actions.reporting import report
from layers.incidents.actions.stepping import Correction, Said, resume_due, step
from tests.cast import EAST, WEST
from tests.layers.loop.bureau import ACCEPTOR, DISPATCHER, HOUR, LEADER, MINUTE, SHANGHAI, WORKER
from tests.layers.loop.bureau import told as reported
from tests.wall import as_application

DAYS = clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)
TOMORROW = date(2026, 11, 17)
GRID = "SELECT code, valid_from FROM incidents JOIN grids ON grids.id = grid_id"


@pytest.fixture
def new(own: Engine, noon: datetime) -> Callable[..., UUID]:
    """A grid worker's report; filed already, if wanted."""

    def kept(*, filed: bool = False, lon: float = 119.905) -> UUID:
        told = reported(noon, (lon, 29.705))
        with own.begin() as connection, as_application(connection, WORKER) as ours:
            report(ours, told, actor=WORKER, at=noon, zone=SHANGHAI)
        if filed:
            with own.begin() as connection:
                do(connection, told.id, ACCEPTOR, "file", noon, standard=True)
        return told.id

    return kept


def do(connection: Connection, case: UUID, actor: Actor, verb: str, at: datetime, **said: object):
    given = Said(verb, uuid4(), at, **said)
    with as_application(connection, actor) as ours:
        step(ours, case, given, actor=actor, at=at, calendar=DAYS)


def corrected(matter: str = "S02", lon: float = 119.905, lat: float = 29.705) -> Correction:
    return Correction(matter, (lon, lat), lon, lat, "wgs84")


def state(own: Engine, of: str = "state") -> list[object]:
    with own.connect() as connection:
        return list(connection.execute(text(f"SELECT {of} FROM incidents ORDER BY id")).scalars())


@pytest.mark.parametrize(
    "correction", [corrected("S03"), corrected(lat=29.715)], ids=["matter", "place"]
)
def test_a_case_that_is_put_right_meanwhile_is_filed_as_what_it_has_become(
    correction, own, new, beside, noon
):
    case = new()
    with own.begin() as first:
        do(first, case, WORKER, "amend", noon + MINUTE, report=correction)
        filing = beside(do, case, ACCEPTOR, "file", noon + 2 * MINUTE, standard=True)
        assert not filing.done()

    filing.result()

    assert state(own) == ["filed"]


def test_a_squad_is_sent_while_boundaries_are_given_anew(own, new, redraw, beside, planner, noon):
    case = new(filed=True)
    with own.begin() as before:
        redraw(before)
    with own.begin() as first:
        assert actions.assign_grids(first, actor=planner, zone=SHANGHAI) == 1
        sending = beside(do, case, DISPATCHER, "dispatch", noon + MINUTE, squad="S1")
        assert not sending.done()

    sending.result()

    assert state(own) == ["dispatched"]


def test_a_place_that_is_put_right_meanwhile_keeps_the_grid_of_where_it_is(
    own, new, redraw, beside, planner, noon
):
    case = new()
    with own.begin() as before:
        redraw(before)
    with own.begin() as first:
        right = corrected(lon=119.915, lat=29.715)
        do(first, case, WORKER, "amend", noon + MINUTE, report=right)
        assigning = beside(actions.assign_grids, actor=planner, zone=SHANGHAI)
        assert not assigning.done()

    assigning.result()

    assert state(own, "(SELECT code FROM grids WHERE id = grid_id)") == [f"{EAST}001002"]


def test_a_report_that_is_on_its_way_while_boundaries_change_gets_the_new_one(
    own, redraw, beside, planner, noon
):
    with own.begin() as first, as_application(first, WORKER) as ours:
        report(ours, reported(noon), actor=WORKER, at=noon, zone=SHANGHAI)
        beside(redraw).result()
        assigning = beside(actions.assign_grids, actor=planner, zone=SHANGHAI)
        assert not assigning.done()

    assert assigning.result() == 1
    with own.connect() as connection:
        assert connection.execute(text(GRID)).all() == [(f"{WEST}001001", date(2026, 1, 1))]


def test_a_case_whose_matter_changes_meanwhile_is_recounted_too(own, new, beside, planner, noon):
    case = new(filed=True)
    with own.begin() as before:
        do(before, case, DISPATCHER, "dispatch", noon + MINUTE, squad="S1")
    with own.begin() as first:
        first.execute(text("UPDATE incidents SET matter_code = 'S03', due_at = '2030-01-01'"))
        recounting = beside(recount, limit=9, actor=planner, calendar=DAYS)
        assert not recounting.done()

    recounting.result()

    (due,) = state(own, "due_at")
    assert due < noon + timedelta(days=30)


def test_a_clock_that_is_let_go_on_by_hand_keeps_no_other_waiting(own, new, beside, noon):
    cases = sorted([new(filed=True), new(filed=True, lon=119.906)])
    with own.begin() as connection:
        for case in cases:
            do(connection, case, LEADER, "suspend", noon + MINUTE, reason="雨", until=TOMORROW)
    later = noon + 25 * HOUR
    given = {"today": TOMORROW, "actor": TIMETABLE, "at": later, "calendar": DAYS}

    with own.begin() as first:
        do(first, cases[1], LEADER, "resume", later)
        going_on = beside(resume_due, **given)
        assert going_on.done()

    assert going_on.result() == 1
    assert state(own, "suspended_until") == [None, None]


def test_words_that_are_taken_out_while_a_file_waits_do_not_come_back(own, beside, planner, noon):
    def sent(connection: Connection, words: str) -> None:
        row = {"external_id": ["A1"], "occurred_at": [noon], "description": [words]}
        frame = geopandas.GeoDataFrame(row, geometry=[Point(119.905, 29.705)], crs=4326)
        actions.import_incidents(connection, frame, actor=planner, at=noon, zone=SHANGHAI)

    with own.begin() as connection:
        sent(connection, "李女士")
        case = connection.execute(text("SELECT id FROM incidents")).scalar_one()
    with own.begin() as first:
        actions.redact(first, case, {"description": None}, "name", actor=planner, at=noon)
        again = beside(sent, "李女士, 13800000000")
        assert not again.done()

    again.result()

    assert state(own, "description") == [None]
