"""Who is on duty in the practice town, with which device; and how its squads patrol.

Everything follows from the squads and a seed: the same day gives the same roster, the same number
of seconds on patrol the same place.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.parts import stream

Floats = NDArray[np.float64]
Node = tuple[float, float]

CHANGES = (time(8), time(20))
"""Two crews of a squad take turns, so that whoever looks finds somebody."""
SKILLS = ("", "无人机", "拖车")
DAYS = 3
TOKEN = "gpd_practice-{code}"  # noqa: S105  (meant to be known)
SPEED_MS = 6.0
"""Slowly: they look around."""
FROM_HOME_M = 1_500.0
METRES = 111_195.0  # a degree of latitude
SEED = 1


def roster(squads: Sequence[str], today: date, zone: ZoneInfo) -> pd.DataFrame:
    """Shifts of these squads from yesterday until some days ahead."""
    begins = [datetime.combine(today + timedelta(days=day), change, zone)
              for day in range(-1, DAYS) for change in CHANGES]  # fmt: skip
    rows = [
        (squad, begin, begin + timedelta(hours=12), 3 + n % 3, SKILLS[n % len(SKILLS)])
        for n, squad in enumerate(squads) for begin in begins
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["squad", "from", "to", "members", "skills"])


def devices(squads: Sequence[str]) -> pd.DataFrame:
    """One for each squad, called after it."""
    return pd.DataFrame({"code": [f"D{squad}" for squad in squads], "squad": list(squads)})


class Patrols:
    """Squads on their way along the roads around their stations."""

    def __init__(self, homes: Floats, roads: Sequence[Floats], seed: int = SEED) -> None:
        """`homes` (n, 2) and the points of each road (k, 2) in degrees on WGS 84."""
        self._ways: dict[Node, list[Floats]] = {}
        for road in roads:
            for way in (road, road[::-1]):
                self._ways.setdefault(_node(way[0]), []).append(way)
        nodes = np.array(list(self._ways))
        self._walks = [self._begun(nodes, home, seed, n) for n, home in enumerate(homes)]

    def on(self, seconds: float) -> Floats:
        """Move all of them on, and tell where they are (n, 2)."""
        return np.array([self._moved(walk, seconds * SPEED_MS) for walk in self._walks])

    def _begun(self, nodes: Floats, home: Floats, seed: int, n: int) -> "_Walk":
        nearest = nodes[np.argmin(_metres(nodes, home))]
        rng = stream(seed, f"patrol {n}")
        return _Walk(home, self._next(rng, home, _node(nearest), None), rng)

    def _moved(self, walk: "_Walk", metres: float) -> Floats:
        walk.gone += metres
        while walk.gone >= walk.along[-1]:
            walk.gone -= walk.along[-1]
            walk.take(self._next(walk.rng, walk.home, _node(walk.way[-1]), walk.way))
        return walk.place()

    def _next(
        self, rng: np.random.Generator, home: Floats, at: Node, came: Floats | None
    ) -> Floats:
        """A way on: any but back, or towards home for whoever went far."""
        ways = self._ways[at]
        others = [way for way in ways if came is None or _node(way[1]) != _node(came[-2])] or ways
        if _metres(np.array([at]), home)[0] > FROM_HOME_M:
            return min(others, key=lambda way: float(_metres(way[-1:], home)[0]))
        return others[int(rng.integers(len(others)))]


class _Walk:
    """How far somebody is along a way."""

    def __init__(self, home: Floats, way: Floats, rng: np.random.Generator) -> None:
        self.home, self.rng, self.gone = home, rng, 0.0
        self.take(way)

    def take(self, way: Floats) -> None:
        self.way = way
        steps = [_metres(way[n : n + 1], way[n + 1])[0] for n in range(len(way) - 1)]
        self.along = np.concatenate([[0.0], np.maximum(np.cumsum(steps), 0.1)])

    def place(self) -> Floats:
        return np.array([np.interp(self.gone, self.along, side) for side in self.way.T])


def _node(point: Floats) -> Node:
    """Ends of roads that lie together are one."""
    return round(float(point[0]), 6), round(float(point[1]), 6)


def _metres(points: Floats, to: Floats) -> Floats:
    apart = (points - to) * METRES
    apart[:, 0] *= np.cos(np.radians(to[1]))
    return np.asarray(np.hypot(*apart.T))
