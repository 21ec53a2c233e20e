"""Who is on duty when, by the roster and by what squads say."""

from datetime import datetime, timedelta
from uuid import uuid4

import pandas as pd
import pytest
from sqlalchemy import Connection, text

from layers.access import Actor, Verb
from layers.db import Page
from layers.duty import actions, queries
from layers.duty.rules import OutOfService, Said, Span, clashing, skills_of
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.incidents.queries import doing
from layers.squads.queries import listed, starts
from tests.cast import EAST, WEST

HOUR = timedelta(hours=1)
MEMBER = Actor("member", frozenset({Verb.HANDLE}), frozenset(), frozenset({"S1"}))
DISPATCHER = Actor("dispatcher", frozenset({Verb.DISPATCH}), frozenset({WEST, EAST}))
LOOKER = Actor("looker", frozenset(), frozenset({WEST, EAST}))


def roster(*rows: tuple[str, datetime, datetime], **more) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["squad", "from", "to"]).assign(**more)


@pytest.fixture
def rota(cast, connection: Connection, planner, noon):
    """Takes shifts in and gives the outcome."""

    def take(*rows, **more):
        return actions.import_duty(connection, roster(*rows, **more), actor=planner, at=noon)

    return take


def shown(connection: Connection, actor: Actor, at: datetime, squad: str = "S1"):
    return next(row for row in listed(connection, actor, at, Page()) if row["code"] == squad)


def test_a_squad_with_a_roster_is_on_duty_by_its_shifts_and_another_by_its_mark(
    rota, connection, planner, noon
):
    rota(("S1", noon, noon + 8 * HOUR))

    moments = {
        "before": noon - HOUR,
        "at its beginning": noon,
        "at its end": noon + 8 * HOUR,
        "after a holiday": noon + 10 * 24 * HOUR,
        "months later": noon + 40 * 24 * HOUR,
    }
    told = {when: shown(connection, planner, at)["on_duty"] for when, at in moments.items()}

    assert told == {"before": False, "at its beginning": True, "at its end": False,
                    "after a holiday": False, "months later": True}  # fmt: skip
    assert [row.on_duty for row in starts(connection, planner, noon - HOUR)] == [False, True]
    assert [row.state for row in starts(connection, planner, noon - HOUR)] == [
        "off_duty",
        "available",
    ]


def test_a_roster_twice_changes_nothing_and_a_longer_shift_changes_one(
    rota, connection, planner, noon
):
    first = (("S1", noon, noon + 8 * HOUR), ("东街中队", noon, noon + 8 * HOUR))
    longer = (("S1", noon, noon + 9 * HOUR), first[1])

    outcomes = [
        rota(*first, members=[3, 4], skills="拖车；无人机", vehicle="浙A12345"),
        rota(*first), rota(*longer), rota(*longer),
    ]  # fmt: skip

    assert [(o.new, o.changed, o.unchanged) for o in outcomes] == [
        (2, 0, 0), (0, 0, 2), (0, 1, 1), (0, 0, 2),
    ]  # fmt: skip
    [row] = queries.shifts(connection, planner, Page(), queries.Wanted("S1"))
    assert (row["members"], row["skills"], row["vehicle"]) == (3, ["拖车", "无人机"], "浙A12345")
    assert row["ends_at"] == noon + 9 * HOUR
    again = actions.import_duty(
        connection, queries.kept(connection, planner), actor=planner, at=noon
    )
    assert again.unchanged == 2


def test_shifts_that_cannot_be_are_refused_one_by_one(rota, noon):
    rota(("S1", noon, noon + 8 * HOUR))

    outcome = rota(
        ("S1", noon + 7 * HOUR, noon + 9 * HOUR),  # overlaps the one that is kept
        ("S1", noon + 8 * HOUR, noon + 9 * HOUR),  # begins as that one ends
        ("S2", noon, noon + 8 * HOUR),
        ("S2", noon + 7 * HOUR, noon + 9 * HOUR),  # overlaps the one above
        ("S2", noon, noon + 25 * HOUR),  # longer than a day
        ("S2", noon, noon),
        ("S7", noon, noon + HOUR),
    )

    assert outcome.new == 2
    told = {one["code"]: one["count"] for one in outcome.reasons}
    assert told == {"shifts_overlap": 2, "bad_shift": 2, "unknown_squad": 1}
    [fewer] = rota(("S2", noon + 30 * HOUR, noon + 31 * HOUR), members=-4).reasons
    assert fewer["code"] == "negative"


