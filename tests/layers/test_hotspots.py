from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Connection, text

from layers.access import Actor
from layers.errors import Forbidden, Invalid
from layers.hotspots import actions, queries
from layers.hotspots.actions import Parameters
from layers.incidents import queries as incidents
from tests.cast import Cast

PARAMETERS = Parameters(as_of=date(2026, 11, 16), zone=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def study(connection: Connection, planner: Actor, noon: datetime):
    def make(parameters: Parameters = PARAMETERS, actor: Actor = planner) -> int:
        return actions.study(connection, parameters, actor=actor, at=noon, version="test").run_id

    return make


@pytest.fixture
def market(cast: Cast, noon: datetime) -> Cast:
    """Forty reports around one place in West south, one lonely report in East north."""
    around = np.random.default_rng(7).normal((119.905, 29.705), 0.0005, (40, 2))
    for number, (lon, lat) in enumerate(around):
        cast.report(lon, lat, noon - timedelta(days=1 + number % 20))
    cast.report(119.915, 29.715, noon - timedelta(days=3))
    return cast


def test_every_cell_of_the_bureau_is_counted_zeros_included(market, study, connection, planner):
    run = queries.run(connection, planner, study())

    cells = queries.cells(connection, planner, run["id"])

    assert len(cells) == run["found"]["cells"]
    assert (cells["count"] == 0).sum() > (cells["count"] > 0).sum()
    assert cells["count"].sum() == run["found"]["incidents"] == 41
    assert run["found"]["area_km2"] == pytest.approx(4.29, abs=0.01)


def test_the_hottest_cell_lies_on_the_market(market, study, connection, planner):
    cells = queries.cells(connection, planner, study())

    hottest = cells.loc[cells["z"].idxmax()]

    assert hottest["township"] == market.west
    assert hottest["class"] == 3
    assert hottest.geometry.centroid.distance(market.point(119.905, 29.705)) < 0.004


def test_a_study_repeats_to_the_bit(market, study, connection, planner):
    first, second = (queries.run(connection, planner, study()) for _ in range(2))

    assert first["id"] != second["id"]
    assert first["found"]["digest"] == second["found"]["digest"]


def test_a_month_ago_weighs_less_than_yesterday(cast, study, connection, planner, noon):
    cast.report(119.905, 29.705, noon - timedelta(days=1))
    cast.report(119.915, 29.715, noon - timedelta(days=43))

    cells = queries.cells(connection, planner, study()).set_index("township")
    counted = cells[cells["count"] == 1]["value"]

    assert counted[cast.west] == 1.0
    assert counted[cast.east] == pytest.approx(0.5)


def test_what_happened_on_the_day_itself_or_was_rejected_does_not_count(
    market, study, connection, noon, planner
):
    market.report(119.905, 29.705, noon)
    market.report(119.905, 29.705, noon - timedelta(days=2), state="rejected")

    assert queries.run(connection, planner, study())["found"]["incidents"] == 41


def test_a_default_location_is_named_and_capped(market, study, connection, planner, noon):
    for number in range(120):
        market.report(119.9171, 29.7031, noon - timedelta(days=1 + number % 7))

    run = queries.run(connection, planner, study())

    (pile,) = run["found"]["piles"]
    assert (pile["lon"], pile["lat"], pile["count"], pile["capped_to"]) == (
        119.9171,
        29.7031,
        120,
        1,
    )
    cells = queries.cells(connection, planner, run["id"])
    assert cells["count"].max() == 120
    assert cells.loc[cells["count"].idxmax(), "value"] == pytest.approx(1.0, abs=0.1)


def test_points_outside_the_bureau_are_told_apart(market, study, connection, noon, planner):
    market.report(119.99, 29.705, noon - timedelta(days=1))

    found = queries.run(connection, planner, study())["found"]

    assert (found["incidents"], found["outside"]) == (41, 1)


def test_another_resolution_is_counted_from_the_points(market, study, connection, planner):
    cells = queries.cells(connection, planner, study(replace(PARAMETERS, resolution=8)))

    assert cells["count"].sum() == 41


def test_an_empty_window_says_when_the_last_incident_was(market, study):
    with pytest.raises(Invalid) as refusal:
        study(replace(PARAMETERS, as_of=date(2020, 1, 6)))

    assert refusal.value.code == "no_incidents_in_window"
    assert refusal.value.values["newest"] == date(2026, 11, 15)


def test_without_townships_there_is_no_area_to_study(study):
    with pytest.raises(Invalid, match="no_townships"):
        study()


def test_only_who_may_study_studies(market, study):
    with pytest.raises(Forbidden):
        study(actor=Actor("clerk", frozenset()))


def test_a_study_is_journalled_with_its_digest(market, study, connection, planner):
    run_id = study()

    entry = connection.execute(text("SELECT * FROM journal WHERE verb = 'study'")).mappings().one()
    assert entry["subject"] == str(run_id)
    assert entry["details"]["digest"] == queries.run(connection, planner, run_id)["found"]["digest"]


@pytest.mark.parametrize(
    ("local_day", "weeks_ago"),
    [("2026-11-15", 0), ("2026-11-09", 0), ("2026-11-08", 1), ("2026-08-24", 11)],
)
def test_weeks_are_whole_days_of_the_bureau(cast, connection, planner, local_day, weeks_ago):
    """A report known only by its day stands at 00:00: Monday belongs to the week it begins."""
    midnight = datetime.fromisoformat(local_day).replace(tzinfo=PARAMETERS.zone)
    cast.report(119.905, 29.705, midnight)

    seen = incidents.observed(connection, planner, since=PARAMETERS.since, until=PARAMETERS.until)

    assert seen.age_weeks.tolist() == [weeks_ago]


def test_weeks_before_the_first_and_after_the_newest_report_are_not_recorded(
    cast, study, connection, noon, planner
):
    for days in (15, 20, 34):
        cast.report(119.905, 29.705, noon - timedelta(days=days))

    assert queries.run(connection, planner, study())["found"]["recorded_weeks"] == 3
