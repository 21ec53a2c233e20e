"""How many cases lie where: kept by the database, and always what one would count."""

from collections import Counter
from datetime import timedelta

import mapbox_vector_tile
import numpy as np
import pytest
from sqlalchemy import Connection, text

from geo.cells import parents
from layers.access import WORKER, Actor, acting, nobody
from layers.incidents import queries as incidents
from layers.incidents.actions.folding import fold
from layers.incidents.queries import Wanted
from tests.api.test_tiles import tile_over
from tests.cast import EAST, MATTER, WEST, Cast
from tests.conftest import town_of_its_own
from tests.wall import as_application, refused

LEVELS = {9: 13, 7: 11, 5: 8}
STATES = ("reported", "filed", "handled", "closed", "rejected", "merged")
SOME = "(SELECT id FROM incidents ORDER BY id LIMIT 7 OFFSET :n)"
CHANGES = (
    f"UPDATE incidents SET state = :state WHERE id IN {SOME}",
    f"UPDATE incidents SET withdrawn = NOT withdrawn WHERE id IN {SOME}",
    f"UPDATE incidents SET grid_id = (SELECT max(id) FROM grids) - :n % 4 WHERE id IN {SOME}",
    f"UPDATE incidents SET grid_id = NULL WHERE id IN {SOME}",
    f"UPDATE incidents SET place = ST_Point(119.9 + :n / 500.0, 29.71, 4326) WHERE id IN {SOME}",
    f"UPDATE incidents SET address = :state WHERE id IN {SOME}",
    f"DELETE FROM incidents WHERE id IN {SOME} AND :n % 3 = 0",
    f"INSERT INTO incidents SELECT i.* FROM incidents i WHERE id IN {SOME}"
    " ON CONFLICT (id) DO UPDATE SET state = :state",
    f"UPDATE grids SET township_code = '{EAST}' WHERE id % 4 = :n % 4",
    f"UPDATE grids SET township_code = '{WEST}' WHERE id % 3 = :n % 3",
)


def kept(connection: Connection) -> Counter[tuple[object, ...]]:
    """By level, tile, cell, township and state; and the sums of places for a fourth."""
    found: Counter[tuple[object, ...]] = Counter()
    for *key, n, lon, lat, _ in connection.execute(text("SELECT * FROM incident_counts")):
        for what, value in (("n", n), ("lon", lon), ("lat", lat)):
            found[*key, what] += value
    return Counter({key: value for key, value in found.items() if value})


def counted(connection: Connection) -> Counter[tuple[object, ...]]:
    """The same from the cases themselves, by ways that are not the database's."""
    found: Counter[tuple[object, ...]] = Counter()
    cases = text("""
        SELECT ST_X(place), ST_Y(place), cell, coalesce(township_code, ''), state
        FROM incidents LEFT JOIN grids ON grids.id = grid_id WHERE NOT withdrawn
    """)
    for lon, lat, cell, township, state in connection.execute(cases):
        for level, zoom in LEVELS.items():
            tile = tile_over(zoom, lon, lat)
            key = (level, tile.x, tile.y, int(parents([cell], level)[0]), township, state)
            for what, value in (("n", 1), ("lon", round(lon * 1e7)), ("lat", round(lat * 1e7))):
                found[*key, what] += value
    return found


@pytest.fixture
def many(connection: Connection, cast: Cast, noon) -> Connection:
    """Cases in the town and beside it, of all states, some of them overdue."""
    rng = np.random.default_rng(5)
    for lon, lat in rng.uniform((119.895, 29.695), (119.925, 29.725), (60, 2)):
        cast.report(lon, lat, noon, state=str(rng.choice(STATES)))
    late = "UPDATE incidents SET due_at = :at WHERE state = 'filed'"
    connection.execute(text(late), {"at": noon - timedelta(hours=1)})
    connection.execute(text("UPDATE incidents SET reported_by = 'x' WHERE state = 'handled'"))
    return connection


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_cases_and_grids_the_counts_are_what_one_would_count(
    seed: int, many: Connection
):
    rng = np.random.default_rng(seed)
    for _ in range(25):
        given = {"n": int(rng.integers(50)), "state": str(rng.choice(STATES))}
        many.execute(text(str(rng.choice(CHANGES))), given)
        if rng.random() < 0.2:
            fold(many)

    assert kept(many) == counted(many)


