"""Incidents are taken in once, however often they are delivered, each in the grid of its time."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import geopandas
import pytest
import shapely
from shapely import Point, box
from sqlalchemy import select, text

from geo.cells import cells_of
from layers.files import Reading, read
from layers.grids import actions as grids
from layers.grids.tables import Grid
from layers.incidents import actions
from layers.incidents.tables import Incident
from tests.cast import EAST, WEST

ZONE = ZoneInfo("Asia/Shanghai")
LIMITS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC))
HEAD = "external_id,matter,lon,lat,occurred_at,closed_at,state,description,count"
WEST_SOUTH, EAST_NORTH = "119.905,29.705", "119.915,29.715"


@pytest.fixture
def take(cast, connection, planner, noon, tmp_path: Path):
    """Import lines of a CSV and give the outcome."""

    def taken(*lines: str, head: str = HEAD):
        path = tmp_path / "incidents.csv"
        path.write_text("\n".join([head, *lines]) + "\n")
        checked = read(Reading(path), actions.fields(*LIMITS))
        return actions.import_incidents(connection, checked, actor=planner, at=noon, zone=ZONE)

    return taken


@pytest.fixture
def kept(connection):
    def found(*columns):
        return [
            tuple(row)
            for row in connection.execute(select(*columns).order_by(Incident.external_id)).all()
        ]

    return found


def sums(outcome) -> tuple[int, ...]:
    return (
        outcome.new,
        outcome.changed,
        outcome.unchanged,
        outcome.refused,
        outcome.superseded,
    )


def test_an_incident_is_kept_with_its_grid_cell_and_original_coordinates(take, kept, cast):
    outcome = take(f"A1,占道经营,{WEST_SOUTH},2026-11-01 08:30,,,小摊,")

    assert sums(outcome) == (1, 0, 0, 0, 0)
    [row] = kept(
        Incident.id, Incident.matter_code, Incident.grid_id, Incident.cell, Incident.x,
        Incident.datum, Incident.occurred_at, Incident.occurred_precision,
        Incident.state, Incident.source,
    )  # fmt: skip
    assert row == (
        uuid5(NAMESPACE_URL, "import\x1fA1"), "占道经营", cast.grids[f"{WEST}001001"],
        int(cells_of([[119.905, 29.705]], 9)[0]), 119.905, "wgs84",
        datetime(2026, 11, 1, 0, 30, tzinfo=UTC), "minute", "reported", "import",
    )  # fmt: skip


def test_the_same_file_twice_changes_nothing(take):
    lines = [
        f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,",
        f",垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,",
        f",垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,",
        f",垃圾,{EAST_NORTH},2026-11-01 08:30,2026-11-02 09:00,,a,",
    ]

    assert sums(take(*lines)) == (4, 0, 0, 0, 0)
    assert sums(take(*lines)) == (0, 0, 4, 0, 0)


def test_a_newer_status_of_a_known_number_updates_it(take, kept):
    take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,")

    outcome = take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,2026-11-02 10:00,,a,")

    assert sums(outcome) == (0, 1, 0, 0, 0)
    assert kept(Incident.state) == [("closed",)]


def test_what_a_later_file_leaves_empty_stays_as_it_was(take, kept):
    take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,2026-11-02 09:00,handled,a,")

    again = take(f"A1,{EAST_NORTH},2026-11-01 08:30", head="external_id,lon,lat,occurred_at")

    assert sums(again) == (0, 1, 0, 0, 0)
    columns = (
        Incident.x, Incident.matter_code, Incident.state, Incident.description, Incident.closed_at,
    )  # fmt: skip
    assert kept(*columns) == [
        (119.915, "垃圾", "handled", "a", datetime(2026, 11, 2, 1, 0, tzinfo=UTC))
    ]


def test_a_case_met_first_without_matter_and_state_is_reported_and_unspecified(take, kept):
    take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,")

    take(f"A2,{EAST_NORTH},2026-11-01 08:30", head="external_id,lon,lat,occurred_at")

    assert kept(Incident.matter_code, Incident.state)[1] == ("unspecified", "reported")


@pytest.fixture
def listed(connection):
    """The bureau's own list of matters."""
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered) VALUES"
        " ('S98', '暴露垃圾', '', true),"
        " ('S97', '占道', '', true), ('S96', '占道', '', true)"
    ))  # fmt: skip