def test_a_shift_that_is_moved_makes_room_only_if_it_is_taken(noon):
    def span(squad: str, begins: int, ends: int) -> tuple[tuple[str, datetime], Span]:
        key = (squad, noon + begins * HOUR)
        return key, Span(*key, noon + ends * HOUR)

    held = dict([span("A", 0, 4), span("A", 6, 8)])
    shortened = dict([span("A", 0, 2), span("A", 2, 4)])
    refused = dict([span("A", 0, 7), span("A", 3, 5)])

    assert clashing(shortened, held) == set()
    assert clashing(refused, held) == set(refused)


def test_skills_are_told_apart_however_a_cell_lists_them():
    assert skills_of("拖车；无人机, 拖车、 ") == ["拖车", "无人机"]


def test_a_squad_begins_its_planned_shift_early_and_ends_it_early(rota, connection, noon):
    rota(("S1", noon + HOUR, noon + 9 * HOUR))

    begun = actions.begin(connection, "S1", until=None, actor=MEMBER, at=noon)
    with pytest.raises(Conflict, match="shift_on"):
        actions.begin(connection, "S1", until=None, actor=DISPATCHER, at=noon + HOUR)
    ended = actions.end(connection, "S1", actor=DISPATCHER, at=noon + 2 * HOUR)
    rota(("S1", noon + HOUR, noon + 8 * HOUR))  # the file does not know of it

    assert begun == ended
    [row] = queries.shifts(connection, LOOKER, Page(), queries.Wanted("S1"))
    assert (row["starts_at"], row["ends_at"]) == (noon, noon + 2 * HOUR)
    assert not shown(connection, LOOKER, noon + 3 * HOUR)["on_duty"]


def test_a_shift_without_a_roster_lasts_until_the_next_one_at_most(rota, connection, noon):
    rota(("S1", noon + 10 * HOUR, noon + 18 * HOUR))

    with pytest.raises(Conflict, match="shifts_overlap"):
        actions.begin(connection, "S1", until=noon + 11 * HOUR, actor=MEMBER, at=noon)
    with pytest.raises(Invalid, match="bad_shift"):
        actions.begin(connection, "S1", until=noon, actor=MEMBER, at=noon)
    actions.begin(connection, "S1", until=None, actor=MEMBER, at=noon)

    first, _ = queries.shifts(connection, LOOKER, Page(), queries.Wanted("S1"))
    assert (first["ends_at"], first["planned_at"]) == (noon + 10 * HOUR, None)


def test_who_says_what_a_squad_does(connection, cast, noon):
    begin = {"until": None, "at": noon}
    with pytest.raises(NotFound, match="no_squad"):
        actions.begin(connection, "S2", actor=MEMBER, **begin)
    with pytest.raises(Forbidden):
        actions.begin(connection, "S1", actor=LOOKER, **begin)
    with pytest.raises(Conflict, match="no_shift_on"):
        actions.end(connection, "S1", actor=MEMBER, at=noon)

    actions.begin(connection, "S2", actor=DISPATCHER, **begin)

    assert shown(connection, LOOKER, noon, "S2")["on_duty_since"] == noon


def test_out_of_service_holds_for_the_shift_in_which_it_is_said(rota, connection, noon):
    rota(("S1", noon, noon + 8 * HOUR), ("S1", noon + 8 * HOUR, noon + 16 * HOUR))
    actions.say(connection, "S1", OutOfService.VEHICLE, actor=MEMBER, at=noon + HOUR)

    told = [shown(connection, LOOKER, noon + hours * HOUR) for hours in (2, 9, 17)]
    actions.say(connection, "S1", None, actor=MEMBER, at=noon + 3 * HOUR)

    assert [row["state"] for row in told] == ["out_of_service", "available", "off_duty"]
    assert told[0]["out_of_service"] == "vehicle"
    assert shown(connection, LOOKER, noon + 4 * HOUR)["state"] == "available"
    with pytest.raises(Conflict, match="squad_off_duty"):
        actions.say(connection, "S1", OutOfService.BREAK, actor=MEMBER, at=noon + 17 * HOUR)


