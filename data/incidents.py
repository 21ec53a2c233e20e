"""The history of cases as a table, as an office would export it."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.cases import DAY, HOUR, NO_ROAD, Cases, make_cases, with_faults
from data.events import busyness, make_events
from data.hot import make_hot_places
from data.matters import MATTERS, SOURCES, column
from data.parts import Floats, Ints, Texts, stream
from data.places import Places
from data.plan import Plan
from data.roads import Roads
from data.squads import ZONE, Squads
from data.words import descriptions

REPEATED = 0.05
NEVER_CLOSED = 0.015
# Metres by source; unknown where an address was looked up.
ACCURACY = np.array([6, 22, np.nan, np.nan, 18, np.nan, 3])
HOUSES = 160


def make_incidents(
    plan: Plan, roads: Roads, places: Places, squads: Squads, addresses: Texts, until: date
) -> pd.DataFrame:
    """`addresses` are township and name of each road."""
    start = until - timedelta(days=round(365.25 * plan.scale.years))
    calendar = pd.date_range(start, until, inclusive="left")
    busy = busyness(plan, roads)
    hot = make_hot_places(plan, roads, places, busy, len(calendar))
    count = plan.scale.incidents
    first = count - round(REPEATED * count)
    events = make_events(plan, roads, hot, busy, calendar, first)
    cases = make_cases(plan, roads, squads, events)
    cases = with_faults(plan, places, cases, count, len(calendar) * DAY)
    ordered = cases.take(np.argsort(cases.second, kind="stable"))
    return _frame(stream(plan.seed, "words"), ordered, addresses, start, until)


def _frame(
    rng: np.random.Generator, cases: Cases, addresses: Texts, start: date, until: date
) -> pd.DataFrame:
    occurred = np.datetime64(start, "s") + cases.second
    columns = {
        "external_id": [f"P{n:08}" for n in range(1, len(occurred) + 1)],
        "source": SOURCES[cases.source],
        "matter": np.array(MATTERS)[cases.matter],
        "lon": np.round(cases.lonlat[:, 0], 7),
        "lat": np.round(cases.lonlat[:, 1], 7),
        "accuracy_m": _accuracy(rng, cases.source),
        "occurred_at": _local(occurred),
        "closed_at": _local(_closed(rng, cases.matter, occurred, np.datetime64(until, "s"))),
        "description": descriptions(rng, cases.matter, cases.source),
        "address": _addresses(cases, addresses),
        "count": np.ones(len(occurred), np.int64),
    }
    return pd.DataFrame(columns)


def _local(time: npt.NDArray[np.datetime64]) -> pd.Series:
    return pd.Series(time).dt.tz_localize(ZONE)


def _accuracy(rng: np.random.Generator, source: Ints) -> Floats:
    return np.round(ACCURACY[source] * rng.lognormal(0, 0.5, len(source)), 1)


def _closed(
    rng: np.random.Generator,
    matter: Ints,
    occurred: npt.NDArray[np.datetime64],
    until: np.datetime64,
) -> npt.NDArray[np.datetime64]:
    """Not a time (still open) where the work goes on beyond the end or was never finished."""
    took = column("hours")[matter] * HOUR * rng.lognormal(0, 0.8, len(matter))
    closed = occurred + took.astype("timedelta64[s]")
    is_open = (closed >= until) | (rng.random(len(matter)) < NEVER_CLOSED)
    return np.where(is_open, np.datetime64("NaT"), closed)


def _addresses(cases: Cases, names: Texts) -> list[str]:
    """The street with a house number; nothing known for the pile at the hall."""
    number = 1 + (cases.along * HOUSES).astype(np.int64)
    street = np.where(cases.road == NO_ROAD, "", names[cases.road])
    return [f"{s}{n}号" if s else "地址不详" for s, n in zip(street, number, strict=True)]
