"""Reports as they come in, are put right, and are merged into others."""

import json
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from layers.access import actor_of
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.incidents import queries
from layers.incidents.actions.redacting import redact
from layers.incidents.actions.reporting import report, report_all
from layers.incidents.actions.stepping import Correction, Said, resume_due, step
from layers.roles import Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST
from tests.layers.loop.bureau import (
    ACCEPTOR,
    BUREAU,
    DAY,
    DISPATCHER,
    LEADER,
    PHOTOS,
    SHANGHAI,
    WORKER,
    held,
    row,
    told,
)
from tests.wall import as_application


def test_a_report_in_a_grid_out_of_sight_gets_that_grid_and_its_reporter_sees_it(
    connection, cast, offered, noon
):
    new = told(noon, (119.915, 29.705))

    with as_application(connection, WORKER) as ours:
        kept = report(ours, new, actor=WORKER, at=noon, zone=SHANGHAI)
        seen = queries.one(ours, WORKER, new.id)

    assert kept
    assert (seen["state"], seen["case_no"][:3]) == ("reported", "26-")
    assert row(connection, new.id)["grid"] == f"{EAST}001001"


def test_a_report_outside_every_grid_is_kept_in_the_pool(connection, cast, offered, noon):
    new = told(noon, (121.0, 31.0))

    with as_application(connection, WORKER) as ours:
        assert report(ours, new, actor=WORKER, at=noon, zone=SHANGHAI)

    assert row(connection, new.id)["grid"] is None


def test_the_same_report_twice_is_one_and_another_under_its_id_is_refused(
    connection, cast, offered, noon
):
    new = told(noon)
    with as_application(connection, WORKER) as ours:
        kept = [report(ours, new, actor=WORKER, at=noon, zone=SHANGHAI) for _ in range(2)]
        with pytest.raises(Conflict, match="other_content"):
            report(ours, told(noon, id=new.id, content=b"more"), actor=WORKER, at=noon,
                   zone=SHANGHAI)  # fmt: skip

    assert [row and row["id"] for row in kept] == [new.id, None]
    assert len(queries.steps(connection, new.id)) == 1


def test_of_a_foreign_report_under_the_same_id_nothing_is_told(connection, cast, offered, noon):
    foreign = cast.report(119.915, 29.705, noon)

    with as_application(connection, WORKER) as ours, pytest.raises(NotFound):
        report(ours, told(noon, id=foreign), actor=WORKER, at=noon, zone=SHANGHAI)


def test_only_what_is_offered_is_reported(connection, cast, noon):
    with as_application(connection, WORKER) as ours, pytest.raises(Invalid, match="no_matter"):
        report(ours, told(noon), actor=WORKER, at=noon, zone=SHANGHAI)


def test_of_one_id_the_report_that_was_refused_is_not_the_one_that_is_kept(
    connection, cast, offered, noon
):
    good = told(noon)
    bad = replace(good, occurred_at=noon + timedelta(days=9), content=b"1")

    outcomes = report_all(connection, [bad, good], actor=WORKER, at=noon, zone=SHANGHAI)

    assert isinstance(outcomes[0], Conflict)
    assert outcomes[1]["id"] == good.id


# --- Corrections --------------------------------------------------------------------------------

NOW = Correction("S02", (119.905, 29.705), 119.905, 29.705, "wgs84", description="桥东")


def test_a_returned_report_waits_for_its_reporter_to_put_it_right(do, connection, case):
    with pytest.raises(Invalid, match="step_needs"):
        do(ACCEPTOR, "return_report")
    do(ACCEPTOR, "return_report", reason="看不清")
    returned = row(connection, case)["returned"]

    state = do(WORKER, "amend", report=NOW)

    told = row(connection, case)
    assert (returned, state, told["returned"]) == (True, "reported", False)
    assert told["description"] == "桥东"
    assert queries.steps(connection, case)[-1]["details"] == {"amended": ["description"]}


@pytest.mark.parametrize("reporter", ["resident:aa", None])
def test_what_nobody_can_put_right_is_not_returned(do, connection, case, noon, reporter):
    connection.execute(text("UPDATE incidents SET reported_by = :who"), {"who": reporter})

    open_ = queries.verbs(ACCEPTOR, row(connection, case), noon)

    assert "reject" in open_ and "return_report" not in open_
    with pytest.raises(Conflict, match="nobody_amends"):
        do(ACCEPTOR, "return_report", reason="看不清")


