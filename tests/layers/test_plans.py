from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from layers.access import Actor, Verb
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.plans import actions, queries, rules
from layers.plans.actions import Wish
from tests.cast import Cast

WISH = Wish(week="2026-W48", zone=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def busy(cast: Cast, noon: datetime) -> Cast:
    """West south reports thirty times in twelve weeks, East north six times, the others never."""
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, noon - timedelta(days=1 + number * 2))
    for number in range(6):
        cast.report(119.9153 + number * 1e-4, 29.7155, noon - timedelta(days=1 + number * 10))
    return cast


@pytest.fixture
def draft(connection: Connection, planner: Actor, noon: datetime):
    def make(wish: Wish = WISH, actor: Actor = planner) -> int:
        return actions.draft(connection, wish, actor=actor, at=noon, version="test")

    return make


@pytest.fixture
def visits(connection: Connection, planner: Actor):
    return lambda plan_id: queries.visits(connection, planner, plan_id).set_index("name")


def test_each_township_spends_its_own_visits_where_more_is_expected(busy, draft, visits):
    planned = visits(draft())

    by_township = planned.groupby("township")["visits"].sum()
    assert by_township.to_dict() == {busy.west: 12, busy.east: 6}
    assert planned.loc["West south", "visits"] > planned.loc["West north", "visits"]
    assert planned.loc["East north", "visits"] > planned.loc["East south", "visits"]


def test_a_quiet_grid_expects_a_little_from_its_neighbours(busy, draft, visits):
    planned = visits(draft())

    assert 0 < planned.loc["West north", "expected"] < planned.loc["West south", "expected"]


def test_the_bureaus_own_capacity_is_parted_as_the_townships_are(busy, draft, visits):
    planned = visits(draft(replace(WISH, capacity=9)))

    assert planned.groupby("township")["visits"].sum().to_dict() == {busy.west: 6, busy.east: 3}


def test_without_known_capacities_one_must_be_given(busy, draft, visits, connection):
    connection.execute(text("UPDATE townships SET visits_per_week = NULL"))

    with pytest.raises(Invalid, match="no_capacity"):
        draft()
    assert visits(draft(replace(WISH, capacity=10)))["visits"].sum() == 10


def test_every_grid_says_why(busy, draft, visits):
    planned = visits(draft())

    reasons = dict(planned.loc["West south", "reasons"])
    shares = [reasons.get(f"share_{name}", 0) for name in ("own", "neighbours", "township")]
    assert sum(shares) == pytest.approx(100, abs=6)
    assert reasons["hot_cell"] == 3
    assert reasons["capacity"] == planned.loc["West south", "visits"]


def test_the_week_after_changes_by_no_more_than_allowed(busy, draft, visits, connection, noon):
    first = draft()
    actions.approve(connection, first, actor=Actor("leader", frozenset(Verb)), at=noon)
    connection.execute(text("DELETE FROM incidents WHERE ST_X(place) < 119.91"))

    second = visits(draft(replace(WISH, week="2026-W49", most_change=2)))

    before = visits(first)["visits"]
    assert (second["previous"] == before).all()
    assert ((second["visits"] - before).abs() <= 2).all()
    assert (
        dict(second.loc["West south", "reasons"])["change_limited_down"] == before["West south"] - 2
    )


def test_moved_boundaries_recast_the_counts(busy, draft, visits, connection):
    for statement in (
        "UPDATE grids SET valid_to = '2026-11-20' WHERE name LIKE 'West %'",
        """INSERT INTO grids (code, name, township_code, shape, area_m2, source_crs, valid_from)
           SELECT code || '001009', 'West whole', code, shape, area_m2, source_crs, '2026-11-20'
           FROM townships WHERE code = '339901101'""",
    ):
        connection.execute(text(statement))

    planned = visits(draft())

    assert "West south" not in planned.index
    assert planned.loc["West whole", "expected"] > 2 * planned.loc["East north", "expected"]


def test_a_draft_repeats_exactly(busy, draft, visits):
    first, second = visits(draft()), visits(draft())

    assert first[["visits", "expected"]].equals(second[["visits", "expected"]])


def test_approving_replaces_the_weeks_earlier_plan(busy, draft, connection, planner, noon):
    first, second = draft(), draft()

    actions.approve(connection, first, actor=planner, at=noon)
    actions.approve(connection, second, actor=planner, at=noon)

    assert queries.one(connection, planner, first)["state"] == "replaced"
    approved = queries.one(connection, planner, second)
    assert (approved["state"], approved["approved_by"]) == ("approved", "planner")


def test_a_plan_is_approved_once_and_only_by_who_may(busy, draft, connection, planner, noon):
    plan_id = draft()

    with pytest.raises(Forbidden):
        actions.approve(connection, plan_id, actor=Actor("clerk", frozenset({Verb.PLAN})), at=noon)
    actions.approve(connection, plan_id, actor=planner, at=noon)
    with pytest.raises(Conflict):
        actions.approve(connection, plan_id, actor=planner, at=noon)


def test_a_plan_that_is_not_there_is_not_found(connection, planner, noon):
    with pytest.raises(NotFound):
        actions.approve(connection, 999, actor=planner, at=noon)


def test_an_actor_of_one_township_sees_only_its_visits(busy, draft, connection):
    plan_id = draft()
    of_east = Actor("east", frozenset(Verb), frozenset({busy.east}))

    seen = queries.visits(connection, of_east, plan_id)

    assert set(seen["township"]) == {busy.east}


def test_parts_add_up_to_the_whole():
    assert actions._parted(10, actions.np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert actions._parted(5, actions.np.array([0.0, 0.0])).tolist() == [0, 0]


@pytest.mark.parametrize("week", ["2026-W54", "2026-48", "W48", "2026-W00", ""])
def test_a_week_that_is_none_is_refused(week):
    with pytest.raises(Invalid, match="bad_week"):
        Wish(week=week, zone=WISH.zone)


def test_weeks_follow_each_other_over_the_new_year():
    assert rules.monday("2026-W53") == date(2026, 12, 28)
    assert rules.week_before("2027-W01") == "2026-W53"
    assert rules.week_after(date(2026, 12, 31)) == "2027-W01"


def test_a_bureau_that_began_a_month_ago_is_not_taken_for_a_quiet_one(
    cast, draft, visits, noon: datetime
):
    """Four weeks with one report each are one a week, not a third of one."""
    for week in range(4):
        cast.report(119.905, 29.705, noon - timedelta(days=2 + 7 * week))

    assert visits(draft()).loc["West south", "expected"] > 0.5