def test_what_was_said_without_a_signal_counts_from_then_and_once(cast, connection, noon):
    begun, ended = Said(uuid4(), noon - 5 * HOUR), Said(uuid4(), noon - HOUR)

    who = {"actor": MEMBER, "at": noon}
    shifts = {actions.begin(connection, "S1", until=None, said=begun, **who) for _ in range(2)}
    shifts |= {actions.end(connection, "S1", said=ended, **who) for _ in range(2)}

    [row] = queries.shifts(connection, LOOKER, Page(), queries.Wanted("S1"))
    assert shifts == {row["id"]}
    assert (row["starts_at"], row["ends_at"]) == (noon - 5 * HOUR, noon - HOUR)
    noted = text("SELECT verb FROM journal WHERE kind = 'squads' AND subject = 'S1' ORDER BY id")
    assert connection.execute(noted).scalars().all() == ["begin_shift", "end_shift"]
    with pytest.raises(Conflict, match="other_content"):
        actions.end(connection, "S1", actor=MEMBER, at=noon, said=begun)
    with pytest.raises(Conflict, match="other_content"):
        actions.begin(connection, "S2", until=None, actor=DISPATCHER, at=noon, said=begun)


def test_a_clock_that_runs_ahead_or_stood_still_begins_no_shift_of_its_own_day(
    cast, connection, noon
):
    ahead, old = Said(uuid4(), noon + 9 * HOUR), Said(uuid4(), noon - 73 * HOUR)

    with pytest.raises(Invalid, match="duty_too_late"):
        actions.begin(connection, "S1", until=None, actor=MEMBER, at=noon, said=old)
    actions.begin(connection, "S1", until=None, actor=MEMBER, at=noon, said=ahead)

    assert shown(connection, LOOKER, noon)["on_duty_since"] == noon


def test_two_phones_of_a_squad_begin_one_shift(cast, connection, noon):
    later, first = Said(uuid4(), noon - HOUR), Said(uuid4(), noon - 2 * HOUR)

    shifts = {actions.begin(connection, "S1", until=None, actor=MEMBER, at=noon, said=said)
              for said in (later, first)}  # fmt: skip

    assert len(shifts) == 1
    assert shown(connection, LOOKER, noon)["on_duty_since"] == noon - 2 * HOUR


def test_an_older_word_on_what_keeps_a_squad_does_not_undo_a_newer_one(rota, connection, noon):
    rota(("S1", noon - 3 * HOUR, noon + 8 * HOUR))
    actions.say(connection, "S1", None, actor=DISPATCHER, at=noon - HOUR)

    late = Said(uuid4(), noon - 2 * HOUR)
    actions.say(connection, "S1", OutOfService.BREAK, actor=MEMBER, at=noon, said=late)

    assert shown(connection, LOOKER, noon)["state"] == "available"


def test_an_end_that_is_told_late_undoes_nothing_newer_of_its_shift(rota, connection, noon):
    """Of what was said for a shift, and of what its squad did in it."""
    rota(("S1", noon - 20 * HOUR, noon - 12 * HOUR), ("S1", noon - 9 * HOUR, noon + HOUR))

    def ended(hours: float, **more) -> tuple[datetime, datetime]:
        said = Said(uuid4(), noon - hours * HOUR)
        actions.end(connection, "S1", said=said, actor=MEMBER, at=noon, **more)
        first, second = queries.shifts(connection, LOOKER, Page(), queries.Wanted("S1"))
        return first["ends_at"], second["ends_at"]

    in_the_next_one = ended(13, worked_at=noon - 8 * HOUR)
    worked = ended(6, worked_at=noon - 5 * HOUR)
    actions.say(connection, "S1", None, actor=DISPATCHER, at=noon - 3 * HOUR)
    said = ended(4)
    actions.end(connection, "S1", actor=DISPATCHER, at=noon - 2 * HOUR)

    assert in_the_next_one == worked == said == (noon - 13 * HOUR, noon + HOUR)
    assert ended(2.5) == (noon - 13 * HOUR, noon - 2 * HOUR)


