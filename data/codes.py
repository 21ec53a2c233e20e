"""Codes and names of counties, townships, communities and grids.

Codes follow the unit-grid standard: 6 digits county, 3 township, 3 community, 3 grid in the
community. As in the national lists, townships from 001 are subdistricts, from 100 towns, from 200
rural townships; communities from 001 are residents', from 200 villagers'.
"""

from dataclasses import dataclass

import numpy as np

from data.divisions import Divisions
from data.names import place_names
from data.parts import Floats, Ints, means, nearest
from data.settlements import SEAT, Settlement

FIRST_COUNTY = 339901
SUBDISTRICT, TOWN, RURAL = 0, 1, 2
FIRST_NUMBER = np.array([1, 100, 200])
KIND_NAME = ("街道", "镇", "乡")


@dataclass(frozen=True)
class Labels:
    """In the order of the divisions. `township_stem` is the name without 街道, 镇 or 乡."""

    township_code: list[str]
    township_stem: list[str]
    township_name: list[str]
    community_name: list[str]
    grid_code: list[str]
    grid_name: list[str]


def make_labels(
    rng: np.random.Generator, towns: list[Settlement], divisions: Divisions, at: Floats
) -> Labels:
    """`at` is the lon/lat of each grid, by which communities and grids are numbered."""
    kind = _kinds(rng, towns, divisions.seat)
    count, rural = len(kind), divisions.rural
    stems = place_names(rng, count + len(rural))
    codes = _township_codes(towns, divisions.seat, kind)
    names = [n + ("村" if r else "社区") for n, r in zip(stems[count:], rural, strict=True)]
    sequence = sequence_numbers(divisions.community, at)
    return Labels(
        township_code=codes,
        township_stem=stems[:count],
        township_name=[n + KIND_NAME[k] for n, k in zip(stems[:count], kind, strict=True)],
        community_name=names,
        grid_code=_grid_codes(codes, divisions, _community_numbers(divisions, at), sequence),
        grid_name=[
            f"{names[c]}第{s:02}网格" for c, s in zip(divisions.community, sequence, strict=True)
        ],
    )


def _kinds(rng: np.random.Generator, towns: list[Settlement], seat: Ints) -> Ints:
    country = np.where(rng.random(len(seat)) < 0.6, TOWN, RURAL)
    return np.where([towns[s].rank < SEAT for s in seat], SUBDISTRICT, country)


def _township_codes(towns: list[Settlement], seat: Ints, kind: Ints) -> list[str]:
    """Counties lie around the city and the county towns; townships are counted by kind in them."""
    centres = np.array([t.centre for t in towns])
    heads = np.flatnonzero([t.rank < SEAT for t in towns])
    county = nearest(centres[heads], centres)[1][seat]
    number = FIRST_NUMBER[kind] + _rank(county * 3 + kind, np.arange(len(seat)))
    return [f"{FIRST_COUNTY + c}{n:03}" for c, n in zip(county, number, strict=True)]


def _grid_codes(codes: list[str], divisions: Divisions, number: Ints, sequence: Ints) -> list[str]:
    rows = zip(divisions.township, number[divisions.community], sequence, strict=True)
    return [f"{codes[t]}{c:03}{s:03}" for t, c, s in rows]


def _community_numbers(divisions: Divisions, at: Floats) -> Ints:
    """From north to south in each township."""
    community = divisions.community
    owner = divisions.township[np.unique(community, return_index=True)[1]]
    north = means(community, at, len(owner))[1][:, 1]
    return np.where(divisions.rural, 200, 1) + _rank(owner * 2 + divisions.rural, -north)


def sequence_numbers(community: Ints, at: Floats) -> Ints:
    """1, 2, ... in each community: rows from north to south, from west to east in a row. A
    community of n grids has about sqrt(n) rows of equal length."""
    length = np.ceil(np.sqrt(np.bincount(community))).astype(np.int64)[community]
    row = _rank(community, -at[:, 1]) // length
    return 1 + _rank(community, row * 1_000 + at[:, 0])


def _rank(group: Ints, value: Floats | Ints) -> Ints:
    """The place of each value in its group, from 0."""
    order = np.lexsort([value, group])
    place = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    rank = np.empty(len(group), np.int64)
    rank[order] = place
    return rank
