"""The closed loop: the table itself, and cases that go through it."""

import re
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.flow import BEFORE, SAME, Flow, Step
from layers.incidents import queries, rules
from layers.incidents.actions.stepping import Said, step
from layers.roles import VERBS, AreaKind, Role
from tests.cast import EAST, WEST
from tests.layers.loop.bureau import (
    ACCEPTOR,
    BUREAU,
    DISPATCHER,
    LEADER,
    MINUTE,
    PHOTOS,
    SHANGHAI,
    SQUAD,
    WORKER,
    held,
    row,
)

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


def test_a_number_has_the_year_that_it_was_here(connection, cast, calendar, noon):
    early = datetime(2026, 1, 1, 3, tzinfo=SHANGHAI)  # 2025 still, on Greenwich
    brought = cast.report(119.905, 29.705, early)

    said = Said("file", uuid4(), noon, standard=True)
    step(connection, brought, said, actor=BUREAU, at=noon, calendar=calendar)

    assert queries.one(connection, BUREAU, brought)["case_no"].startswith("26-")


def test_what_a_file_brought_gets_its_number_with_its_first_step(connection, cast, calendar, noon):
    brought, numbers = cast.report(119.905, 29.705, noon), []

    for verb, given in (("file", {"standard": True}), ("send_back", {"reason": "x"})):
        said = Said(verb, uuid4(), noon + MINUTE, **given)
        step(connection, brought, said, actor=BUREAU, at=noon + MINUTE, calendar=calendar)
        numbers.append(queries.one(connection, BUREAU, brought)["case_no"])

    assert re.fullmatch(r"26-\d{6,}", numbers[0])
    assert numbers[1] == numbers[0]


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