def test_a_case_that_the_dispatcher_sends_back_waits_for_no_reporter(do, connection, case):
    do(ACCEPTOR, "return_report", reason="看不清")
    do(ACCEPTOR, "file", standard=True)

    do(DISPATCHER, "send_back", reason="不归我们")

    assert row(connection, case)["returned"] is False


def test_a_report_is_put_right_by_its_reporter_and_before_it_is_filed(do):
    with pytest.raises(Forbidden, match="may_not_step"):
        do(held(Role.GRID_WORKER, AreaKind.TOWNSHIP, WEST), "amend", report=NOW)
    with pytest.raises(Invalid, match="step_needs"):
        do(WORKER, "amend")
    do(ACCEPTOR, "request_check")
    assert do(WORKER, "amend", report=NOW) == "to_check"
    do(WORKER, "report_check", result=True, **PHOTOS)
    do(ACCEPTOR, "file", standard=True)
    with pytest.raises(Conflict, match="not_open"):
        do(WORKER, "amend", report=NOW)


def test_whoever_files_a_report_puts_right_what_nobody_else_can(do, connection, case):
    gone = "UPDATE incidents SET reported_by = 'gone', source = 'grid_worker', accuracy_m = 30"
    connection.execute(text(gone))
    before = row(connection, case)
    moved = replace(NOW, place=(119.906, 29.706), x=119.906, y=29.706)

    do(ACCEPTOR, "amend", report=moved)
    do(ACCEPTOR, "amend", report=replace(moved, place=(119.907, 29.706), x=119.907, sensed=(1, 1)))

    told = row(connection, case)
    assert (told["lon"], told["accuracy_m"]) == (119.907, None)
    kept = connection.execute(text("SELECT ST_X(sensed), ST_Y(sensed) FROM incidents")).one()
    assert kept == (before["lon"], before["lat"])


def test_where_a_name_lies_nobody_has_been(do, connection, case):
    connection.execute(text("UPDATE incidents SET reported_by = 'resident:aa', accuracy_m = 100"))

    do(ACCEPTOR, "amend", report=replace(NOW, place=(119.906, 29.706), x=119.906, y=29.706))

    assert row(connection, case)["lon"] == 119.906
    assert connection.execute(text("SELECT sensed FROM incidents")).scalar_one() is None


def test_whoever_files_for_a_township_moves_nothing_of_others_out_of_it(do, connection, case):
    there = replace(NOW, place=(119.915, 29.705), x=119.915)

    with pytest.raises(Forbidden, match="place_beyond"):
        do(held(Role.ACCEPTOR, AreaKind.TOWNSHIP, WEST), "amend", report=there)
    do(held(Role.ACCEPTOR, AreaKind.TOWNSHIP, WEST), "amend", report=replace(NOW, matter="S02"))
    do(BUREAU, "amend", report=there)

    assert row(connection, case)["grid"] == f"{EAST}001001"


def test_a_place_that_is_put_right_has_the_grid_that_it_lies_in(do, connection, case):
    moved = replace(NOW, place=(119.915, 29.705), x=119.915, accuracy_m=5.0)

    do(WORKER, "amend", report=moved)

    told = row(connection, case)
    assert (told["grid"], told["lon"], told["accuracy_m"]) == (f"{EAST}001001", 119.915, 5.0)


def test_what_was_redacted_no_correction_brings_back_and_new_words_are_released_to_nobody(
    do, connection, case
):
    connection.execute(text("UPDATE incidents SET released = true"))
    do(WORKER, "amend", report=NOW)
    released = row(connection, case)["released"]
    connection.execute(text("UPDATE incidents SET redacted = true, description = 'x'"))

    do(WORKER, "amend", report=NOW)

    assert (released, row(connection, case)["description"]) == (False, "x")


