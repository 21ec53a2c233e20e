"""The sample list of matters and how each behaves: when it happens, who reports it, how long it
takes.

The codes are our own (S01...), so that none can be mistaken for an official one. The large classes
are those of CJ/T 214; small classes have no code here, and standards and limits are examples.

What is on no list is reported as the last one, other: it has no habit, and no generated case."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.parts import Floats, Ints

SOURCES = np.array(["patrol", "resident", "12345", "12319", "platform", "media", "camera"])
PATROL, RESIDENT, HOTLINE, MEDIA = 0, 1, 2, 5

# Shares of the sources among what patrols look for, what people complain of, what cameras see.
SOUGHT = (0.50, 0.12, 0.12, 0.05, 0.14, 0.01, 0.06)
COMPLAINT = (0.10, 0.24, 0.40, 0.12, 0.08, 0.03, 0.03)
FILMED = (0.36, 0.10, 0.12, 0.05, 0.13, 0.01, 0.23)

# Busy hours as (hour, spread in hours, weight).
MARKET = ((7.5, 1.3, 1.0), (17.5, 1.5, 1.0))
TRAFFIC = ((8.0, 1.0, 1.0), (17.5, 1.3, 1.0), (12.0, 2.0, 0.5))
OFFICE = ((9.5, 1.6, 1.0), (15.0, 1.8, 0.9))
EVENING = ((19.0, 1.7, 1.0), (12.0, 1.2, 0.5))
NIGHT = ((21.5, 1.6, 1.0), (13.0, 1.5, 0.3))


@dataclass(frozen=True)
class Habit:
    """`share` of all cases in town and in the country; `weekend` relative to a working day;
    `season` swing of the year with its top in month `peak`; median `hours` to close."""

    share: float
    country: float
    busy: tuple[tuple[float, float, float], ...]
    weekend: float
    season: float
    peak: int
    sources: tuple[float, ...]
    hours: float


HABITS = {
    "S01": Habit(0.27, 0.08, MARKET, 1.25, 0.25, 7, SOUGHT, 1.2),
    "S02": Habit(0.13, 0.20, OFFICE, 0.95, 0.20, 7, SOUGHT, 6),
    "S03": Habit(0.05, 0.13, OFFICE, 0.75, 0.25, 4, SOUGHT, 26),
    "S04": Habit(0.17, 0.06, TRAFFIC, 0.70, 0.05, 10, FILMED, 0.9),
    "S05": Habit(0.03, 0.14, OFFICE, 0.60, 0.20, 10, COMPLAINT, 240),
    "S06": Habit(0.03, 0.03, OFFICE, 0.70, 0.15, 6, SOUGHT, 9),
    "S07": Habit(0.03, 0.03, OFFICE, 0.90, 0.35, 5, SOUGHT, 60),
    "S08": Habit(0.08, 0.04, NIGHT, 1.20, 0.30, 8, COMPLAINT, 3),
    "S09": Habit(0.06, 0.02, OFFICE, 0.80, 0.10, 11, SOUGHT, 20),
    "S10": Habit(0.02, 0.06, OFFICE, 0.90, 0.45, 6, SOUGHT, 18),
    "S11": Habit(0.04, 0.09, OFFICE, 0.65, 0.20, 2, COMPLAINT, 96),
    "S12": Habit(0.02, 0.04, EVENING, 0.90, 0.25, 12, COMPLAINT, 30),
    "S13": Habit(0.03, 0.01, EVENING, 1.15, 0.20, 8, COMPLAINT, 28),
    "S14": Habit(0.04, 0.07, MARKET, 1.10, 0.20, 8, FILMED, 4),
}

MATTERS = tuple(HABITS)


def read_matters() -> pd.DataFrame:
    """The sample list, with the columns that an import of matters knows."""
    numbers = dict.fromkeys(("photos_before", "photos_after", "similar_m"), "Int64")
    kinds = numbers | {"public": "boolean"}
    columns = defaultdict(lambda: "str", kinds)
    return pd.read_csv(Path(__file__).with_name("matters.csv"), dtype=columns)


def column(name: str) -> Floats:
    """One habit for all matters, in the order of their codes."""
    return np.array([getattr(h, name) for h in HABITS.values()], dtype=float)


def source_shares() -> Floats:
    """(matters, sources) shares of who reports."""
    return np.array([h.sources for h in HABITS.values()])


def hour_shares() -> Floats:
    """(matters, 24) shares of the day's hours."""
    return np.array([day_shares(h.busy) for h in HABITS.values()])


def day_shares(busy: tuple[tuple[float, float, float], ...]) -> Floats:
    hour = np.arange(24) + 0.5
    away = [np.abs((hour - at + 12) % 24 - 12) / spread for at, spread, _ in busy]
    peaks = [w * np.exp(-0.5 * a**2) for a, (_, _, w) in zip(away, busy, strict=True)]
    awake = np.where((hour > 6) & (hour < 23), 0.12, 0.01)
    total = np.sum(peaks, axis=0) + awake
    return np.asarray(total / total.sum())


def day_weights(weekday: Ints, day_of_year: Ints) -> Floats:
    """(matters, days) relative frequency of each matter on each day, at most 1."""
    turn = 2 * np.pi * (day_of_year - (30.4 * column("peak")[:, None] - 15)) / 365.25
    season = 1 + column("season")[:, None] * np.cos(turn)
    week = np.where(weekday >= 5, column("weekend")[:, None], 1 + 0.04 * (weekday == 0))
    weights = season * week
    return np.asarray(weights / weights.max(axis=1, keepdims=True))
