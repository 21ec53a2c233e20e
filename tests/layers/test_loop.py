"""The closed loop: the table itself, and cases that go through it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from layers import clock
from layers.access import Actor, Verb, actor_of
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.flow import BEFORE, SAME, Flow, Step
from layers.incidents import queries, rules
from layers.incidents.actions.redacting import redact
from layers.incidents.actions.reporting import Report, report, report_all
from layers.incidents.actions.stepping import Correction, Said, resume_due, step
from layers.roles import VERBS, Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST
from tests.wall import as_application

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

# --- The table ----------------------------------------------------------------------------------


def test_every_state_is_reached_and_left_and_every_case_can_end():
    ends = {rules.CLOSED, rules.REJECTED, rules.MERGED}
    reached, grown = {rules.REPORTED}, True
    while grown:
        next_ = {s.target for state in reached for s in rules.FLOW.open(state)} - {SAME, BEFORE}
        grown = not next_ <= reached
        reached |= next_

    assert reached == rules.FLOW.states == {*rules.OPEN, *ends}
    assert all(rules.FLOW.open(state) for state in rules.FLOW.states)


AGREED = """
return_report reported reported acceptor reason
amend reported,to_check = acceptor,dispatcher,grid_worker,squad_leader,squad_member report
request_check reported to_check acceptor -
report_check to_check reported grid_worker photo,result
file reported filed acceptor standard
reject reported rejected acceptor reason
fix_on_spot reported closed grid_worker photo_after,photo_before
dispatch filed dispatched dispatcher squad
send_back filed reported dispatcher reason
accept dispatched,accepted accepted squad_leader,squad_member -
decline dispatched filed squad_leader,squad_member reason
recall dispatched,accepted filed dispatcher reason
arrive accepted on_scene squad_leader,squad_member -
give_opinion on_scene handling squad_leader,squad_member text
finish on_scene,handling handled squad_leader,squad_member photo_after
request_recheck handled to_recheck acceptor -
report_recheck to_recheck handled grid_worker photo,result
rework handled accepted acceptor,dispatcher reason
close handled closed acceptor standard
reopen closed,rejected filed acceptor reason
merge open merged acceptor into,reason
unmerge merged < acceptor reason
ask_extension open = dispatcher reason
prioritise open = dispatcher priority,reason
extend open = leader -
refuse_extension open = leader reason
suspend open = leader reason,until
resume open = leader -
force_close open closed leader reason
"""
"""In the order of the loop: verb, from, to, whose work it is, what it needs."""


def test_who_does_what_when_is_what_was_agreed():
    told = (
        (
            row.verb,
            "open" if row.states == rules.OPEN else ",".join(row.states),
            row.target,
            ",".join(sorted(role for role, held in VERBS.items() if held & row.powers)),
            ",".join(sorted(row.needs)) or "-",
        )
        for row in rules.FLOW.steps
    )

    assert [" ".join(row) for row in told] == AGREED.strip().splitlines()


def test_a_verb_twice_for_one_state_is_no_table():
    twice = [Step("go", ("a",), to, frozenset(), frozenset()) for to in ("b", "c")]

    with pytest.raises(ValueError, match="twice"):
        Flow(twice)


def test_what_is_not_open_is_refused_with_what_is():
    with pytest.raises(Conflict) as refused:
        rules.FLOW.step(rules.CLOSED, "dispatch", ["reopen"])

    assert refused.value.code == "not_open"
    assert refused.value.values == {"state": "closed", "verbs": ["reopen"]}


# --- Cases --------------------------------------------------------------------------------------


@pytest.fixture
def calendar() -> clock.Calendar:
    return clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)


@pytest.fixture
def offered(connection: Connection) -> None:
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered) VALUES ('S02', 'x', 'x', true)"
        " ON CONFLICT (code) DO UPDATE SET offered = true"
    ))  # fmt: skip


def told(at: datetime, place: tuple[float, float] = (119.905, 29.705), **more: object) -> Report:
    given: dict[str, object] = {"id": uuid4(), "content": b"sent"} | more
    return Report(
        source="staff", matter="S02", place=place, x=place[0], y=place[1], datum="wgs84",
        occurred_at=at, **given,
    )  # fmt: skip


@pytest.fixture
def case(connection: Connection, cast, offered, noon: datetime) -> UUID:
    new = told(noon)
    with as_application(connection, WORKER) as ours:
        report(ours, new, actor=WORKER, at=noon, zone=SHANGHAI)
    return new.id


def test_of_one_id_the_report_that_was_refused_is_not_the_one_that_is_kept(
    connection, cast, offered, noon
):
    good = told(noon)
    bad = replace(good, occurred_at=noon + timedelta(days=9), content=b"1")

    outcomes = report_all(connection, [bad, good], actor=WORKER, at=noon, zone=SHANGHAI)

    assert isinstance(outcomes[0], Conflict)
    assert outcomes[1]["id"] == good.id


def test_what_a_file_brought_gets_its_number_with_its_first_step(connection, cast, calendar, noon):
    brought, numbers = cast.report(119.905, 29.705, noon), []

    for verb, given in (("file", {"standard": True}), ("send_back", {"reason": "x"})):
        said = Said(verb, uuid4(), noon + MINUTE, **given)
        step(connection, brought, said, actor=BUREAU, at=noon + MINUTE, calendar=calendar)
        numbers.append(queries.one(connection, BUREAU, brought)["case_no"])

    assert re.fullmatch(r"26-\d{6,}", numbers[0])
    assert numbers[1] == numbers[0]


@pytest.fixture
def do(connection: Connection, case: UUID, calendar, noon: datetime) -> Callable[..., str]:
    """Somebody does a step, as the application; the state afterwards."""

    def done(actor: Actor, verb: str, after: timedelta = MINUTE, **said: object) -> str:
        given: dict[str, object] = {"event_id": uuid4(), "happened_at": noon + after} | said
        with as_application(connection, actor) as ours:
            step(ours, case, Said(verb, **given), actor=actor, at=noon + after, calendar=calendar)
            return queries.one(ours, actor, case)["state"]

    return done


def row(connection: Connection, case: UUID):
    return queries.one(connection, BUREAU, case)


PHOTOS = {"photos": ("photo", "photo_before", "photo_after")}


def test_a_case_goes_the_whole_way_and_each_step_is_kept(do, connection, case, noon):
    way = [
        do(ACCEPTOR, "request_check"), do(WORKER, "report_check", result=True, **PHOTOS),
        do(ACCEPTOR, "file", standard=True), do(DISPATCHER, "dispatch", squad="S1"),
        do(SQUAD, "accept"), do(SQUAD, "arrive"), do(SQUAD, "give_opinion", text="拆除"),
        do(SQUAD, "finish", **PHOTOS), do(ACCEPTOR, "request_recheck"),
        do(WORKER, "report_recheck", result=True, **PHOTOS),
        do(ACCEPTOR, "close", 2 * MINUTE, standard=True),
    ]  # fmt: skip

    assert way == [
        "to_check", "reported", "filed", "dispatched", "accepted", "on_scene", "handling",
        "handled", "to_recheck", "handled", "closed",
    ]  # fmt: skip
    history = queries.steps(connection, case)
    assert [done["version"] for done in history] == list(range(1, 13))
    assert [done["to_state"] for done in history] == ["reported", *way]
    assert row(connection, case)["closed_at"] == noon + 2 * MINUTE


def test_the_same_event_again_changes_nothing(do, connection, case):
    event = uuid4()

    first = do(ACCEPTOR, "file", event_id=event, standard=True)
    again = do(ACCEPTOR, "file", event_id=event, standard=True)

    assert (first, again) == ("filed", "filed")
    assert len(queries.steps(connection, case)) == 2


def test_an_event_is_one_step_for_good(do):
    event = uuid4()
    do(ACCEPTOR, "file", event_id=event, standard=True)

    with pytest.raises(Conflict, match="other_content"):
        do(DISPATCHER, "send_back", event_id=event, reason="x")


def test_whoever_saw_an_older_case_is_told_and_ones_own_steps_are_no_news(do):
    do(ACCEPTOR, "file", standard=True, seen_version=1)
    do(DISPATCHER, "dispatch", squad="S1", seen_version=2)
    with pytest.raises(Conflict, match="stale") as refused:
        do(DISPATCHER, "recall", reason="x", seen_version=1)
    do(SQUAD, "accept", seen_version=3)
    arrived = do(SQUAD, "arrive", seen_version=3)

    assert (refused.value.values["state"], refused.value.values["verbs"]) == (
        "dispatched", ["recall", "ask_extension", "prioritise"])  # fmt: skip
    assert arrived == "on_scene"


def test_who_is_too_late_is_told_only_what_is_theirs_to_do(do):
    do(ACCEPTOR, "file", standard=True)

    with pytest.raises(Conflict, match="not_open") as refused:
        do(WORKER, "fix_on_spot", **PHOTOS)

    assert refused.value.values == {"state": "filed", "verbs": []}


@pytest.mark.parametrize(
    ("actor", "verb", "refusal"),
    [
        (WORKER, "file", Forbidden), (SQUAD, "dispatch", NotFound), (DISPATCHER, "file", Forbidden),
        (held(Role.ACCEPTOR, AreaKind.TOWNSHIP, EAST), "file", NotFound),
        (held(Role.GRID_WORKER, AreaKind.GRID, f"{WEST}001002"), "fix_on_spot", NotFound),
        (LEADER, "dispatch", Conflict),
    ],
)  # fmt: skip
def test_nobody_does_anothers_work(actor, verb, refusal, do):
    with pytest.raises(refusal):
        do(actor, verb, standard=True, reason="x", squad="S1", **PHOTOS)


def test_what_a_step_needs_is_named(do):
    with pytest.raises(Invalid) as refused:
        do(ACCEPTOR, "reject")

    assert refused.value.values == {"step": "reject", "missing": "reason"}


def test_a_squad_shows_as_many_photographs_of_its_work_as_the_matter_wants(do, connection):
    connection.execute(text("UPDATE matters SET photos_after = 2"))
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(SQUAD, "accept")
    do(SQUAD, "arrive")

    with pytest.raises(Invalid, match="few_photos_after") as refused:
        do(SQUAD, "finish", photos=["photo_after", "photo_before", "photo"])

    assert refused.value.values == {"needed": 2}
    assert do(SQUAD, "finish", photos=["photo_after"] * 2) == "handled"


def test_a_squad_that_declined_still_sees_its_answer_and_another_gets_the_order(
    do, connection, case
):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")

    state = do(SQUAD, "decline", reason="远")

    assert state == "filed"
    assert row(connection, case)["squad"] is None
    do(BUREAU, "dispatch", squad="S2")
    with pytest.raises(Forbidden):
        do(SQUAD, "accept")


def test_a_squad_out_of_sight_is_not_sent(do):
    do(ACCEPTOR, "file", standard=True)

    with pytest.raises(Invalid, match="no_squad"):
        do(DISPATCHER, "dispatch", squad="S2")


def test_a_squad_that_is_off_duty_is_not_sent(do, connection):
    connection.execute(text("UPDATE squads SET on_duty = false WHERE code = 'S1'"))
    do(ACCEPTOR, "file", standard=True)

    with pytest.raises(Conflict, match="squad_off_duty"):
        do(DISPATCHER, "dispatch", squad="S1")


# --- Clocks -------------------------------------------------------------------------------------


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


def test_more_time_is_asked_for_and_given_twice_at_most(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    with pytest.raises(Conflict, match="extension_not_asked"):
        do(LEADER, "extend")
    for turn in (1, 2):
        do(DISPATCHER, "ask_extension", reason="路远")
        do(LEADER, "extend")
        assert row(connection, case)["due_at"] == noon + MINUTE + 30 * MINUTE * (1 + turn)

    with pytest.raises(Conflict, match="extended_enough"):
        do(DISPATCHER, "ask_extension", reason="x")


def test_time_that_was_given_or_asked_for_stays_when_the_order_is_accepted(
    do, connection, case, noon
):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(DISPATCHER, "ask_extension", reason="路远")
    do(LEADER, "extend")
    do(DISPATCHER, "ask_extension", reason="再远")

    do(SQUAD, "accept")

    told = row(connection, case)
    assert (told["due_at"], told["extension_asked"]) == (noon + 61 * MINUTE, True)
    do(SQUAD, "arrive")
    assert (row(connection, case)["due_at"], row(connection, case)["extension_asked"]) == (
        noon + 31 * MINUTE, False)  # fmt: skip


def test_a_case_is_given_more_time_twice_in_whatever_states_that_was(do):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    for verb in ("accept", "arrive"):
        do(DISPATCHER, "ask_extension", reason="路远")
        do(LEADER, "extend")
        do(SQUAD, verb)

    with pytest.raises(Conflict, match="extended_enough"):
        do(DISPATCHER, "ask_extension", reason="x")


def test_more_time_may_be_refused_and_asked_for_again(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    with pytest.raises(Conflict, match="extension_not_asked"):
        do(LEADER, "refuse_extension", reason="x")
    do(DISPATCHER, "ask_extension", reason="路远")
    with pytest.raises(Invalid, match="step_needs"):
        do(LEADER, "refuse_extension")

    do(LEADER, "refuse_extension", 2 * HOUR, reason="来得及")

    told = row(connection, case)
    assert (told["extension_asked"], told["due_at"]) == (False, noon + 31 * MINUTE)


def test_no_time_is_given_to_what_is_overdue_and_the_last_instant_is_in_time(do):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")

    with pytest.raises(Conflict, match="overdue_already"):
        do(DISPATCHER, "ask_extension", 2 * HOUR, reason="x")
    assert do(DISPATCHER, "ask_extension", 31 * MINUTE, reason="x") == "dispatched"


def test_whether_more_time_was_asked_for_too_late_goes_by_when_it_was_asked_unless_that_is_late(
    do, noon
):
    """It is due after 31 minutes."""
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    then = {"happened_at": noon + 30 * MINUTE, "reason": "x"}

    with pytest.raises(Conflict, match="overdue_already"):
        do(DISPATCHER, "ask_extension", 47 * MINUTE, **then)
    asked = do(DISPATCHER, "ask_extension", 45 * MINUTE, **then)

    assert asked == "dispatched"


def test_whoever_gives_more_time_cannot_say_that_it_was_before_the_deadline(
    do, connection, case, noon
):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(DISPATCHER, "ask_extension", reason="x")
    after = noon + 32 * MINUTE

    with pytest.raises(Conflict, match="overdue_already"):
        do(LEADER, "extend", 32 * MINUTE, happened_at=noon + 30 * MINUTE)

    assert "extend" not in queries.verbs(LEADER, queries.locked(connection, LEADER, case), after)


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

    on = datetime(2026, 11, 17, 16, 0, tzinfo=UTC)
    early = resume_due(connection, today=date(2026, 11, 17), actor=BUREAU, at=on, calendar=calendar)
    resumed = resume_due(connection, today=date(2026, 11, 18), actor=BUREAU, at=on,
                         calendar=calendar)  # fmt: skip

    assert (standing, early, resumed) == (None, 0, 1)
    assert row(connection, case)["due_at"] == on + 20 * MINUTE
    assert row(connection, case)["state"] == "dispatched"


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


# --- Reports ------------------------------------------------------------------------------------


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
