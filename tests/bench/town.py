"""What is measured with: the practice town, made once and kept, and files of its cases."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

import data
from data import town
from data.scales import Size

FRAMES = ("townships", "grids", "squads")
JITTER = 0.0005  # degrees, about 50 m


@dataclass(frozen=True)
class Amounts:
    """How much of everything; the default is the reference town of the figures."""

    size: Size = "prefecture"
    points: int = 1_000_000
    fewer_points: int = 100_000
    cells: int = 50_000
    more_cells: int = 200_000
    marks: int = 10_000
    positions: int = 20_000
    questions: int = 400
    junctions: int = 66_000
    weeks: int = 157
    fewer_weeks: int = 16


@dataclass(frozen=True)
class Town:
    """Frames of the practice town; see data.town. Files made of them are kept in `folder`."""

    folder: Path
    townships: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    squads: gpd.GeoDataFrame
    incidents: pd.DataFrame

    def of(self, layer: str) -> Path:
        """The file of a frame."""
        return self.folder / f"{layer}.parquet"

    def cases(self, count: int) -> pd.DataFrame:
        """So many cases: evenly from the history, or each several times and a little apart."""
        held = len(self.incidents)
        if count <= held:
            return self.incidents.iloc[np.arange(count) * held // count].reset_index(drop=True)
        copy, row = np.divmod(np.arange(count), held)
        cases = self.incidents.iloc[row].reset_index(drop=True)
        apart = np.random.default_rng(1).normal(0, JITTER, (count, 2))
        cases[["lon", "lat"]] += apart * (copy > 0)[:, None]
        cases["external_id"] += pd.Series(copy).astype("str")
        return cases

    def points(self, count: int) -> NDArray[np.float64]:
        """Lon/lat (count, 2) of cases."""
        return self.cases(count)[["lon", "lat"]].to_numpy()

    def file(self, count: int) -> Path:
        """A CSV of cases as an office would export it, times on its own clocks."""
        path = self.folder / f"incidents-{count}.csv"
        if not path.exists():
            cases = self.cases(count)
            for name in ("occurred_at", "closed_at"):
                cases[name] = cases[name].dt.tz_localize(None)
            partial = path.with_suffix(".partial")
            pyarrow.csv.write_csv(pa.Table.from_pandas(cases, preserve_index=False), partial)
            partial.rename(path)
        return path


def kept(size: Size, var: Path) -> Town:
    """The town of a size, from its folder if it was made before by the same code."""
    folder = var / f"{size}-{_stamp()}"
    if not (folder / "incidents.parquet").exists():
        _make(size, folder)
    frames = {name: gpd.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
    incidents = pd.read_parquet(folder / "incidents.parquet")
    return Town(folder, **frames, incidents=incidents)


def _make(size: Size, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = town.make(size)
    for name in FRAMES:
        getattr(made, name).to_parquet(folder / f"{name}.parquet")
    partial = folder / "incidents.partial"
    made.incidents.to_parquet(partial)
    partial.rename(folder / "incidents.parquet")


def _stamp() -> str:
    """Another town grows from other code."""
    sources = sorted(path for path in Path(data.__file__).parent.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
