"""A squad is sent to no more cases than it has crews, and to what it is competent for."""

import json
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from layers import clock
from layers.access import Actor, Verb, actor_of
from layers.errors import Conflict, Invalid, Refused
from layers.incidents import queries
from layers.incidents.actions.stepping import Said, step
from layers.roles import Area, AreaKind, Grant, Role
from layers.squads import queries as squads
from tests.cast import EAST, MATTER, WEST
from tests.layers.loop.bureau import SHANGHAI
from tests.wall import as_application

BUREAU = Actor("chief", frozenset(Verb))
DAY = date(2026, 11, 16)
WESTERN = actor_of("west", [Grant(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST), DAY)], DAY)
URGENT = "INSERT INTO matters (code, name_zh, name_en, priority) VALUES ('S09', 'x', 'x', 2)"
UNITS = """INSERT INTO units (code, name, kind, valid_from)
    VALUES ('OURS', 'x', 'other', '2020-01-01'), ('THEIRS', 'x', 'other', '2020-01-01')"""
TABLE = """INSERT INTO jurisdictions (matter_code, township_code, unit_code, part, valid_from)
    VALUES ('S02', :township, :unit, 'responsible', '2020-01-01')"""


@pytest.fixture
def filed(connection: Connection, cast, noon: datetime):
    """A case that waits for a squad."""
    connection.execute(MATTER)
    connection.execute(text(URGENT))

    def made(lon: float = 119.905, lat: float = 29.705, matter: str = "S02") -> UUID:
        case = cast.report(lon, lat, noon - timedelta(hours=1), "filed")
        number = {"case": case, "matter": matter, "no": f"26-{case.hex[:6]}"}
        change = "UPDATE incidents SET matter_code = :matter, case_no = :no WHERE id = :case"
        connection.execute(text(change), number)
        return case

    return made


@pytest.fixture
def do(connection: Connection, noon: datetime):
    days = clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)

    def done(case: UUID, verb: str, actor: Actor = BUREAU, **said: object) -> dict[str, object]:
        """The details of the step that was done."""
        given: dict[str, object] = {"event_id": uuid4(), "happened_at": noon} | said
        with as_application(connection, actor) as ours:
            step(ours, case, Said(verb, **given), actor=actor, at=noon, calendar=days)
            return queries.steps(ours, case)[-1]["details"]

    return done


def state(connection: Connection, case: UUID) -> tuple[str, str | None]:
    row = queries.one(connection, BUREAU, case)
    return row["state"], row["squad"]


def refused(do, *said: object, **more: object) -> Refused:
    with pytest.raises(Refused) as refusal:
        do(*said, **more)
    return refusal.value


def number(connection: Connection, case: UUID) -> str:
    return queries.one(connection, BUREAU, case)["case_no"]


def test_a_squad_that_has_a_case_is_not_sent_to_another(do, filed, connection):
    first, second = filed(), filed()
    do(first, "dispatch", squad="S1")

    busy = refused(do, second, "dispatch", squad="S1")

    assert (busy.code, busy.values) == (
        "squad_busy",
        {"squad": "S1", "name": "西街中队", "crews": 1, "cases": number(connection, first)},
    )  # fmt: skip
    assert state(connection, second) == ("filed", None)


def test_it_is_free_again_once_its_case_is_handled_or_its_clock_stands(do, filed):
    first, second, third = filed(), filed(), filed()
    do(first, "dispatch", squad="S1")
    for verb in ("accept", "arrive", "give_opinion"):
        do(first, verb, text="x")
    do(second, "dispatch", squad="S1")
    do(second, "suspend", reason="x", until=date(2027, 1, 1))

    do(third, "dispatch", squad="S1")

    assert refused(do, filed(), "dispatch", squad="S1").code == "squad_busy"


def test_a_case_that_goes_on_comes_back_to_its_squad_though_that_is_busy_by_now(
    do, filed, connection, noon
):
    first, second, urgent = filed(), filed(), filed(matter="S09")
    do(first, "dispatch", squad="S1")
    do(first, "suspend", reason="x", until=date(2027, 1, 1))
    do(second, "dispatch", squad="S1")

    do(first, "resume")

    both = {number(connection, first), number(connection, second)}
    busy = refused(do, filed(), "dispatch", squad="S1")
    assert set(busy.values["cases"].split(", ")) == both
    across = squads.Across(["S02"], [WEST], DAY)
    squad = squads.reserve(connection, BUREAU, "S1", noon, across)
    assert (squad.occupying, squad.crews) == (2, 1)
    assert do(urgent, "dispatch", squad="S1", preempt=True)["preempted"] == 2
    assert {state(connection, case) for case in (first, second)} == {("filed", None)}


def test_a_squad_of_two_crews_takes_two_cases(do, filed, connection):
    connection.execute(text("UPDATE squads SET crews = 2 WHERE code = 'S1'"))
    for _ in range(2):
        do(filed(), "dispatch", squad="S1")

    assert refused(do, filed(), "dispatch", squad="S1").code == "squad_busy"


