"""Who can be there first: a request to the real server, and the index of moving squads."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from api.cli.running import url_of
from geo.nearest import Moving, straight_line
from layers.roads.rules import WALKED_KMH
from tests.bench.bench import Bench
from tests.bench.load import posted, served
from tests.bench.measure import Goal, Line, Side, same
from tests.bench.served import LEAST
from tests.signed import signed_in

ROW = "nearest"
PATH = "/api/nearest-squads"
LIMIT = 5
SPHERE = 0.006
"""A distance on the sphere and one on the ellipsoid differ by no more than this."""
ROUNDED_S = 0.1
ENGINE, WALKING = straight_line(), straight_line(kmh=WALKED_KMH)
Points = NDArray[np.float64]


def rows(bench: Bench) -> Iterator[Line]:
    yield from _requests(bench)
    yield from _index(bench)


# --- Over HTTP ----------------------------------------------------------------------------------


def _requests(bench: Bench) -> Iterator[Line]:
    places = bench.town.points(bench.amounts.questions)
    bodies = [json.dumps({"lon": lon, "lat": lat}).encode() for lon, lat in places.tolist()]
    with bench.engine.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC))
    with served(url_of(bench.ours)) as port:
        posted(port, PATH, bodies[:20], secret)
        sides = {
            side: Side(label, partial(posted, port, path, bodies, secret), times=len(bodies))
            for side, label, path in (("ours", "ours", PATH), ("limit", "SELECT 1", LEAST))
        }
        taken, answers = bench.in_turn("nearest squad by HTTP", sides)
    _check(bench, places, [json.loads(body) for body in answers["ours"]])
    what = f"nearest of {len(bench.town.squads)} squads, a request"
    yield Line(ROW, what, taken, (Goal(0.5, "limit"),))


def _check(bench: Bench, places: Points, answers: list[dict[str, list[dict[str, object]]]]) -> None:
    """No squad on duty is there sooner along the ellipsoid, from home, than those that were told;
    squads without a vehicle walk."""
    on_duty = bench.town.squads[bench.town.squads["on_duty"]]
    homes = np.column_stack([on_duty.geometry.x, on_duty.geometry.y])
    engines = [WALKING if vehicles == 0 else ENGINE for vehicles in on_duty["vehicles"]]
    pace = np.array([3.6 * engine.detour / engine.kmh for engine in engines])
    for place, answer in zip(places, answers, strict=True):
        ways = answer["items"] + answer["beyond"]
        metres = Geod(ellps="WGS84").inv(*homes.T, *np.broadcast_to(place, homes.shape).T)[2]
        least = np.sort(metres * pace)[: len(ways)]
        told = np.array([way["seconds"] for way in ways])
        agree = np.allclose(told, least, rtol=SPHERE, atol=ROUNDED_S)
        same(len(ways) > 0 and bool(agree), f"squads at {place}")


# --- In memory ----------------------------------------------------------------------------------


def _index(bench: Bench) -> Iterator[Line]:
    positions = bench.town.points(bench.amounts.positions)
    places = bench.town.points(bench.amounts.questions)
    moving = Moving()
    for n, (lon, lat) in enumerate(positions.tolist()):
        moving.add(f"{n:06}", lon, lat)
    sides = {
        "ours": Side("rtree", lambda: _indexed(moving, places), times=len(places)),
        "peer": Side("numpy, all", lambda: _compared(positions, places), times=len(places)),
    }
    taken, answers = bench.in_turn(f"nearest of {len(positions):,} positions", sides)
    same(answers["ours"] == answers["peer"], "the index finds other squads than a full search")
    yield Line(
        ROW, f"nearest of {len(positions):,} positions, in memory", taken, (Goal(1, "peer"),)
    )


def _indexed(moving: Moving, places: Points) -> list[list[float]]:
    found = (moving.candidates((lon, lat), ENGINE, LIMIT) for lon, lat in places.tolist())
    return [[way.seconds for way in ways] for ways in found]


def _compared(positions: Points, places: Points) -> list[list[float]]:
    return [
        np.sort(np.partition(ENGINE(positions, place)[0], LIMIT - 1)[:LIMIT]).tolist()
        for place in places
    ]
