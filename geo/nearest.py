"""Who can be there first: squads ranked by travel time, by whatever engine knows the roads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rtree.index import Index, Property, RT_Quadratic

Floats = NDArray[np.float64]

EARTH_RADIUS = 6_371_008.8
# The least radius of curvature of WGS 84 (along the meridian, at the equator): the central angle
# times it is never more than the distance on sphere or ellipsoid.
LEAST_RADIUS = 6_335_439.0


# Measured on 20,000 points: with the library's own settings a move takes 27 times as long.
_TREE = {"dimension": 3, "variant": RT_Quadratic, "leaf_capacity": 20, "index_capacity": 20,
         "fill_factor": 0.4}  # fmt: skip


class TravelTime(Protocol):
    """An engine: how long from each origin to one destination, or to each of many."""

    @property
    def method(self) -> str:
        """Code of the method, such as great_circle, told beside each answer."""

    def __call__(self, origins: Floats, destination: Floats) -> tuple[Floats, Floats]:
        """Origins (n, 2) and destination (2,) in lon/lat -> seconds (n,) and metres (n,).

        inf where there is no way; never nan.
        """

    def table(self, origins: Floats, destinations: Floats) -> tuple[Floats, Floats]:
        """Origins (n, 2) and destinations (m, 2) in lon/lat -> seconds and metres, both (n, m)."""


@dataclass(frozen=True)
class _GreatCircle:
    detour: float
    kmh: float
    method: str = "great_circle"

    def __call__(self, origins: Floats, destination: Floats) -> tuple[Floats, Floats]:
        return self._ways(_on_sphere(origins) - _on_sphere(destination))

    def table(self, origins: Floats, destinations: Floats) -> tuple[Floats, Floats]:
        return self._ways(_on_sphere(origins)[:, None] - _on_sphere(destinations))

    def _ways(self, apart: Floats) -> tuple[Floats, Floats]:
        metres = self.detour * EARTH_RADIUS * _angle(np.linalg.norm(apart, axis=-1))
        return metres * 3.6 / self.kmh, metres


def straight_line(detour: float = 1.3, kmh: float = 30.0) -> TravelTime:
    """The engine that knows no roads: great circle times a detour factor, at one speed."""
    if detour < 1 or kmh <= 0:
        raise ValueError("the detour factor is at least 1, the speed above 0")
    return _GreatCircle(detour, kmh)


@dataclass(frozen=True)
class SomeWalk:
    """An engine for origins (n,) of which those marked in `afoot` (n,) walk."""

    driving: TravelTime
    walking: TravelTime
    afoot: NDArray[np.bool_]

    @property
    def method(self) -> str:
        return self.driving.method

    def __call__(self, origins: Floats, destination: Floats) -> tuple[Floats, Floats]:
        seconds, metres = self.table(origins, destination[None])
        return seconds[:, 0], metres[:, 0]

    def table(self, origins: Floats, destinations: Floats) -> tuple[Floats, Floats]:
        ways = np.stack(self.driving.table(origins, destinations))
        ways[:, self.afoot] = self.walking.table(origins[self.afoot], destinations)
        return ways[0], ways[1]


def _on_sphere(lonlat: ArrayLike) -> Floats:
    """Lon/lat (..., 2) in degrees -> points (..., 3) on the unit sphere.

    The straight line between them orders as the distance on the ground does, at any latitude.
    """
    lon, lat = np.moveaxis(np.radians(np.asarray(lonlat, np.float64)), -1, 0)
    across = np.cos(lat)
    return np.stack([across * np.cos(lon), across * np.sin(lon), np.sin(lat)], axis=-1)


def _angle(chord: Floats) -> Floats:
    return np.asarray(2 * np.arcsin(np.minimum(chord / 2, 1.0)))


# --- Ranking -----------------------------------------------------------------------------------


class Reason(StrEnum):
    FRESH_POSITION = "fresh_position"
    STALE_POSITION = "stale_position"
    HOME_STATION = "home_station"


class Unfit(StrEnum):
    """Why a squad cannot be sent."""

    NOT_COMPETENT = "not_competent"
    OFF_DUTY = "off_duty"
    OUT_OF_SERVICE = "out_of_service"
    BUSY = "busy"


class Shortfall(StrEnum):
    NO_CANDIDATES = "no_candidates"
    NONE_COMPETENT = "none_competent"
    NONE_ON_DUTY = "none_on_duty"
    NONE_FREE = "none_free"
    OUTSIDE_LIMIT = "outside_limit"
    UNREACHABLE = "unreachable"


class Candidate(NamedTuple):
    """A squad, where it is taken to be, and since when.

    `lon`, `lat`: its position, or its home station, then without `position_age_s`. `penalties`:
    code and seconds that push it down, such as a rest period or an open job. `unfit`: why it cannot
    be sent at all. `remarks`: codes that are told and weigh nothing.
    """

    code: str
    lon: float
    lat: float
    position_age_s: float | None = None
    penalties: tuple[tuple[str, float], ...] = ()
    unfit: tuple[Unfit, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranked:
    """`seconds` and `metres` of the way alone; the order also counts `penalty_s`. `why` it was
    passed over: it is unfit, or what pushed it down."""

    code: str
    seconds: float
    metres: float
    penalty_s: float
    position_age_s: float | None
    reasons: tuple[str, ...]
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """Squads within the time, soonest first; when none is, why, and the soonest `beyond` it.
    `passed_over`: those that are nearer than the first of them. `unreached`: codes of those that
    could be sent, if there were a way."""

    method: str
    squads: tuple[Ranked, ...]
    beyond: tuple[Ranked, ...]
    shortfall: tuple[Shortfall, ...]
    passed_over: tuple[Ranked, ...] = ()
    unreached: tuple[str, ...] = ()


_Trip: TypeAlias = tuple[Candidate, float, float]


def rank(
    candidates: Sequence[Candidate],
    destination: tuple[float, float],
    engine: TravelTime,
    limit: int = 5,
    within_s: float = 1800.0,
    stale_after_s: float = 1800.0,
) -> Ranking:
    """The `limit` squads that can be sent and be at `destination` (lon, lat) first.

    Ordered by seconds of travel plus penalties, then by code. Squads that need more than `within_s`
    of travel are not among `squads`. Raises ValueError when the engine answers with nan.
    """
    ways = _ways(candidates, destination, engine)
    fit = sorted((way for way in ways if not way[0].unfit), key=_effort)
    in_time = [way for way in fit if way[1] <= within_s]
    first = (in_time or fit)[:1]
    over = [way for way in ways if not first or way[1] < first[0][1]]
    told = partial(_ranked, stale_after_s=stale_after_s)
    return Ranking(
        engine.method,
        squads=told(in_time[:limit]),
        beyond=() if in_time else told(fit[:limit]),
        shortfall=() if in_time else (shortfall(candidates, reachable=bool(fit)),),
        passed_over=told(sorted(over, key=_time)[:limit], passed_over=True),
        unreached=_unreached(candidates, fit),
    )


def _unreached(candidates: Sequence[Candidate], reachable: Sequence[_Trip]) -> tuple[str, ...]:
    there = {squad.code for squad, _, _ in reachable}
    return tuple(each.code for each in candidates if not each.unfit and each.code not in there)


def shortfall(candidates: Sequence[Candidate], *, reachable: bool) -> Shortfall:
    """Why nobody is there in time: the first step at which nobody is left. `reachable`: somebody
    who can be sent can get there at all."""
    left = list(candidates)
    if not left:
        return Shortfall.NO_CANDIDATES
    for reasons, short in NOBODY_LEFT:
        left = [each for each in left if not reasons.intersection(each.unfit)]
        if not left:
            return short
    return Shortfall.OUTSIDE_LIMIT if reachable else Shortfall.UNREACHABLE


NOBODY_LEFT = (
    (frozenset({Unfit.NOT_COMPETENT}), Shortfall.NONE_COMPETENT),
    (frozenset({Unfit.OFF_DUTY, Unfit.OUT_OF_SERVICE}), Shortfall.NONE_ON_DUTY),
    (frozenset({Unfit.BUSY}), Shortfall.NONE_FREE),
)


def _ways(
    candidates: Sequence[Candidate], destination: tuple[float, float], engine: TravelTime
) -> list[_Trip]:
    """Those that can get there at all, with seconds and metres."""
    if not candidates:
        return []
    seconds, metres = _times(engine, [(each.lon, each.lat) for each in candidates], destination)
    ways = zip(candidates, seconds.tolist(), metres.tolist(), strict=True)
    return [way for way in ways if math.isfinite(way[1])]


def _times(engine: TravelTime, origins: ArrayLike, destination: ArrayLike) -> tuple[Floats, Floats]:
    there = np.asarray(destination, np.float64)
    seconds, metres = engine(np.asarray(origins, np.float64).reshape(-1, 2), there)
    if np.isnan(seconds).any():
        raise ValueError("the travel time engine answered nan")
    return seconds, metres


def _effort(way: _Trip) -> tuple[float, str]:
    return way[1] + _penalty(way[0]), way[0].code


def _time(way: _Trip) -> tuple[float, str]:
    return way[1], way[0].code


def _penalty(candidate: Candidate) -> float:
    return sum(extra for _, extra in candidate.penalties)


def _ranked(
    ways: list[_Trip], stale_after_s: float, *, passed_over: bool = False
) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(
            code=squad.code,
            seconds=seconds,
            metres=metres,
            penalty_s=_penalty(squad),
            position_age_s=squad.position_age_s,
            reasons=(_origin(squad.position_age_s, stale_after_s), *squad.remarks, *_codes(squad)),
            why=(squad.unfit or _codes(squad)) if passed_over else (),
        )
        for squad, seconds, metres in ways
    )


def _codes(squad: Candidate) -> tuple[str, ...]:
    return tuple(code for code, _ in squad.penalties)


def _origin(age_s: float | None, stale_after_s: float) -> Reason:
    if age_s is None:
        return Reason.HOME_STATION
    return Reason.STALE_POSITION if age_s > stale_after_s else Reason.FRESH_POSITION


# --- Many moving squads ------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    code: str
    seconds: float
    metres: float


class Moving:
    """An index of moving squads that finds the exact soonest by any engine.

    The index holds points of the unit sphere, so that near means near in metres. No engine may be
    faster than `top_kmh` along the straight line. Not for several threads at once.
    """

    def __init__(self, top_kmh: float = 120.0) -> None:
        if top_kmh <= 0:
            raise ValueError("the top speed is above 0")
        self._top_speed = top_kmh / 3.6
        self._index = Index(properties=Property(**_TREE))
        self._slots: dict[str, int] = {}
        self._codes: list[str] = []
        self._free: list[int] = []
        self._lonlat = np.empty((64, 2))
        self._points = np.empty((64, 3))

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, code: str, lon: float, lat: float) -> None:
        """Raises ValueError when the squad is there already."""
        if code in self._slots:
            raise ValueError(f"squad {code} is in the index already")
        slot = self._free.pop() if self._free else self._new_slot()
        self._slots[code] = slot
        self._codes[slot] = code
        self._put(slot, lon, lat)

    def move(self, code: str, lon: float, lat: float) -> None:
        """Raises KeyError for an unknown squad."""
        slot = self._slots[code]
        self._index.delete(slot, self._box(slot))
        self._put(slot, lon, lat)

    def remove(self, code: str) -> None:
        """Raises KeyError for an unknown squad."""
        slot = self._slots.pop(code)
        self._index.delete(slot, self._box(slot))
        self._free.append(slot)

    def _new_slot(self) -> int:
        if len(self._codes) == len(self._lonlat):
            self._lonlat = np.concatenate([self._lonlat, np.empty_like(self._lonlat)])
            self._points = np.concatenate([self._points, np.empty_like(self._points)])
        self._codes.append("")
        return len(self._codes) - 1

    def _put(self, slot: int, lon: float, lat: float) -> None:
        self._lonlat[slot] = lon, lat
        self._points[slot] = _on_sphere((lon, lat))
        self._index.insert(slot, self._box(slot))

    def _box(self, slot: int) -> list[float]:
        point: list[float] = self._points[slot].tolist()
        return point * 2

    def candidates(
        self, destination: tuple[float, float], engine: TravelTime, limit: int = 5
    ) -> tuple[Way, ...]:
        """The `limit` squads soonest at `destination` (lon, lat) by the engine, soonest first.

        Reaches outwards, twice as many squads at each step, until the line distance to the next at
        top speed takes longer than the limit-th best time found: no squad farther away can be among
        the answers (domain: a straight-line shortlist misses the nearest across a river). Equal
        times stand by code; squads that cannot get there are left out.
        """
        if limit < 1:
            raise ValueError("the limit is at least 1")
        there = _on_sphere(destination)
        seen, seconds, metres = np.empty(0, np.int64), np.empty(0), np.empty(0)
        while len(seen) < len(self):
            near = self._nearest(there, 2 * max(limit, len(seen)))
            new = np.setdiff1d(near, seen, assume_unique=True)
            more_seconds, more_metres = _times(engine, self._lonlat[new], destination)
            seen = np.append(seen, new)
            seconds, metres = np.append(seconds, more_seconds), np.append(metres, more_metres)
            if self._least_time_beyond(near, there) > _kth(seconds, limit):
                break
        soonest = np.isfinite(seconds) & (seconds <= _kth(seconds, limit))
        ways = zip(seen[soonest], seconds[soonest].tolist(), metres[soonest].tolist(), strict=True)
        found = [Way(self._codes[slot], s, m) for slot, s, m in ways]
        return tuple(sorted(found, key=lambda way: (way.seconds, way.code))[:limit])

    def _nearest(self, there: Floats, asked: int) -> NDArray[np.int64]:
        return np.fromiter(self._index.nearest(there.tolist() * 2, asked), np.int64)

    def _least_time_beyond(self, near: NDArray[np.int64], there: Floats) -> float:
        """Seconds that a squad farther away than all of `near` needs at least."""
        chord = np.linalg.norm(self._points[near] - there, axis=1).max()
        return float(LEAST_RADIUS * _angle(chord) / self._top_speed)


def _kth(seconds: Floats, k: int) -> float:
    return float(np.partition(seconds, k - 1)[k - 1]) if len(seconds) >= k else np.inf