def test_a_case_out_of_sight_occupies_a_squad_and_is_not_told(do, filed):
    do(filed(119.915, 29.705), "dispatch", squad="S1")

    busy = refused(do, filed(), "dispatch", WESTERN, squad="S1", preempt=True)

    assert (busy.code, busy.values["cases"]) == ("squad_busy", "—")


def test_who_is_not_competent_is_sent_only_with_a_reason(do, filed, connection):
    connection.execute(text(UNITS))
    connection.execute(text(TABLE), {"township": WEST, "unit": "OURS"})
    connection.execute(text("UPDATE squads SET unit_code = 'THEIRS', on_duty = false"))
    case = filed()

    refusals = [
        refused(do, case, "dispatch", squad="S1", **more)
        for more in ({}, {"reason": "x"}, {"override": True})
    ]
    kept = do(case, "dispatch", squad="S1", override=True, reason="洪水")

    assert [each.code for each in refusals] == [
        "squad_not_competent", "squad_not_competent", "step_needs",
    ]  # fmt: skip
    assert isinstance(refusals[2], Invalid)
    assert kept["overridden"] == ["squad_not_competent", "squad_off_duty"]


def test_a_squad_of_a_competent_unit_goes_across_the_townships_border(do, filed, connection):
    connection.execute(text(UNITS))
    connection.execute(text(TABLE), {"township": EAST, "unit": "OURS"})
    connection.execute(text("UPDATE squads SET unit_code = 'OURS' WHERE code = 'S1'"))

    kept = do(filed(119.915, 29.705), "dispatch", squad="S1")

    assert "overridden" not in kept
    assert refused(do, filed(), "dispatch", squad="S1").code == "squad_not_competent"


@pytest.fixture
def western(connection: Connection, filed) -> None:
    """For rubbish in the west the squad of the east is competent, and in the east one of the
    bureau's own."""
    connection.execute(text(UNITS))
    connection.execute(text(TABLE), {"township": WEST, "unit": "OURS"})
    connection.execute(text(TABLE), {"township": EAST, "unit": "THEIRS"})
    connection.execute(text("UPDATE squads SET unit_code = 'OURS' WHERE code = 'S2'"))


def test_who_sends_in_one_township_sends_the_competent_squad_of_the_next_and_it_sees_the_case(
    do, filed, western, connection
):
    case, squad = filed(), actor_of("s", [Grant(Role.SQUAD_MEMBER, OF_S2, DAY)], DAY)

    do(case, "dispatch", WESTERN, squad="S2")

    with as_application(connection, WESTERN) as ours:
        assert squads.names(ours, WESTERN, {"S2"}) == {"S2": "东街中队"}
    with as_application(connection, squad) as ours:
        assert queries.one(ours, squad, case)["squad"] == "S2"
        assert squads.names(ours, squad, {"S1", "S2"}) == {"S2": "东街中队"}
    assert refused(do, filed(), "dispatch", WESTERN, squad="S2").code == "squad_busy"
    do(case, "accept", squad)
    do(case, "recall", WESTERN, reason="x")
    assert state(connection, case) == ("filed", None)


def test_of_squads_across_the_border_nobody_learns_more_than_sending_takes(
    filed, western, connection, noon
):
    """Neither for another matter or township, nor without the power to send, nor a row."""
    rubbish = squads.Across(["S02"], [WEST], DAY)
    acceptor = actor_of("w", [Grant(Role.ACCEPTOR, Area(AreaKind.TOWNSHIP, WEST), DAY)], DAY)

    def told(actor: Actor, across: squads.Across) -> list[str]:
        with as_application(connection, actor) as ours:
            assert ours.execute(text("SELECT code FROM squads")).scalars().all() == ["S1"]
            return [row.code for row in squads.starts(ours, actor, noon, across=across)]

    assert told(WESTERN, rubbish) == ["S1", "S2"]
    assert told(WESTERN, rubbish._replace(townships=[EAST])) == ["S1"]
    assert told(WESTERN, rubbish._replace(matters=["S09"])) == ["S1"]
    assert told(WESTERN, rubbish._replace(day=date(2019, 1, 1))) == ["S1"]
    assert told(acceptor, rubbish) == ["S1"]


@pytest.mark.parametrize(
    "shifts",
    [[], [(-1, 8)], [(-9, -1)], [(3, 9)], [(-999, -990)], [(-999, -990), (3, 9)]],
)
def test_across_the_border_a_squad_is_told_of_as_at_home(shifts, western, connection, noon):
    for first, last in shifts:
        hours = {"from": noon + timedelta(hours=first), "to": noon + timedelta(hours=last)}
        connection.execute(text(SHIFT), hours)
    connection.execute(text(ON_A_BREAK), {"at": noon - timedelta(minutes=5)})

    across = squads.Across(["S02"], [WEST], DAY)
    with as_application(connection, WESTERN) as ours:
        theirs = squads.starts(ours, WESTERN, noon, across=across)[1]
    with as_application(connection, BUREAU) as ours:
        assert theirs == squads.starts(ours, BUREAU, noon)[1]


