"""Where squads are, whatever their phones send and in whatever order it comes."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from layers.access import INTAKE, Actor, actor_of
from layers.db import Page
from layers.duty.actions import end, import_duty
from layers.duty.queries import Wanted, shifts
from layers.duty.rules import Said
from layers.errors import Forbidden
from layers.positions import actions
from layers.positions.actions import Sent, import_devices, take
from layers.positions.queries import moved_after, track
from layers.positions.rules import Fix, Verdict, judged
from layers.roles import Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST
from tests.wall import as_application

ZONE = ZoneInfo("Asia/Shanghai")
GRID = f"{WEST}001001"


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


@pytest.fixture
def town(cast, connection: Connection, planner, noon: datetime) -> Connection:
    """S1 has a shift from 8 until 18 and two phones, S2 has no roster."""
    roster = pd.DataFrame({"squad": ["S1"], "from": [noon - timedelta(hours=4)],
                           "to": [noon + timedelta(hours=6)]})  # fmt: skip
    import_duty(connection, roster, actor=planner, at=noon)
    devices = pd.DataFrame({"code": ["P1", "P2", "Q"], "squad": ["S1", "S1", "S2"]})
    import_devices(connection, devices, actor=planner, at=noon)
    hashes = {code: code.encode() for code in devices["code"]}
    actions.give_tokens(connection, hashes, actor=planner, at=noon)
    return connection


@pytest.fixture
def send(town: Connection, noon: datetime) -> Callable[..., list[Verdict | None]]:
    """Takes in batches of (device, fix)."""

    def sent(*fixes: tuple[str, Fix | None], at: datetime = noon) -> list[Verdict | None]:
        batch = [
            Sent(device.encode(), fix, still=at if fix is None else None) for device, fix in fixes
        ]
        return take(town, batch, at=at)

    return sent


def north(at: datetime, metres: float, **more) -> Fix:
    """A fix so far to the north of the south of the west."""
    return Fix(at, 119.905, 29.701 + metres / 111_195, **more)


def where(connection: Connection, code: str) -> tuple[int, datetime] | None:
    """Metres to the north, and when."""
    asked = text("SELECT ST_Y(position), position_at FROM squads WHERE code = :code")
    lat, at = connection.execute(asked, {"code": code}).one()
    return None if lat is None else (round((lat - 29.701) * 111_195), at)


def state(connection: Connection) -> list[tuple[object, ...]]:
    """All that is left behind, but for when it came."""
    kept = connection.execute(text(
        "SELECT device_code, fix_time, ST_AsText(place), accuracy_m, verdict FROM fixes"
        " UNION ALL SELECT code, position_at, ST_AsText(position), 0, '' FROM squads"
        " ORDER BY 1, 2"
    ))  # fmt: skip
    return [tuple(row) for row in kept]


def test_the_newest_good_fix_is_where_a_squad_is(send, town, noon):
    said = send(
        ("P1", north(noon - seconds(60), 0)), ("P1", north(noon - seconds(20), 400)),
        ("P2", north(noon - seconds(30), 300)), ("P1", north(noon - seconds(10), 450, mock=True)),
        ("P1", north(noon - seconds(5), 460, accuracy_m=900.0)),
    )  # fmt: skip

    assert said == ["good", "good", "good", "mock", "poor"]
    assert where(town, "S1") == (400, noon - seconds(20))


def test_a_clock_that_runs_ahead_keeps_no_true_position_out(send, town, noon):
    send(("P1", north(noon + seconds(240), 0)))
    ahead = where(town, "S1")
    send(("P1", north(noon + seconds(30), 40)), at=noon + seconds(30))

    assert ahead == (0, noon)
    assert where(town, "S1") == (40, noon + seconds(30))


def test_a_jump_at_the_end_waits_for_a_fix_that_bears_it_out(send, town, noon):
    send(("P1", north(noon - seconds(60), 0)), ("P1", north(noon - seconds(50), 9_000)))
    assert where(town, "S1") == (0, noon - seconds(60))

    send(("P1", north(noon - seconds(40), 9_050)))
    assert where(town, "S1") == (9_050, noon - seconds(40))


JUMP = (60, 0, {}), (50, 9_000, {}), (40, 130, {}), (40, 120, {"accuracy_m": 5.0})
"""And one time twice."""
GAP = (70, 0, {}), (60, 0, {}), (50, 9_000, {}), (40, 9_050, {})
"""In which something moved on."""


@pytest.mark.parametrize(("late", "metres"), [(JUMP, 120), (GAP, 9_050)])
def test_late_fixes_leave_the_same_behind_in_every_order(late, metres, send, town, noon):
    fixes = [("P1", north(noon - seconds(ago), m, **more)) for ago, m, more in late]
    ends = set()

    for order in permutations(fixes):
        attempt = town.begin_nested()
        for one in order:
            send(one)
        ends.add(str(state(town)))
        assert where(town, "S1") == (metres, noon - seconds(40))
        attempt.rollback()

    assert len(ends) == 1


FIXES = st.tuples(
    st.sampled_from(["P1", "P2", "Q"]), st.integers(0, 9), st.sampled_from([0, 30, 9_000]),
    st.sampled_from([None, 5.0, 900.0]), st.booleans(),
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=st.lists(FIXES, min_size=1, max_size=9), data=st.data())
def test_nothing_hangs_on_order_or_batches(send, town, noon, sent, data):
    fixes = [
        (device, north(noon - seconds(ago * 10), metres, accuracy_m=accuracy, mock=mock))
        for device, ago, metres, accuracy, mock in sent
    ]  # fmt: skip
    ends = []

    for batches in ([fixes], _cut(data.draw(st.permutations(fixes)), data)):
        attempt = town.begin_nested()
        for batch in batches:
            send(*batch)
        ends.append(state(town))
        attempt.rollback()

    assert ends[0] == ends[1]


def _cut(fixes: Sequence[object], data) -> list[Sequence[object]]:
    """Into batches of any size, some of them sent twice."""
    cut = sorted(data.draw(st.sets(st.integers(1, max(1, len(fixes) - 1)), max_size=3)))
    parts = [fixes[a:b] for a, b in zip([0, *cut], [*cut, len(fixes)], strict=True)]
    return parts + parts[:1]


def test_nothing_is_kept_of_whoever_is_off_duty(send, town, noon):
    evening = noon + timedelta(hours=7)

    said = [
        *send(("P1", north(evening, 0)), at=evening),  # after the shift
        *send(("P1", north(noon - timedelta(hours=5), 0))),  # late, from before it
    ]

    assert said == ["off_duty"] * 2
    assert where(town, "S1") is None
    assert town.execute(text("SELECT count(*) FROM fixes")).scalar_one() == 0


@pytest.mark.parametrize(("phone", "squad"), [("P1", "S1"), ("Q", "S2")])
def test_a_parked_phone_that_says_no_more_than_to_be_there_is_where_it_was(
    phone, squad, send, town, noon
):
    parked = (phone, north(noon, 400))
    minutes = [noon + timedelta(minutes=n) for n in (0, 25, 50, 81)]

    said = [send(one, at=at)[0] for one, at in zip((parked, *[(phone, None)] * 3), minutes,
                                                   strict=True)]  # fmt: skip

    assert said == ["good", "good", "good", "invalid"]
    assert where(town, squad) == (400, minutes[2])


def test_what_a_parked_phone_said_without_a_signal_counts_for_when_it_said_so(send, town, noon):
    ago = [noon - timedelta(minutes=n) for n in (50, 40, 5)]
    send(("P1", north(ago[0], 400)))

    late = [Sent(b"P1", None, still=at) for at in (ago[1], ago[0] - seconds(1), ago[2])]

    assert take(town, late, at=noon) == ["good", "invalid", "invalid"]
    assert where(town, "S1") == (400, ago[1])
    assert take(town, late[2:], at=noon, stale=timedelta(hours=1)) == ["good"]


def test_a_phone_that_lies_at_the_station_takes_no_squad_back_to_it(send, town, noon):
    send(("P1", north(noon - seconds(60), 0)))
    send(("P2", north(noon - seconds(30), 400)))

    assert send(("P1", None)) == ["invalid"]
    assert where(town, "S1") == (400, noon - seconds(30))


def test_without_a_roster_only_the_last_position_is_kept(send, town, noon):
    send(("Q", north(noon, 0)), ("Q", north(noon - seconds(30), 50)))
    send(("Q", north(noon - seconds(10), 50)))

    assert where(town, "S2") == (0, noon)
    assert town.execute(text("SELECT count(*) FROM fixes")).scalar_one() == 0


def test_an_old_shift_never_moves_a_squad_back(send, town, planner, noon):
    later = noon + timedelta(hours=6)
    roster = pd.DataFrame({"squad": ["S1"], "from": [later], "to": [later + timedelta(hours=4)]})
    import_duty(town, roster, actor=planner, at=noon)
    at = later + timedelta(hours=1)

    send(("P1", north(at, 800)), at=at)
    send(("P1", north(noon, 100)), at=at)

    assert where(town, "S1") == (800, at)


def test_of_two_shifts_that_come_together_the_later_says_where_a_squad_is(
    send, town, planner, noon
):
    later = noon + timedelta(hours=6)
    roster = pd.DataFrame({"squad": ["S1"], "from": [later], "to": [later + timedelta(hours=4)]})
    import_duty(town, roster, actor=planner, at=noon)
    at = later + timedelta(hours=1)

    for number in (0, 2**128 - 1):  # whichever of them the database comes to first
        attempt = town.begin_nested()
        town.execute(text("UPDATE shifts SET id = :id WHERE starts_at = :at"),
                     {"id": UUID(int=number), "at": later})  # fmt: skip
        send(("P1", north(noon, 100)), ("P1", north(at, 800)), at=at)
        assert where(town, "S1") == (800, at)
        attempt.rollback()


def test_only_who_sends_a_squad_or_leads_there_sees_where_it_was(send, town, noon):
    send(("P1", north(noon, 0)))

    def seen(*grants: tuple[Role, str]) -> int:
        """How many fixes somebody sees who has these roles in these townships."""
        held = [Grant(role, Area(AreaKind.TOWNSHIP, code), noon.date()) for role, code in grants]
        actor = actor_of("x", held, noon.date())
        [shift] = shifts(town, actor, Page(), Wanted())
        return len(track(town, actor, shift))

    assert seen((Role.DISPATCHER, WEST)) == seen((Role.LEADER, WEST)) == 1
    with pytest.raises(Forbidden, match="may_not_there"):
        seen((Role.DISPATCHER, EAST), (Role.PLANNER, WEST))


def test_a_disabled_or_unknown_device_is_nobody(send, town, planner, noon):
    actions.disable(town, "P1", actor=planner, at=noon)

    assert send(("P1", north(noon, 0)), ("nobody", None), ("P2", None)) == [None, None, "invalid"]


@pytest.mark.parametrize(
    ("fix", "verdict"),
    [
        ({}, "good"), ({"lon": 0.0, "lat": 0.0}, "zero"), ({"lon": float("nan")}, "invalid"),
        ({"lat": 91.0}, "invalid"), ({"valid": False}, "invalid"),
        ({"ahead": 299}, "good"), ({"ahead": 301}, "future"), ({"ahead": -4 * 86_400}, "old"),
        ({"accuracy_m": 3000.0}, "poor"), ({"mock": True}, "mock"),
    ],
)  # fmt: skip
def test_a_fix_is_judged_by_itself_first(fix, verdict, noon):
    ahead = fix.pop("ahead", 0) if "ahead" in fix else 0
    given = Fix(**{"fix_time": noon + seconds(ahead), "lon": 119.9, "lat": 29.7, **fix})

    assert judged(given, noon) == verdict


def test_of_a_forgotten_track_the_minutes_by_grid_and_day_stay(send, town, planner, noon):
    """Ten minutes in the south, two in the north, and a gap of which nobody knows anything."""
    stays = [(0, 0), (200, 50), (400, 60), (600, 0), (720, 1_200), (840, 1_200), (2_000, 1_200)]
    for device in ("P1", "P2"):
        send(*((device, north(noon - seconds(3_000 - s), m)) for s, m in stays))
    later = noon + timedelta(days=40)
    gone = {"before": later - timedelta(days=30), "limit": 10, "actor": planner, "zone": ZONE}

    before = actions.forget_tracks(town, **{**gone, "before": noon})
    forgotten = actions.forget_tracks(town, **gone)
    again = actions.forget_tracks(town, **gone)

    days = town.execute(text("SELECT grid_code, day::text, shifts, minutes FROM grid_days")).all()
    assert (len(before), len(forgotten), len(again)) == (0, 1, 0)
    assert sorted(tuple(day) for day in days) == [
        (GRID, "2026-11-16", 1, pytest.approx(12.0)),
        (f"{WEST}001002", "2026-11-16", 0, pytest.approx(2.0)),  # only passed through
    ]
    assert town.execute(text("SELECT count(*) FROM fixes")).scalar_one() == 0


def test_nothing_is_seen_nor_left_of_the_time_after_an_end_that_was_told_late(
    send, town, planner, noon
):
    """A word of a phone deletes nothing at once: it is forgotten when no more can come."""
    for ago in (1_200, 900, 600, 300, 60):
        send(("P1", north(noon - seconds(ago), 0)))
    said = Said(uuid4(), noon - seconds(300))
    end(town, "S1", actor=planner, at=noon, said=said)
    gone = {"limit": 10, "actor": planner, "zone": ZONE}

    [shift] = shifts(town, planner, Page(), Wanted())
    shown = len(track(town, planner, shift))
    kept = []
    for days in (2, 4):
        actions.forget_after_end(town, actor=planner, at=noon + timedelta(days=days))
        kept.append(town.execute(text("SELECT count(*) FROM fixes")).scalar_one())
    actions.forget_tracks(town, before=noon, **gone)

    assert (shown, kept) == (4, [5, 4])
    assert town.execute(text("SELECT count(*) FROM fixes")).scalar_one() == 0
    assert town.execute(text("SELECT minutes FROM grid_days")).scalar_one() == 15


def test_who_writes_positions_down_sees_that_a_squad_was_on_its_way_and_its_members_do_not(
    send, town, noon
):
    since = noon - timedelta(hours=2)
    for minutes, metres in ((90, 0), (60, 900)):
        at = noon - timedelta(minutes=minutes)
        send(("P1", north(at, metres)), at=at)
    member = actor_of("m", [Grant(Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S1"), noon.date())],
                      noon.date())  # fmt: skip

    def told(actor: Actor) -> datetime | None:
        with as_application(town, actor) as ours:
            return moved_after(ours, "S1", since, noon)

    assert (told(INTAKE), told(member)) == (noon - timedelta(hours=1), None)


def test_the_note_of_a_shift_without_a_track_is_forgotten_too(town, planner, noon):
    town.execute(text("UPDATE shifts SET note = 'with the old car'"))
    before = noon + timedelta(days=1)

    gone = actions.forget_tracks(town, before=before, limit=10, actor=planner, zone=ZONE)

    assert len(gone) == 1
    assert town.execute(text("SELECT note FROM shifts")).scalars().all() == [None]