def test_an_answer_that_was_redacted_no_correction_brings_back(do, connection, case, noon):
    asked = [{"code": code, "datatype": "string", "zh": code, "en": code}
             for code in ("NAME", "SIDE")]  # fmt: skip
    connection.execute(
        text("UPDATE matters SET questions = CAST(:asked AS jsonb)"), {"asked": json.dumps(asked)}
    )
    answered = replace(NOW, answers={"NAME": ["李四"], "SIDE": ["left"]})
    do(WORKER, "amend", report=answered)

    redact(connection, case, {}, "本人要求", answers=["NAME"], actor=BUREAU, at=noon)
    do(WORKER, "amend", report=replace(answered, answers={"NAME": ["李四"], "SIDE": ["right"]}))

    assert row(connection, case)["answers"] == {"SIDE": "right"}


# --- Merging ------------------------------------------------------------------------------------


def test_a_case_is_merged_one_level_deep_and_comes_back_as_it_was(
    do, connection, case, calendar, cast, noon
):
    root, other = cast.report(119.904, 29.704, noon), cast.report(119.906, 29.706, noon)
    said = Said("merge", uuid4(), noon, reason="同一处", into=case)
    step(connection, other, said, actor=BUREAU, at=noon, calendar=calendar)
    do(ACCEPTOR, "file", standard=True)

    do(ACCEPTOR, "merge", reason="同一处", into=root)
    merged = {each: row(connection, each)["merged_into"] for each in (case, other)}
    state = do(ACCEPTOR, "unmerge", reason="不是")

    assert merged == {case: root, other: root}
    assert (state, row(connection, case)["merged_into"]) == ("filed", None)


def test_nothing_is_merged_into_itself_or_into_what_was_merged(do, connection, case, cast, noon,
                                                               calendar):  # fmt: skip
    root, other = cast.report(119.904, 29.704, noon), cast.report(119.906, 29.706, noon)
    said = Said("merge", uuid4(), noon, reason="x", into=root)
    step(connection, other, said, actor=BUREAU, at=noon, calendar=calendar)

    for into in (case, other):
        with pytest.raises(Invalid, match="no_root"):
            do(ACCEPTOR, "merge", reason="x", into=into)


@pytest.mark.parametrize("ended", ["closed", "rejected"])
def test_what_has_ended_takes_in_nothing_more(do, connection, case, cast, noon, ended):
    root = cast.report(119.904, 29.704, noon, ended)

    with pytest.raises(Conflict, match="root_ended"):
        do(ACCEPTOR, "merge", reason="又有了", into=root)

    assert row(connection, case)["state"] == "reported"


def test_whoever_merges_needs_the_power_over_both(do, connection, cast, noon):
    foreign = cast.report(119.915, 29.705, noon)
    seen_alone = actor_of("acceptor of the west, planner of the east", [
        Grant(Role.ACCEPTOR, Area(AreaKind.TOWNSHIP, WEST), DAY),
        Grant(Role.PLANNER, Area(AreaKind.TOWNSHIP, EAST), DAY)], DAY)  # fmt: skip

    with pytest.raises(NotFound):
        do(ACCEPTOR, "merge", reason="同一处", into=foreign)
    with pytest.raises(Forbidden, match="may_not_step"):
        do(seen_alone, "merge", reason="同一处", into=foreign)


def test_what_was_merged_goes_along_also_out_of_sight(do, connection, case, calendar, cast, noon):
    root, foreign = cast.report(119.904, 29.704, noon), cast.report(119.915, 29.705, noon)
    said = Said("merge", uuid4(), noon, reason="同一处", into=case)
    step(connection, foreign, said, actor=BUREAU, at=noon, calendar=calendar)

    do(ACCEPTOR, "merge", reason="同一处", into=root)

    assert row(connection, foreign)["merged_into"] == root


def test_a_case_that_was_merged_while_its_clock_stood_keeps_no_other_from_going_on(
    do, connection, case, cast, calendar, noon
):
    root = cast.report(119.904, 29.704, noon)
    do(ACCEPTOR, "file", standard=True)
    do(LEADER, "suspend", reason="雨", until=date(2026, 11, 18))

    do(ACCEPTOR, "merge", reason="同一处", into=root)

    at = noon + timedelta(days=3)
    assert resume_due(connection, today=at.date(), actor=BUREAU, at=at, calendar=calendar) == 0
    assert row(connection, case)["state"] == "merged"
