"""The practice town as a whole: its sizes, and that a seed says everything."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.plan import Plan
from data.town import Town, make

ROOT = Path(__file__).resolve().parents[2]
PRINT_DIGEST = """
from data.town import make
from tests.data.test_town import digest
print(digest(make("small")))
"""


def digest(town: Town) -> str:
    """A hash over every value and every coordinate of every frame."""
    total = hashlib.sha256()
    for frame in vars(town).values():
        plain = frame.to_wkb() if "geometry" in frame else frame
        total.update(" ".join(plain.columns).encode())
        total.update(pd.util.hash_pandas_object(plain).to_numpy().tobytes())
    return total.hexdigest()


def test_a_seed_gives_the_same_town_to_the_bit_in_another_process(town: Town) -> None:
    elsewhere = dict(os.environ, PYTHONHASHSEED="7", PYTHONPATH=str(ROOT))

    again = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        env=elsewhere,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert again.stdout.strip() == digest(town)


def test_another_seed_gives_another_town_of_the_same_size(town: Town) -> None:
    other = make("small", seed=2)

    assert len(other.grids) == len(town.grids)
    assert not other.grids.geometry.geom_equals(town.grids.geometry).any()
    assert not np.array_equal(other.incidents["lon"], town.incidents["lon"])


def test_a_later_end_leaves_the_ground_as_it_is(town: Town) -> None:
    later = make("small", until=date(2026, 12, 28))

    assert later.grids.geometry.geom_equals(town.grids.geometry).all()
    assert later.roads.equals(town.roads)
    assert later.incidents["occurred_at"].max() > town.incidents["occurred_at"].max()


def test_the_history_must_end_on_a_monday() -> None:
    with pytest.raises(ValueError, match="Monday"):
        make("small", until=date(2026, 11, 17))


def test_the_small_town_has_its_size(town: Town) -> None:
    sizes = {name: len(frame) for name, frame in vars(town).items()}

    assert sizes["townships"] == 6
    assert sizes["grids"] == 300
    assert sizes["squads"] == 10
    assert sizes["matters"] == 15
    assert sizes["incidents"] == 20_000


def test_the_prefecture_has_its_size(prefecture: Plan) -> None:
    assert len(set(prefecture.labels.township_code)) == 88
    assert len(set(prefecture.labels.grid_code)) == 6_852
    assert len(prefecture.land.polygons) == 6_852


def test_all_frames_are_in_wgs_84(town: Town) -> None:
    frames = (town.townships, town.grids, town.water, town.roads, town.places, town.squads)

    assert {frame.crs.to_epsg() for frame in frames} == {4326}
    assert all(frame.geometry.is_valid.all() for frame in frames)
