"""Noisy positions of moving things: which of them cannot be.

Whoever buffers positions sends them late and in any order. So nothing here depends on the order of
arrival: a fix is judged against those next to it in time, and its verdict is the same whichever of
them was known first.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG): distances on the sphere are right to 0.5 %."""


def impossible(
    seconds: Floats,
    lonlat: Floats,
    spread_m: Floats,
    *,
    first: Flags | None = None,
    top_ms: float = 50.0,
    slack_m: float = 100.0,
) -> Flags:
    """Fixes that nothing could have reached from the one before and left for the one after.

    `seconds` (n,) must rise within each track; `lonlat` (n, 2) in degrees on WGS 84; `spread_m`
    (n,) is the accuracy of each fix in metres; `first` (n,) marks where a track begins (by default
    there is one track). A way is too fast when it is longer than `top_ms` metres a second allow,
    with `slack_m` metres and both accuracies to spare.

    A fix in the middle of a track is impossible when the ways to it and from it are both too fast:
    a single jump falls out, and where something did move on in a gap only one way is. The last one
    is impossible while the way to it is too fast, from the one before or, where that one is
    impossible, from the one before that; until a next one bears it out. The first one of a track is
    believed. So a fix changes the verdicts of the one before it and of the two after it at most.

    Raises ValueError where shapes do not fit or times within a track do not rise.
    """
    count = len(seconds)
    begins = _begins(count, first)
    if lonlat.shape != (count, 2) or spread_m.shape != (count,) or begins.shape != (count,):
        raise ValueError(
            "seconds (n,), lonlat (n, 2), spread_m (n,) and first (n,) belong together"
        )
    if count == 0:
        return np.zeros(0, dtype=bool)
    track = np.cumsum(begins)
    if (np.diff(seconds)[~begins[1:]] <= 0).any():
        raise ValueError("the times of a track must rise")

    def too_fast(over: int) -> Flags:
        """Whether the way to each fix from the one so many before it is too fast."""
        before, after = slice(None, max(count - over, 0)), slice(over, None)
        allowed = top_ms * (seconds[after] - seconds[before]) + slack_m
        allowed += spread_m[before] + spread_m[after]
        fast = _metres(lonlat[before], lonlat[after]) > allowed
        return np.concatenate([np.zeros(min(over, count), bool),
                               fast & (track[before] == track[after])])  # fmt: skip

    to_it, to_it_over = too_fast(1), too_fast(2)
    jump = to_it & np.append(to_it[1:], False)
    after_jump = np.concatenate([[False], jump[:-1]])
    last = np.append(begins[1:], True)
    return np.asarray(jump | last & to_it & (~after_jump | to_it_over))


def _begins(count: int, first: Flags | None) -> Flags:
    begins = np.zeros(count, dtype=bool) if first is None else np.array(first, dtype=bool)
    begins[:1] = True
    return begins


def _metres(here: Floats, there: Floats) -> Floats:
    """The ways between points (n, 2) on the sphere (haversine)."""
    (lon, lat), (lon2, lat2) = np.radians(here).T, np.radians(there).T
    halves = np.sin((lat2 - lat) / 2) ** 2
    halves += np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    found: Floats = 2 * RADIUS_M * np.arcsin(np.sqrt(np.clip(halves, 0, 1)))
    return found
