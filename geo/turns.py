"""Turns that are forbidden at junctions, and the graph in which nobody can take them.

An arc is an edge passed in one direction: e where it is passed forth, ~e where back, so that ~arc
is the way back from where an arc leads. Arrays by arc have two places an edge: ~e, a negative
number, is counted from their end, as numpy does it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NO_ARC = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Turns:
    """Restrictions (k,): whoever comes to the end of line `one`, or to its start where not
    `at_end`, may not go on by line `two`, or by no other where `only`. Both are numbers of lines;
    `two` begins or ends where `one` does."""

    one: Ints
    at_end: Flags
    two: Ints
    only: Flags


_NONE = np.empty(0, np.int64)
UNRESTRICTED = Turns(_NONE, _NONE > 0, _NONE, _NONE > 0)


@dataclass(frozen=True)
class Arcs:
    """All arcs that may be driven (a,), and the junctions from which and to which all arcs lead,
    by arc."""

    driven: Ints
    begins: Ints
    ends: Ints


def arcs(tail: Ints, head: Ints, forth: Flags, back: Flags) -> Arcs:
    return Arcs(
        driven=np.concatenate([np.flatnonzero(forth), ~np.flatnonzero(back)]),
        begins=np.concatenate([tail, head[::-1]]),
        ends=np.concatenate([head, tail[::-1]]),
    )


def barred(turns: Turns, reaching: Ints, given: Arcs) -> Ints:
    """Pairs of arcs (b, 2) of which the second must not follow the first.

    `reaching` (n, 2) are the arcs that lead to the start and to the end of each line, NO_ARC where
    none does. What names a way on that does not exist forbids nothing.
    """
    into, onto = reaching[turns.one, turns.at_end.astype(int)], reaching[turns.two]
    turn, side = np.nonzero((into[:, None] != NO_ARC) & (onto != NO_ARC))
    named = np.column_stack([into[turn], ~onto[turn, side]])
    meet = given.ends[named[:, 0]] == given.begins[named[:, 1]]
    there = meet & np.isin(named, given.driven).all(axis=1)
    named, only = named[there], turns.only[turn[there]]
    return np.unique(np.vstack([named[~only], _others(named[only], given)]), axis=0)


def _others(named: Ints, given: Arcs) -> Ints:
    """The pairs that begin as these do and go on by any other arc."""
    into = np.unique(named[:, 0])
    i, j = _alike(given.ends[into], given.begins[given.driven])
    return _without(np.column_stack([into[i], given.driven[j]]), named)


# --- The graph -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nodes:
    """A graph for arcs: `begins` and `ends` are their nodes, by arc. The first nodes are the
    junctions, where ways may end.

    Where a turn is forbidden, arcs lead to others: one node for each arc from which a turn is
    forbidden, and one for all the rest, where also whoever stands there begins (`start`, by
    junction). From these, `links` (l, 2) that cost nothing lead to the junction, whence all arcs
    begin into which every turn is allowed, and to one node for each other arc.
    """

    begins: Ints
    ends: Ints
    start: Ints
    links: Ints
    count: int


def split(given: Arcs, forbidden: Ints, junctions: int) -> Nodes:
    """The nodes for pairs of arcs (b, 2) that must not follow one another."""
    into, onto = np.unique(forbidden[:, 0]), np.unique(forbidden[:, 1])
    at = np.unique(given.ends[into])
    free, come, gone = np.split(
        np.arange(junctions, junctions + len(at) + len(into) + len(onto)),
        [len(at), len(at) + len(into)],
    )
    start, begins = np.arange(junctions), given.begins.copy()
    start[at], begins[onto] = free, gone
    ends = start[given.ends]
    ends[into] = come
    come, here = np.append(free, come), np.append(at, given.ends[into])
    i, j = _alike(here, given.begins[onto])
    never = np.column_stack([ends[forbidden[:, 0]], begins[forbidden[:, 1]]])
    onward = _without(np.column_stack([come[i], gone[j]]), never)
    links = np.vstack([np.column_stack([come, here]), onward])
    return Nodes(begins, ends, start, links, junctions + len(come) + len(gone))


# --- Pairs ---------------------------------------------------------------------------------------


def _alike(one: Ints, two: Ints) -> tuple[Ints, Ints]:
    """All pairs of places, in one and in two, that hold the same number."""
    order = np.argsort(two, kind="stable")
    low, high = (np.searchsorted(two, one, side, sorter=order) for side in ("left", "right"))
    count = high - low
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(one)), count), order[np.repeat(low, count) + within]


def _without(pairs: Ints, others: Ints) -> Ints:
    """Those pairs that are not among others."""
    number = np.unique(np.vstack([pairs, others]), axis=0, return_inverse=True)[1]
    return pairs[~np.isin(number[: len(pairs)], number[len(pairs) :])]
