from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from layers.access import Actor, Verb
from layers.errors import Invalid, NotFound
from layers.incidents import queries
from layers.incidents.queries import Wanted
from tests.cast import Cast
from tests.wall import as_application

BORDER = 119.91  # between West and East; a degree of longitude is 96.6 km here


def accurate_to(connection: Connection, metres: float | None) -> None:
    connection.execute(text("UPDATE incidents SET accuracy_m = :metres"), {"metres": metres})


@pytest.mark.parametrize(
    ("metres_from_border", "accuracy", "uncertain"),
    [
        (10, 50, True),  # 37 % of the circle lies beyond
        (30, 50, False),  # 14 %
        (10, None, False),
        (10, 100, True),
        (10, 101, False),
        (10, 0, False),
    ],
)
def test_a_grid_is_uncertain_when_a_fifth_of_the_circle_lies_in_others(
    cast: Cast, connection, planner, noon, metres_from_border, accuracy, uncertain
):
    identity = cast.report(BORDER - metres_from_border / 96_600, 29.705, noon)
    accurate_to(connection, accuracy)

    assert queries.one(connection, planner, identity)["uncertain"] is uncertain


def test_a_grid_is_as_uncertain_for_whoever_does_not_see_the_next_one(cast: Cast, connection, noon):
    identity = cast.report(BORDER - 10 / 96_600, 29.705, noon)
    accurate_to(connection, 50)
    of_west = Actor("west", frozenset({Verb.FILE}), frozenset({cast.west}))

    with as_application(connection, of_west) as ours:
        assert queries.one(ours, of_west, identity)["uncertain"] is True


def test_beyond_the_bureau_is_no_other_grid(cast: Cast, connection, planner, noon):
    identity = cast.report(119.9001, 29.705, noon)
    accurate_to(connection, 80)

    assert queries.one(connection, planner, identity)["uncertain"] is False


def test_pages_follow_each_other_without_gap_or_repeat(cast: Cast, connection, planner, noon):
    for number in range(7):
        cast.report(119.905, 29.705, noon - timedelta(hours=number // 2))

    seen, after = [], ""
    while page := queries.listed(connection, planner, Wanted(), after=after, limit=3):
        seen += [row["id"] for row in page]
        after = queries.key(page[-1])

    assert len(seen) == len(set(seen)) == 7


def test_conditions_narrow_the_list(cast: Cast, connection, planner, noon: datetime):
    west = cast.report(119.905, 29.705, noon - timedelta(days=2))
    cast.report(119.915, 29.715, noon)

    def found(**conditions: object) -> list[object]:
        rows = queries.listed(connection, planner, Wanted(**conditions), after="", limit=9)
        return [row["id"] for row in rows]

    assert found(township=cast.west) == [west]
    assert found(bbox=(119.90, 29.70, 119.909, 29.72)) == [west]
    assert found(until=noon - timedelta(days=1)) == [west]
    assert found(matter="S99") == []


def test_an_actor_of_one_township_sees_nothing_of_the_other(cast: Cast, connection, noon):
    hidden = cast.report(119.905, 29.705, noon)
    cast.report(119.99, 29.99, noon)
    of_east = Actor("east", frozenset(Verb), frozenset({cast.east}))

    assert queries.listed(connection, of_east, Wanted(), after="", limit=9) == []
    with pytest.raises(NotFound):
        queries.one(connection, of_east, hidden)


def test_a_page_key_that_is_none_is_refused(connection, planner):
    with pytest.raises(Invalid, match="bad_page_key"):
        queries.listed(connection, planner, Wanted(), after="x", limit=1)


def test_the_grids_own_earlier_version_is_no_other_grid(cast: Cast, connection, planner, noon):
    """On the day of a change, 00:30 in Shanghai is still the day before in UTC."""
    for statement in (
        "UPDATE grids SET valid_to = '2026-11-16' WHERE name = 'West south'",
        """INSERT INTO grids (code, name, township_code, shape, area_m2, source_crs, valid_from)
           SELECT code, 'West south', township_code, shape, area_m2, source_crs, '2026-11-16'
           FROM grids WHERE name = 'West south'""",
    ):
        connection.execute(text(statement))
    identity = cast.report(119.905, 29.705, datetime(2026, 11, 15, 16, 30, tzinfo=UTC))
    connection.execute(text("UPDATE incidents SET grid_id = (SELECT max(id) FROM grids)"))
    accurate_to(connection, 50)

    assert queries.one(connection, planner, identity)["uncertain"] is False


def test_a_report_that_was_taken_back_is_shown_and_counted_nowhere(
    cast: Cast, connection, planner, noon
):
    identity = cast.report(119.905, 29.705, noon)
    connection.execute(text("UPDATE incidents SET withdrawn = true"))

    seen = queries.observed(
        connection, planner, since=noon - timedelta(days=9), until=noon + timedelta(days=1)
    )

    assert len(seen.cell) == queries.counted(connection, planner) == 0
    assert queries.newest_at(connection, planner) is None
    with pytest.raises(NotFound):
        queries.one(connection, planner, identity)
