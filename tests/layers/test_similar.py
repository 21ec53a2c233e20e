"""Cases that are likely the same thing: by matter, metres and hours, within one's sight."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from layers.access import Actor, Verb
from layers.errors import NotFound
from layers.incidents.queries.similar import Like, like, similar
from tests.conftest import plans_of
from tests.crowd import crowd
from tests.wall import as_application

CHIEF = Actor("chief", frozenset(Verb))
LON, LAT = 119.905, 29.705
METRE = 1 / 96_800  # of longitude here
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def matters(connection: Connection, cast) -> None:
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, kind, class_code) VALUES"
        " ('S02', '垃圾', 'Rubbish', 'event', '01'), ('S03', '渣土', 'Rubble', 'event', '01'),"
        " ('S09', '噪声', 'Noise', 'event', '02'), ('C17', '路灯', 'Lamp', 'component', '01')"
    ))  # fmt: skip


@pytest.fixture
def case(cast, connection, noon) -> Callable[..., UUID]:
    """A case so many metres east and hours after noon."""

    def reported(metres: float = 0, hours: float = 0, state="reported", matter="S02", closed=None):
        identity = cast.report(LON + metres * METRE, LAT, noon + hours * HOUR, state)
        connection.execute(
            text("UPDATE incidents SET matter_code = :matter, closed_at = :closed WHERE id = :id"),
            {"matter": matter, "closed": closed, "id": identity},
        )
        return identity

    return reported


@pytest.fixture
def found(connection: Connection, noon: datetime) -> Callable[..., list[UUID]]:
    def ask(by: Actor = CHIEF, matter: str = "S02") -> list[UUID]:
        wanted = Like(matter, LON, LAT, noon)
        return [row["id"] for row in similar(connection, by, wanted)]

    return ask


def test_what_is_near_is_found_the_nearest_first(case, found, connection, noon):
    far, near, _ = case(45), case(10), case(60)

    assert found() == [near, far]
    rows = similar(connection, CHIEF, Like("S02", LON, LAT, noon))
    assert [round(row["metres"]) for row in rows] == [10, 45]


def test_the_same_class_comes_after_the_same_matter_and_others_not_at_all(case, found):
    other_class, same_class, same = case(0, matter="S09"), case(1, matter="S03"), case(40)

    assert found() == [same, same_class]
    assert found(matter="S09") == [other_class]


def test_a_component_is_not_like_an_event_whose_class_has_the_same_code(case, found):
    lamp, rubbish = case(0, matter="C17"), case(1)

    assert found() == [rubbish]
    assert found(matter="C17") == [lamp]


def test_open_cases_count_by_when_they_happened_and_ended_ones_by_when_they_ended(
    case, found, noon
):
    yesterday, ended = case(1, -23), case(2, -90, "closed", closed=noon - 2 * HOUR)
    case(3, -25)
    case(4, -90, "closed", closed=noon - 30 * HOUR)
    case(5, state="merged")

    assert found() == [yesterday, ended]


def test_each_matter_has_its_own_metres_and_hours(case, found, connection):
    far_and_long_ago = case(150, -70)
    assert found() == []

    connection.execute(text("UPDATE matters SET similar_m = 200, similar_h = 72"))

    assert found() == [far_and_long_ago]


def test_a_case_is_not_like_itself(case, connection):
    one, other = case(0), case(5)

    wanted = like(connection, CHIEF, one)

    assert [row["id"] for row in similar(connection, CHIEF, wanted, but=one)] == [other]


def test_nothing_beyond_ones_sight_is_found(case, found, cast, connection):
    one = case()
    eastern = Actor("e", CHIEF.verbs, frozenset({cast.east}))

    assert found(eastern) == []
    with pytest.raises(NotFound, match="no_incident"):
        like(connection, eastern, one)
    with as_application(connection, eastern) as ours:
        assert similar(ours, CHIEF, Like("S02", LON, LAT, datetime.now().astimezone())) == []


def test_the_neighbourhood_is_searched_by_the_spatial_index(case, connection, noon):
    case()
    crowd(connection)

    with as_application(connection, CHIEF) as ours:
        plans = plans_of(ours, lambda: similar(ours, CHIEF, Like("S02", LON, LAT, noon)))

    assert "incidents_place_ix" in plans[-1]
