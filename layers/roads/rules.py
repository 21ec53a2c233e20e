"""What a road is called by those who draw it, and what it is to us and to whoever uses it."""

import re
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.turns import UNRESTRICTED, Turns

Flags: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]

CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "track", "pedestrian", "footway", "cycleway", "path", "steps",
    "road",
)  # fmt: skip
"""OpenStreetMap's classes, the widest first; `road` is one of an unknown class."""
UNKNOWN = "road"
WORDS = (
    {name: name for name in CLASSES}
    | {f"{name}_link": name for name in CLASSES[:5]}
    | {"bridleway": "path"}
    | {
        "高速公路": "motorway", "高速": "motorway", "国道": "trunk", "快速路": "trunk",
        "城市快速路": "trunk", "省道": "primary", "主干路": "primary", "主干道": "primary",
        "县道": "secondary", "次干路": "secondary", "次干道": "secondary", "乡道": "tertiary",
        "支路": "tertiary", "支道": "tertiary", "村道": "unclassified", "街巷": "residential",
        "巷道": "residential", "小区道路": "residential", "步行街": "pedestrian",
        "人行道": "footway",
    }
)  # fmt: skip


class Mode(StrEnum):
    """How a squad is on its way."""

    DRIVING = "road"
    WALKING = "road_foot"


DRIVEN_KMH = {
    "motorway": 90.0, "trunk": 60.0, "primary": 45.0, "secondary": 40.0, "tertiary": 35.0,
    "unclassified": 30.0, "residential": 20.0, "living_street": 10.0, "service": 15.0,
    "track": 15.0, UNKNOWN: 25.0,
}  # fmt: skip
"""What is driven on roads that name no speed, crossings and lights included."""
NARROW_KMH = 10.0
"""Where vehicles may drive though the class is one for people on foot."""
OF_LIMIT = 0.8
"""So much of a road's limit is driven."""
WALKED_KMH = 5.0
NOT_WALKED = frozenset({"motorway"})


def passable(roads: pd.DataFrame, mode: Mode) -> tuple[Flags, Flags, Floats]:
    """Of each road (class, oneway, speed_kmh, motor, foot): may one go along it, against it, and
    how fast in km/h. On foot, one-way roads are none."""
    kinds = roads["class"]
    if mode is Mode.WALKING:
        allowed = _said(roads["foot"], ~kinds.isin(NOT_WALKED))
        return allowed, allowed, np.full(len(roads), WALKED_KMH)
    allowed = _said(roads["motor"], kinds.isin(DRIVEN_KMH))
    usual = kinds.map(DRIVEN_KMH).fillna(NARROW_KMH)
    kmh = (roads["speed_kmh"].astype(float) * OF_LIMIT).fillna(usual)
    return allowed, allowed & ~roads["oneway"].to_numpy(bool), kmh.to_numpy(float)


def _said(said: pd.Series, usual: pd.Series) -> Flags:
    """What is said of each road, else what is usual."""
    return np.asarray(said.astype("boolean").fillna(usual), dtype=bool)


# --- Turns ---------------------------------------------------------------------------------------

TURN = re.compile(
    r"(no\b|only\b|禁止|只准)\s*([^@\s][^@\n]*?)\s*(?:@(start|end|起点|终点))?", re.IGNORECASE
)
NO_TURNS = frozenset({"none", "无"})
ONLY = frozenset({"only", "只准"})
ENDS = {"start": False, "起点": False, "end": True, "终点": True}


class Turn(NamedTuple):
    """Whoever comes to this end of a road, or to any if it is None, may not go on by the road of
    this code, or by no other where `only`."""

    only: bool
    code: str
    at_end: bool | None


def turns(said: str) -> list[Turn]:
    """What is said as `no R12; only R14@start`, or `none`. ValueError where it is neither."""
    if said.strip().lower() in NO_TURNS:
        return []
    found = [TURN.fullmatch(each.strip()) for each in re.split("[;；]", said) if each.strip()]
    return [_turn(each) for each in found]


def _turn(found: re.Match[str] | None) -> Turn:
    if found is None:
        raise ValueError("no turns")
    meant, code, side = found.groups()
    return Turn(meant.lower() in ONLY, code, None if side is None else ENDS[side.lower()])


def readable(said: str) -> bool:
    """Whether it says turns, or that there are none."""
    try:
        turns(said)
    except ValueError:
        return False
    return True


def forbidden(roads: pd.DataFrame, mode: Mode) -> Turns:
    """The turns of roads (code, turns) by their rows; whoever walks turns where he likes."""
    if mode is Mode.WALKING:
        return UNRESTRICTED
    row = {code: n for n, code in enumerate(roads["code"])}
    found = [
        (n, at_end, row[turn.code], turn.only)
        for n, said in enumerate(roads["turns"])
        for turn in (turns(said) if isinstance(said, str) else ())
        for at_end in ((False, True) if turn.at_end is None else (turn.at_end,))
        if turn.code in row
    ]
    one, at_end, two, only = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return Turns(one, at_end == 1, two, only == 1)
