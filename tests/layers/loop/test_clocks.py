"""When the next step of a case is due, what was promised, and clocks that stand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from layers.errors import Conflict, Invalid
from layers.incidents import queries
from layers.incidents.actions.stepping import resume_due
from tests.layers.loop.bureau import (
    ACCEPTOR,
    BUREAU,
    DISPATCHER,
    HOUR,
    LEADER,
    MINUTE,
    PHOTOS,
    SQUAD,
    WORKER,
    row,
)


def test_thirty_minutes_to_arrive_count_from_the_order(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", 10 * MINUTE, squad="S1")
    sent = row(connection, case)["due_at"]
    do(SQUAD, "accept", 15 * MINUTE)
    accepted = row(connection, case)["due_at"]
    do(SQUAD, "arrive", 30 * MINUTE)

    assert sent == accepted == noon + 40 * MINUTE
    assert row(connection, case)["due_at"] == noon + 60 * MINUTE


def test_the_deadline_that_a_step_met_is_kept_with_it(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", 10 * MINUTE, squad="S1")
    do(SQUAD, "accept", 15 * MINUTE)
    do(SQUAD, "arrive", 30 * MINUTE)
    do(SQUAD, "finish", 45 * MINUTE, **PHOTOS)

    met = [done["due_at"] and done["due_at"] - noon for done in queries.steps(connection, case)]
    assert met == [None, None, None, 40 * MINUTE, 40 * MINUTE, 60 * MINUTE]


def test_a_filed_case_waits_without_a_clock(do, connection, case):
    do(ACCEPTOR, "request_check")
    do(WORKER, "report_check", result=True, **PHOTOS)
    do(ACCEPTOR, "file", standard=True)

    assert (row(connection, case)["due_at"], row(connection, case)["due_limit"]) == (None, None)


def test_what_was_done_without_a_signal_counts_from_when_it_was_done(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")

    do(SQUAD, "accept", HOUR, happened_at=noon + 5 * MINUTE)
    do(SQUAD, "arrive", HOUR, happened_at=noon + 20 * MINUTE)

    done = queries.steps(connection, case)[-1]
    assert (done["happened_at"], done["late"]) == (noon + 20 * MINUTE, True)
    assert row(connection, case)["due_at"] == noon + 50 * MINUTE
    do(SQUAD, "finish", HOUR, happened_at=noon + 40 * MINUTE, **PHOTOS)
    do(ACCEPTOR, "close", HOUR, happened_at=noon + 45 * MINUTE, standard=True)
    assert row(connection, case)["closed_at"] == noon + 45 * MINUTE


def test_a_phones_wrong_clock_is_bounded_and_what_it_said_is_kept(do, connection, case, noon):
    do(ACCEPTOR, "file", 10 * MINUTE, standard=True)
    do(DISPATCHER, "dispatch", 10 * MINUTE, squad="S1", happened_at=noon - 3 * HOUR)
    do(SQUAD, "accept", 11 * MINUTE, happened_at=noon + 9 * HOUR)

    before, after = queries.steps(connection, case)[-2:]
    assert (before["happened_at"], after["happened_at"]) == (noon + 10 * MINUTE, noon + 11 * MINUTE)
    assert before["details"]["said_at"].startswith((noon - 3 * HOUR).strftime("%Y-%m-%dT%H:%M"))
    assert before["late"] and after["late"]


@pytest.mark.parametrize(
    ("own", "due"),
    [
        ({}, 31 * MINUTE), ({"complex_limit": "20wd", "opinion_limit": "4h"}, 241 * MINUTE),
        ({"complex_limit": "20wd"}, 36 * HOUR),
        ({"simple_limit": "2h", "opinion_limit": "4h"}, 121 * MINUTE),
    ],
)  # fmt: skip
def test_on_the_scene_of_a_complex_case_the_time_for_an_opinion_runs(
    own, due, do, connection, case, noon
):
    for name, limit in own.items():
        connection.execute(text(f"UPDATE matters SET {name} = :limit"), {"limit": limit})
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(SQUAD, "accept")

    do(SQUAD, "arrive")

    assert row(connection, case)["due_at"] == noon + due


def test_time_that_was_given_for_an_opinion_makes_the_result_due_no_later(
    do, connection, case, noon
):
    connection.execute(text("UPDATE matters SET opinion_limit = '1d'"))
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(SQUAD, "accept")
    do(SQUAD, "arrive")
    do(DISPATCHER, "ask_extension", reason="x")
    do(LEADER, "extend")
    opinion = row(connection, case)["due_at"]

    do(SQUAD, "give_opinion", text="x")

    assert (opinion, row(connection, case)["due_at"]) == (noon + 60 * HOUR, noon + 372 * HOUR)


def test_a_clock_that_stands_goes_on_by_itself_on_its_day(
    do, connection, case, calendar, noon: datetime
):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(LEADER, "suspend", 11 * MINUTE, reason="雨", until=date(2026, 11, 18))
    standing = row(connection, case)["due_at"]
    with pytest.raises(Conflict, match="suspended"):
        do(SQUAD, "accept", 12 * MINUTE)

    on, looked = datetime(2026, 11, 17, 16, 0, tzinfo=UTC), datetime(2026, 11, 19, 1, tzinfo=UTC)
    early = resume_due(connection, today=date(2026, 11, 17), actor=BUREAU, at=on, calendar=calendar)
    resumed = resume_due(connection, today=date(2026, 11, 19), actor=BUREAU, at=looked,
                         calendar=calendar)  # fmt: skip

    assert (standing, early, resumed) == (None, 0, 1)
    assert row(connection, case)["due_at"] == on + 20 * MINUTE
    assert row(connection, case)["state"] == "dispatched"
    late = connection.execute(text("SELECT late FROM incident_steps WHERE verb = 'resume'"))
    assert late.scalar_one() is False


def test_a_case_that_was_ended_while_its_clock_stood_has_one_again_once_it_is_reopened(
    do, connection, case, noon
):
    do(ACCEPTOR, "file", standard=True)
    do(LEADER, "suspend", reason="雨", until=date(2026, 11, 18))
    do(LEADER, "force_close", reason="不再")
    do(ACCEPTOR, "reopen", reason="又有了")

    do(DISPATCHER, "dispatch", 10 * MINUTE, squad="S1")

    assert row(connection, case)["due_at"] == noon + 40 * MINUTE


def test_an_order_that_was_merged_while_its_clock_stood_goes_on_when_it_is_parted_again(
    do, connection, case, cast, noon
):
    root = cast.report(119.904, 29.704, noon)
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(LEADER, "suspend", 10 * MINUTE, reason="雨", until=date(2026, 11, 18))
    do(ACCEPTOR, "merge", 15 * MINUTE, reason="同一处", into=root)

    do(ACCEPTOR, "unmerge", 20 * MINUTE, reason="不是")

    told = row(connection, case)
    assert (told["due_at"], told["sent_at"]) == (noon + 36 * MINUTE, noon + 20 * MINUTE)


@pytest.mark.parametrize("days", [-1, 0, 366, 60_000])
def test_a_clock_stands_until_a_day_within_a_year(days, do, noon):
    do(ACCEPTOR, "file", standard=True)

    with pytest.raises(Invalid, match="bad_until"):
        do(LEADER, "suspend", reason="雨", until=(noon + timedelta(days=days)).date())


def test_a_clock_stands_once(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(LEADER, "suspend", reason="雨", until=date(2027, 11, 16))
    do(LEADER, "resume")

    with pytest.raises(Conflict, match="suspended_enough"):
        do(LEADER, "suspend", reason="又雨", until=date(2026, 11, 18))
    assert "suspend" not in queries.verbs(LEADER, row(connection, case), noon)


# --- What was promised --------------------------------------------------------------------------


def test_somebody_is_promised_by_the_report_until_the_squad_is_there(do, connection, case, noon):
    promised = []

    for actor, verb, said in (
        (ACCEPTOR, "file", {"standard": True}), (DISPATCHER, "dispatch", {"squad": "S1"}),
        (SQUAD, "accept", {}), (SQUAD, "arrive", {}),
    ):  # fmt: skip
        do(actor, verb, 10 * MINUTE, **said)
        promised.append(row(connection, case)["promised_by"])

    assert promised == [noon + 30 * MINUTE] * 3 + [None]


def test_what_is_taken_up_again_is_promised_anew(do, connection, case, noon):
    do(ACCEPTOR, "reject", reason="x")

    do(ACCEPTOR, "reopen", HOUR, reason="又有了")

    assert row(connection, case)["promised_by"] == noon + 90 * MINUTE


def test_what_is_to_be_done_again_is_promised_anew(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(SQUAD, "accept")
    do(SQUAD, "arrive", 10 * MINUTE)
    do(SQUAD, "finish", 30 * MINUTE, photos=["photo_after"])

    do(ACCEPTOR, "rework", 90 * MINUTE, reason="x")
    do(DISPATCHER, "recall", 95 * MINUTE, reason="x")

    assert row(connection, case)["promised_by"] == noon + 120 * MINUTE


def test_what_was_promised_waits_while_the_clock_stands(do, connection, case, noon):
    do(ACCEPTOR, "file", 5 * MINUTE, standard=True)
    do(LEADER, "suspend", 10 * MINUTE, reason="雨", until=date(2026, 11, 18))
    standing = row(connection, case)["promised_by"]

    do(LEADER, "resume", 24 * HOUR)

    assert (standing, row(connection, case)["promised_by"]) == (
        None, noon + 24 * HOUR + 20 * MINUTE
    )  # fmt: skip


# --- Orders are to be noticed -------------------------------------------------------------------


def test_an_order_to_work_again_is_accepted_anew_or_gone_to_at_once(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(SQUAD, "accept")
    accepted = row(connection, case)["sent_at"]
    with pytest.raises(Conflict, match="accepted_already"):
        do(SQUAD, "accept")
    do(SQUAD, "arrive")
    do(SQUAD, "finish", **PHOTOS)
    do(ACCEPTOR, "rework", 50 * MINUTE, reason="不净")
    again = row(connection, case)

    state = do(SQUAD, "accept", 52 * MINUTE)

    assert (accepted, again["sent_at"]) == (None, noon + 50 * MINUTE)
    assert queries.verbs(SQUAD, again, noon + HOUR) == ["accept", "arrive"]
    told = row(connection, case)
    assert (state, told["sent_at"], told["due_at"]) == ("accepted", None, noon + 80 * MINUTE)