def test_contact_is_lost_after_a_while_without_a_fix_and_not_at_the_beginning_of_a_shift(
    rota, connection, noon
):
    rota(("S1", noon, noon + 8 * HOUR))
    place = "UPDATE squads SET position = home, position_at = :at WHERE code = 'S1'"
    connection.execute(text(place), {"at": noon - 12 * HOUR})

    minutes = {n: noon + timedelta(minutes=n) for n in (-11, 9, 11)}
    told = {n: shown(connection, LOOKER, at)["contact_lost"] for n, at in minutes.items()}
    never_heard = shown(connection, LOOKER, noon, "S2")["contact_lost"]

    assert told == {-11: False, 9: False, 11: True}
    assert never_heard is False


def test_who_says_no_more_than_to_be_there_is_not_lost(rota, connection, noon):
    """As a parked phone does: its last fix is old, its last word is not."""
    rota(("S1", noon - HOUR, noon + 8 * HOUR), ("S2", noon - HOUR, noon + 8 * HOUR))
    heard = {"S1": noon - timedelta(minutes=9), "S2": noon - timedelta(minutes=11)}
    connection.execute(text("UPDATE squads SET position = home, position_at = :at"),
                       {"at": noon - HOUR})  # fmt: skip
    for code, at in heard.items():
        connection.execute(text(DEVICE), {"code": code})
        connection.execute(text(HEARD), {"code": code, "at": at})

    told = {row["code"]: row["contact_lost"] for row in listed(connection, LOOKER, noon, Page())}

    assert told == {"S1": False, "S2": True}


DEVICE = "INSERT INTO devices (code, name, squad_code) VALUES (:code, 'x', :code)"
HEARD = "INSERT INTO devices_heard (device_code, heard_at) VALUES (:code, :at)"


def test_a_shift_that_is_on_says_who_comes_and_by_what(rota, connection, noon):
    connection.execute(text("UPDATE squads SET vehicles = 0 WHERE code = 'S2'"))
    rota(("S1", noon, noon + HOUR), ("S2", noon, noon + HOUR),
         members=[2, None], vehicle=["步行", "浙A12345"], skills=["拖车", None])  # fmt: skip

    def crews(at: datetime) -> list[tuple]:
        return [(row["members"], row["vehicle"], row["vehicles"], row["skills"])
                for row in listed(connection, LOOKER, at, Page())]  # fmt: skip

    def vehicles(at: datetime) -> list[int]:
        return [row.vehicles for row in starts(connection, DISPATCHER, at)]

    assert crews(noon) == [(2, "none", 0, ["拖车"]), (6, "浙A12345", 1, [])]
    assert vehicles(noon) == [0, 1]
    assert crews(noon + HOUR) == [(6, None, 1, []), (6, None, 0, [])]
    assert vehicles(noon + HOUR) == [1, 0]


def test_what_a_squad_does_follows_from_its_cases(cast, connection, planner, noon):
    for state in ("dispatched", "on_scene", "accepted", "handling"):
        cast.report(119.905, 29.705, noon, state)
    cast.report(119.915, 29.715, noon, "accepted")
    connection.execute(text(
        "UPDATE incidents SET squad_code = CASE WHEN ST_X(place) < 119.91 THEN 'S1' ELSE 'S2' END"
    ))  # fmt: skip
    western = Actor("western", frozenset(), frozenset({WEST}))

    assert doing(connection, planner) == {"S1": ("on_scene", 3), "S2": ("on_the_way", 1)}
    assert doing(connection, western) == {"S1": ("on_scene", 3)}
    connection.execute(text("UPDATE incidents SET suspended_until = current_date + 9"
                            " WHERE state = 'on_scene'"))  # fmt: skip
    assert doing(connection, western) == {"S1": ("on_the_way", 2)}