def test_a_matter_is_known_by_its_name_too_unless_two_bear_it(listed, take, kept):
    take(f"A1,暴露垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,",
         f"A2,占道,{WEST_SOUTH},2026-11-01 08:30,,,a,")  # fmt: skip

    assert kept(Incident.matter_code) == [("S98",), ("占道",)]


def test_matters_that_are_not_on_the_bureaus_list_are_told(listed, take):
    first = take(f"A1,ZZZ,{WEST_SOUTH},2026-11-01 08:30,,,a,",
                 f"A2,S98,{WEST_SOUTH},2026-11-01 08:30,,,a,")  # fmt: skip

    assert {"code": "matters_not_listed", "rows": 1} in first.warnings


def test_a_case_that_moves_out_of_every_grid_loses_its_grid(take, kept):
    take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,")

    take("A1,垃圾,119.925,29.705,2026-11-01 08:30,,,a,")

    assert kept(Incident.grid_id) == [(None,)]


def test_what_a_newer_file_changes_is_changed_then(take, kept, noon):
    """Whoever asks for what is new since would not hear of it else."""
    line = f"A{{}},垃圾,{WEST_SOUTH},2026-11-01 08:30,,{{}},,"
    take(line.format(1, "reported"), line.format(2, "reported"))

    take(line.format(1, "filed"), line.format(2, "reported"))

    assert kept(Incident.updated_at) == [(noon,), (None,)]


def test_of_one_number_twice_in_a_file_the_newest_wins(take, kept):
    outcome = take(
        f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,2026-11-03 08:30,,newest,",
        f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,older,",
        f"A2,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,first,",
        f"A2,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,last,",
    )

    assert sums(outcome) == (2, 0, 0, 0, 2)
    assert kept(Incident.description) == [("newest",), ("last",)]


def test_a_reversal_takes_back_the_newest_earlier_row_of_its_file(take, kept):
    line = f",垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,"

    outcome = take(line + "1", line + "1", line + "-1")

    assert sums(outcome) == (1, 0, 0, 0, 2)
    assert len(kept(Incident.id)) == 1


def test_a_reversal_of_an_earlier_import_withdraws_it_once_and_for_all(take, kept):
    line = f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,"
    take(line)

    assert sums(take(line + "-1")) == (0, 0, 0, 0, 1)
    assert kept(Incident.withdrawn, Incident.state) == [(True, "reported")]
    assert sums(take(line + "-1")) == (0, 0, 0, 0, 1)
    assert sums(take(line)) == (0, 0, 1, 0, 0)
    assert kept(Incident.withdrawn, Incident.state) == [(True, "reported")]


