"""Turns that are forbidden in the practice town: some left ones where main streets cross."""

import numpy as np

from data.network import COUNTRY, SECONDARY
from data.parts import Flags, Floats, Ints, Texts, stream
from data.roads import Roads

SHARE = 0.3
LEFT = 0.7
"""The sine of the least angle that is a left turn."""
SIDES = np.array(["start", "end"])


def road_codes(roads: Roads) -> Texts:
    return np.array([f"R{number:05d}" for number in range(len(roads.oneway))], dtype=object)


def forbidden_turns(seed: int, roads: Roads) -> Texts:
    """What each road forbids at its ends, None where that is nothing."""
    edge, side = _arms(roads)
    one, two = _left_turns(roads, edge, side)
    chosen = stream(seed, "turns").random(len(one)) < SHARE
    codes, said = road_codes(roads), np.full(len(roads.oneway), None, dtype=object)
    for come, go in zip(one[chosen], two[chosen], strict=True):
        turn, road = f"no {codes[edge[go]]}@{SIDES[side[come]]}", edge[come]
        said[road] = turn if said[road] is None else f"{said[road]};{turn}"
    return said


def _arms(roads: Roads) -> tuple[Ints, Ints]:
    """Edges at junctions of four or more main streets, and by which side."""
    web = roads.web
    main = np.flatnonzero((web.street != COUNTRY) & (web.rank <= SECONDARY))
    count = np.bincount(web.ends[main].ravel(), minlength=len(web.xy))
    place, side = np.nonzero(count[web.ends[main]] >= 4)
    return main[place], side


def _left_turns(roads: Roads, edge: Ints, side: Ints) -> tuple[Ints, Ints]:
    """Pairs of arms such that one comes by the first and goes left by the second."""
    node, away = roads.web.ends[edge, side], _away(roads, edge, side)
    across = away[:, None, 0] * away[:, 1] - away[:, None, 1] * away[:, 0]
    left = (node[:, None] == node) & (across < -LEFT)
    one_way = roads.oneway[edge]
    comes: Flags = ~one_way | (side == 1)
    goes: Flags = ~one_way | (side == 0)
    one, two = np.nonzero(left & comes[:, None] & goes)
    return one, two


def _away(roads: Roads, edge: Ints, side: Ints) -> Floats:
    """In which direction an arm leads away from the junction, as vectors of length 1."""
    begin = np.where(side == 0, 0, -1)
    towards = roads.curve[edge, np.where(side == 0, 1, -2)] - roads.curve[edge, begin]
    return np.asarray(towards / np.linalg.norm(towards, axis=1, keepdims=True))