SHIFT = "INSERT INTO shifts (squad_code, starts_at, ends_at) VALUES ('S2', :from, :to)"
ON_A_BREAK = """UPDATE squads SET out_of_service = 'break', out_of_service_at = :at,
    position = ST_Point(119.9, 29.7, 4326), position_at = :at"""
OF_S2 = Area(AreaKind.SQUAD, "S2")


def test_a_case_that_presses_more_takes_the_squad_and_the_other_waits_again(do, filed, connection):
    little, urgent = filed(), filed(matter="S09")
    do(little, "dispatch", squad="S1")
    do(little, "accept")

    assert refused(do, urgent, "dispatch", squad="S1").code == "squad_busy"
    kept = do(urgent, "dispatch", squad="S1", preempt=True)

    last = queries.steps(connection, little)[-1]
    assert state(connection, urgent) == ("dispatched", "S1")
    assert state(connection, little) == ("filed", None)
    assert (last["verb"], last["reason"]) == ("recall", "preempted")
    assert (kept["preempted"], last["details"]) == (1, {})
    noted = (
        "SELECT details ->> 'preempted' FROM journal WHERE subject = :case AND verb = 'dispatch'"
    )
    [written] = connection.execute(text(noted), {"case": str(urgent)}).scalars()
    assert json.loads(written) == [str(little)]
    told = connection.execute(text(
        "SELECT arguments ->> 'event', arguments ->> 'incident' FROM jobs WHERE name = 'message'"
        " AND arguments ->> 'event' = 'recall'"
    )).all()  # fmt: skip
    assert told == [("recall", str(little))]


def test_what_presses_least_gives_way_and_of_equal_ones_what_was_sent_last(
    do, filed, connection, noon
):
    connection.execute(text("UPDATE squads SET crews = 3 WHERE code = 'S1'"))
    last, first, presses = (filed() for _ in range(3))
    do(presses, "prioritise", priority=1, reason="学校门口")
    for minutes, case in ((3, first), (2, last), (1, presses)):
        do(case, "dispatch", squad="S1", happened_at=noon - timedelta(minutes=minutes))

    waiting = []
    for _ in range(2):
        do(filed(matter="S09"), "dispatch", squad="S1", preempt=True)
        waiting.append([case for case in (first, last, presses)
                        if state(connection, case) == ("filed", None)])  # fmt: skip

    assert waiting == [[last], [first, last]]


def test_nothing_gives_way_that_presses_as_much_or_is_reached(do, filed, connection):
    little, urgent = filed(), filed(matter="S09")
    do(little, "dispatch", squad="S1")
    do(little, "prioritise", priority=2, reason="学校门口")
    as_much = refused(do, urgent, "dispatch", squad="S1", preempt=True)
    do(little, "prioritise", priority=0, reason="已缓解")
    for verb in ("accept", "arrive"):
        do(little, verb)
    reached = refused(do, urgent, "dispatch", squad="S1", preempt=True)

    assert as_much.code == reached.code == "squad_busy"
    assert state(connection, little) == ("on_scene", "S1")


def test_the_same_order_again_is_the_same_order(do, filed, connection):
    little, urgent, event = filed(), filed(matter="S09"), uuid4()
    do(little, "dispatch", squad="S1")
    for _ in range(2):
        do(urgent, "dispatch", squad="S1", preempt=True, event_id=event)

    assert len(queries.steps(connection, little)) == len(queries.steps(connection, urgent)) + 1 == 2


def test_what_is_to_be_noted_is_only_asked_for_once_the_step_is_open(do, filed):
    case, event, asked = filed(), uuid4(), []

    def noted() -> dict[str, object]:
        asked.append(1)
        return {"recommendation": {"rank": 1}}

    with pytest.raises(Conflict, match="not_open"):
        do(case, "accept", noted=noted)
    nobody = Actor("nobody", frozenset(Verb) - {Verb.DISPATCH})
    with pytest.raises(Refused):
        do(case, "dispatch", nobody, squad="S1", noted=noted)
    assert not asked

    for _ in range(2):
        kept = do(case, "dispatch", squad="S1", event_id=event, noted=noted)

    assert (kept["recommendation"], asked) == ({"rank": 1}, [1])


def test_two_pressing_cases_do_not_take_the_squad_from_each_other(do, filed):
    first, second = filed(matter="S09"), filed(matter="S09")
    do(first, "dispatch", squad="S1")

    with pytest.raises(Conflict, match="squad_busy"):
        do(second, "dispatch", squad="S1", preempt=True)