def test_a_case_that_came_as_rejected_follows_a_later_state(take, kept):
    take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,rejected,a,")

    outcome = take(f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,filed,a,")

    assert sums(outcome) == (0, 1, 0, 0, 0)
    assert kept(Incident.state, Incident.withdrawn) == [("filed", False)]


def test_a_reversal_twice_takes_back_one_of_equal_rows_though_one_was_rejected(take, kept):
    line = f",垃圾,{WEST_SOUTH},2026-11-01 08:30,"
    take(line + ",reported,a,", line + ",rejected,a,")

    take(line + ",,a,-1")
    take(line + ",,a,-1")

    assert sorted(kept(Incident.withdrawn)) == [(False,), (True,)]


def test_a_reversal_without_numbers_withdraws_one_of_equal_rows(take, kept):
    line = f",垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,"
    take(line, line)

    take(line + "-1")
    take(line + "-1")

    assert kept(Incident.withdrawn) == [(False,), (True,)]


def test_a_whole_delivery_with_a_reversal_withdraws_what_an_earlier_one_brought(take, kept):
    line = f",垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,"
    numbered = f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,b,"
    take(line, line, numbered)

    outcome = take(line, line, numbered, line + "-1", numbered + "-1")

    assert sums(outcome) == (0, 0, 1, 0, 4)
    assert sorted(kept(Incident.description, Incident.withdrawn)) == [
        ("a", False),
        ("a", True),
        ("b", True),
    ]


def test_a_reversal_that_finds_nothing_is_refused(take):
    line = f"A1,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,"

    outcome = take(line + "-1", line + "1", f"A2,垃圾,{WEST_SOUTH},2026-11-01 08:30,,,a,-1")

    assert sums(outcome) == (1, 0, 0, 2, 0)
    assert [(r["code"], r["rows"]) for r in outcome.reasons] == [("nothing_to_take_back", [1, 3])]


def test_what_is_odd_but_true_is_kept_and_counted(take, kept):
    outcome = take(
        f"A1,,{WEST_SOUTH},2026-11-01 08:30:10,2026-11-01 08:30:05,办结,a,",
        "A2,垃圾,119.925,29.705,2026-11-01 08:30,,filed,b,",
    )

    assert sums(outcome) == (2, 0, 0, 0, 0)
    counted = {warning["code"]: warning["rows"] for warning in outcome.warnings}
    assert counted == {
        "state_not_known": 1,
        "closed_before_it_occurred": 1,
        "outside_every_grid": 1,
    }
    assert kept(Incident.matter_code, Incident.state) == [
        ("unspecified", "closed"),
        ("垃圾", "filed"),
    ]


def test_bad_rows_are_refused_and_the_good_ones_kept(take):
    outcome = take(
        f"A1,垃圾,{WEST_SOUTH},1900-01-01,,,a,",
        "A2,垃圾,0,0,2026-11-01,,,a,",
        f"A3,垃圾,{WEST_SOUTH},2026-11-01,,,a,7",
        f"A4,垃圾,{WEST_SOUTH},2026-11-01,,,a,",
    )

    assert sums(outcome) == (1, 0, 0, 3, 0)
    assert {reason["code"] for reason in outcome.reasons} == {
        "time_too_early",
        "zero_coordinates",
        "not_allowed",
    }


def test_a_case_keeps_the_grid_of_its_time_and_is_given_it_anew_after_a_change(
    take, kept, cast, connection, planner, noon
):
    code = f"{WEST}001001"
    take(
        f"A1,垃圾,{WEST_SOUTH},2025-12-31 23:59,,,before,",
        f"A2,垃圾,{WEST_SOUTH},2026-01-01 00:01,,,after,",
    )
    wider = shapely.MultiPolygon([box(119.90, 29.70, 119.91, 29.7101)])
    moved = geopandas.GeoDataFrame({"code": [code]}, geometry=[wider], crs=4326)
    day = date(2026, 1, 1)

    grids.import_grids(connection, moved, actor=planner, at=noon, today=day, valid_from=day)
    changed = actions.assign_grids(connection, actor=planner, zone=ZONE)

    newer = connection.execute(
        select(Grid.id).where(Grid.code == code, Grid.valid_from == day)
    ).scalar_one()
    assert changed == 1
    assert kept(Incident.grid_id) == [(cast.grids[code],), (newer,)]
    assert actions.assign_grids(connection, actor=planner, zone=ZONE) == 0


def test_a_frame_of_our_own_is_taken_like_a_file(cast, connection, planner, noon):
    times = [noon - timedelta(hours=hours) for hours in (1, 2)]
    places = [Point(119.905, 29.705), Point(119.915, 29.715)]
    frame = geopandas.GeoDataFrame({"occurred_at": times}, geometry=places, crs=4326)

    outcome = actions.import_incidents(
        connection, frame, actor=planner, at=noon, zone=ZONE, source="practice"
    )

    assert sums(outcome) == (2, 0, 0, 0, 0)
    counted = connection.execute(
        text("SELECT g.township_code FROM incidents i JOIN grids g ON g.id = i.grid_id ORDER BY 1")
    )
    assert counted.scalars().all() == [WEST, EAST]


def test_cases_that_come_before_the_grids_wait_for_them(take, kept, connection):
    connection.execute(text("DELETE FROM grids"))

    outcome = take(f"A1,占道经营,{WEST_SOUTH},2026-11-01 08:30,,,,")

    assert sums(outcome) == (1, 0, 0, 0, 0)
    assert kept(Incident.grid_id) == [(None,)]


def test_an_export_says_which_times_are_only_days(take, kept):
    head = "external_id,lon,lat,occurred_at,occurred_precision"

    take(f"A1,{WEST_SOUTH},2026-11-01T00:00:00+08:00,day",
         f"A2,{WEST_SOUTH},2026-11-01T08:30:00+08:00,minute", head=head)  # fmt: skip

    assert kept(Incident.occurred_precision) == [("day",), ("minute",)]
