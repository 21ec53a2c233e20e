"""Hot places: they emerge at markets, schools, stations and along main streets, last for some
weeks or for good, and fade."""

from dataclasses import dataclass

import numpy as np

from data.matters import MATTERS, column
from data.network import COUNTRY
from data.parts import Floats, Ints, Rows, directions, draw, leftward, nearest, stream
from data.places import Places
from data.plan import Plan
from data.roads import Roads

# What a hot place of each kind is mostly about.
LIKELY = {
    "market": ("S01", "S01", "S02", "S14"),
    "school": ("S04", "S04", "S01"),
    "station": ("S04", "S01", "S09"),
    "park": ("S08", "S07", "S01"),
    "hall": ("S04", "S09"),
    "village": ("S02", "S03", "S05"),
    "street": ("S01", "S04", "S13", "S08", "S02", "S09"),
}
MAIN_MATTER = 0.75
# How often a place of each kind becomes hot.
PULL = {"market": 5.0, "school": 2.5, "station": 3.0, "park": 1.2, "hall": 0.6, "village": 0.5}
AT_PLACES = 0.55
LASTING = 0.25


@dataclass(frozen=True)
class HotPlaces(Rows):
    """Road (row) on whose middle it lies, main matter, spread along the road (m), first and last
    day (from the start of the history, may lie outside it), weight."""

    road: Ints
    matter: Ints
    reach: Floats
    first: Floats
    last: Floats
    weight: Floats


@dataclass(frozen=True)
class Events(Rows):
    """Something that was wrong: road (row), how far along it (0 to 1), matter (row), day (from
    the start of the history, a fraction of it included), plan coordinates."""

    road: Ints
    along: Floats
    matter: Ints
    day: Floats
    xy: Floats


def make_hot_places(plan: Plan, roads: Roads, places: Places, busy: Floats, days: int) -> HotPlaces:
    """`busy` is how much goes on at each road."""
    rng = stream(plan.seed, "hot places")
    road, kind = _where(rng, plan.scale.hot_places, roads, places, busy)
    first, last = _lifetimes(rng, len(road), days)
    present = np.clip(last, 0, days) - np.clip(first, 0, days)
    liveliness = 0.2 + np.minimum(busy[road] / np.median(busy[road]), 3)
    return HotPlaces(
        road=road,
        matter=np.array([MATTERS.index(rng.choice(LIKELY[k])) for k in kind]),
        reach=rng.uniform(25, 110, len(road)),
        first=first,
        last=last,
        weight=rng.lognormal(0, 0.8, len(road)) * present * liveliness,
    )


def _where(
    rng: np.random.Generator, count: int, roads: Roads, places: Places, busy: Floats
) -> tuple[Ints, list[str]]:
    at_places = round(AT_PLACES * count)
    pull = np.array([[PULL[k] for k in places.kind]])
    chosen = draw(rng, pull, np.zeros(at_places, np.int64))
    in_town = np.where(roads.web.street != COUNTRY, busy, 0)[None]
    streets = draw(rng, in_town, np.zeros(count - at_places, np.int64))
    beside = nearest(roads.middles(), places.xy[chosen])[1]
    kinds = [places.kind[k] for k in chosen] + ["street"] * len(streets)
    return np.concatenate([beside, streets]), kinds


def _lifetimes(rng: np.random.Generator, count: int, days: int) -> tuple[Floats, Floats]:
    """Some are there all the time; the others live for a month to a year, at any time."""
    length = rng.uniform(28, 370, count)
    first = rng.uniform(-0.6 * length, days - 10)
    always = rng.random(count) < LASTING
    return np.where(always, -60, first), np.where(always, days + 60, first + length)


def hot_events(rng: np.random.Generator, roads: Roads, hot: HotPlaces, count: int) -> Events:
    """So many events at hot places, rising and fading over the life of each."""
    at = hot.take(draw(rng, hot.weight[None], np.zeros(count, np.int64)))
    other = draw(rng, column("share")[None], np.zeros(count, np.int64))
    line = roads.curve[at.road, -1] - roads.curve[at.road, 0]
    shift, beside = rng.normal(0, at.reach), rng.normal(0, 9, count)
    along = directions(line) * shift[:, None] + leftward(line) * beside[:, None]
    return Events(
        road=at.road,
        along=np.clip(0.5 + shift / np.linalg.norm(line, axis=1), 0, 1),
        matter=np.where(rng.random(count) < MAIN_MATTER, at.matter, other),
        day=at.first + rng.beta(1.6, 1.6, count) * (at.last - at.first),
        xy=roads.middles()[at.road] + along,
    )
