"""The practice town's squads are on duty around the clock, and patrol along its roads."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from data.duty import SPEED_MS, Patrols, roster

ZONE = ZoneInfo("Asia/Shanghai")
DEGREE_M = 111_195.0


@pytest.fixture
def streets() -> list[np.ndarray]:
    """Blocks of some 200 m."""
    side = np.arange(0, 12) * 0.002
    return [np.array([(x, y), (x + dx, y + dy)])
            for x in side + 119.9 for y in side for dx, dy in ((0.002, 0), (0, 0.002))]  # fmt: skip


def test_there_is_a_shift_at_every_moment_of_these_days_and_none_overlap():
    shifts = roster(["S1"], date(2026, 11, 16), ZONE)

    assert (shifts["from"].iloc[1:].to_numpy() == shifts["to"].iloc[:-1].to_numpy()).all()
    assert str(shifts["from"].iloc[0]) == "2026-11-15 08:00:00+08:00"


def test_squads_keep_to_the_roads_at_their_pace_near_home_and_the_same_each_time(streets):
    homes = np.array([(119.902, 0.002), (119.91, 0.01)])
    town = shapely.union_all(shapely.linestrings(streets))

    first, again = (np.array([patrols.on(5) for _ in range(400)])
                    for patrols in (Patrols(homes, streets), Patrols(homes, streets)))  # fmt: skip

    assert (first == again).all()
    assert shapely.distance(shapely.points(first), town).max() < 1e-9
    steps = np.hypot(*np.moveaxis(np.diff(first, axis=0), -1, 0)) * DEGREE_M
    assert steps.max() <= SPEED_MS * 5 + 0.1
    assert steps.mean() > SPEED_MS * 2.5
    assert (np.hypot(*np.moveaxis(first - homes, -1, 0)) * DEGREE_M).max() < 2_000