def test_folded_each_count_is_one_row(many: Connection):
    many.execute(text("UPDATE incidents SET state = 'closed' WHERE state = 'filed'"))
    before = kept(many)

    first, second = fold(many), fold(many)

    rows = many.execute(text("SELECT count(*), count(*) FILTER (WHERE folded) FROM"
                             " incident_counts")).one()  # fmt: skip
    assert (kept(many), second, tuple(rows)) == (before, 0, (first, first))


def test_nothing_is_counted_where_all_cases_are_gone(many: Connection):
    many.execute(text("TRUNCATE incidents CASCADE"))

    assert kept(many) == Counter()


WANTED = {
    "all": Wanted(), "open": Wanted(still_open=True), "closed": Wanted(state="closed"),
    "filed and open": Wanted(state="filed", still_open=True),
    "closed and open": Wanted(state="closed", still_open=True),
}  # fmt: skip


LEFT = (
    "UPDATE incidents SET state = 'closed' WHERE state = 'filed' AND ST_X(place) > 119.91",
    "UPDATE incidents SET withdrawn = true WHERE state = 'rejected'",
)
"""Where the last case of a cell leaves, what is kept of it adds up to none."""


@pytest.mark.parametrize("sight", [None, frozenset({WEST}), frozenset()])
@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("zoom", [3, 8, 9, 11, 12, 13])
def test_a_tile_of_what_is_kept_is_that_of_the_cases_themselves(zoom, wanted, sight, many, noon):
    for left in LEFT:
        many.execute(text(left))
    told = []
    for squads in (frozenset(), frozenset({"nobody's"})):  # whose cases are looked at one by one
        actor = Actor("x", frozenset(), sight, squads=squads)
        with as_application(many, actor) as ours:
            tile = incidents.tile(ours, actor, tile_over(zoom), WANTED[wanted], noon)
        told.append(shown(tile))

    assert told[0] == told[1]
    assert told[0] or sight is not None or wanted == "closed and open"


def shown(tile: bytes) -> list[tuple[tuple[object, ...], object]]:
    layers = mapbox_vector_tile.decode(tile) if tile else {"incidents": {"features": []}}
    return sorted(
        (tuple(each["properties"].items()), each["geometry"]["coordinates"])
        for each in layers["incidents"]["features"]
    )


def test_areas_bound_the_counts_and_nobody_at_work_writes_them(many: Connection):
    township = text("SELECT DISTINCT township FROM incident_counts")
    with as_application(many, Actor("x", frozenset(), frozenset({WEST}))) as ours:
        seen = list(ours.execute(township).scalars())
        took = ours.execute(text("DELETE FROM incident_counts")).rowcount
        with refused(ours):
            ours.execute(text("INSERT INTO incident_counts SELECT * FROM incident_counts"))
    with as_application(many, WORKER) as ours:
        folded = fold(ours)

    assert (seen, took) == ([WEST], 0) and folded > 0


def test_reports_at_one_place_at_one_time_wait_for_nobody(cluster, noon):
    with town_of_its_own(cluster, "test_counts") as engine:
        with engine.begin() as settled:
            grids = dict(settled.execute(text("SELECT code, id FROM grids")).all())
            settled.execute(MATTER)
        with engine.connect() as one, engine.connect() as other:
            for opened in (one, other):
                opened.execute(text("SET lock_timeout = '2s'"))
                acting(opened, nobody("somebody"))
                Cast(opened, WEST, EAST, grids).report(119.905, 29.705, noon)
                fold(opened)
            one.commit()
            fold(one)
            one.commit()
            other.commit()

            assert kept(one) == counted(one)
            assert sum(n for key, n in kept(one).items() if key[-1] == "n") == 2 * len(LEVELS)
