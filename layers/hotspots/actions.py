"""Making a study of where incidents cluster."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select, text

from geo import cells as h3
from geo import hotspots
from layers import db
from layers.access import Actor, Verb, may
from layers.errors import Invalid
from layers.files import Progress, silent
from layers.grids import queries as grids
from layers.hotspots.tables import Hexagon, Run
from layers.incidents import queries as incidents
from layers.incidents.queries import Observed
from layers.journal.actions import note


@dataclass(frozen=True)
class Parameters:
    """What a study depends on besides the data. `as_of` is the first day that no longer counts."""

    as_of: date
    zone: ZoneInfo
    weeks: int = 12
    resolution: int = 9
    ring: int = 1
    half_life_weeks: float = 6.0
    least_neighbours: int = 4

    def __post_init__(self) -> None:
        if not (1 <= self.weeks <= 520 and 5 <= self.resolution <= 11 and 1 <= self.ring <= 5):
            raise Invalid("bad_study", weeks=self.weeks, resolution=self.resolution, ring=self.ring)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.as_of, time(), self.zone)

    @property
    def since(self) -> datetime:
        return datetime.combine(self.as_of - timedelta(weeks=self.weeks), time(), self.zone)


@dataclass(frozen=True)
class Weighed:
    """The window's incidents with the weight each carries, and the suspected default locations."""

    observed: Observed
    piles: hotspots.Piles
    capped: NDArray[np.float64]
    """What each counts for: 1, or less on a default location."""
    weight: NDArray[np.float64]
    """The same times its recency."""
    recorded: NDArray[np.bool_]
    """(weeks,) by age: False before the bureau's first incident and after its newest."""


@dataclass(frozen=True)
class Studied:
    """A study that was just made: its number, and what a plan goes on with."""

    run_id: int
    parameters: Parameters
    weighed: Weighed
    cells: pd.DataFrame


def study(
    connection: Connection,
    parameters: Parameters,
    *,
    actor: Actor,
    at: datetime,
    version: str,
    progress: Progress = silent,
) -> Studied:
    """Count, weigh and test every cell of the bureau's area, and keep it as a run.

    Of a part of the bureau it would be another study: each cell is tested against all others.
    """
    may(actor, Verb.STUDY)
    progress(0, 0, "study_area")
    area = _area(grids.townships(connection, actor), parameters.resolution)
    progress(0, 0, "incidents")
    weighed = _weigh(connection, parameters, actor)
    progress(0, 0, "statistics")
    cells, found = _study(area, weighed, parameters)
    progress(0, 0, "write")
    run_id = connection.execute(
        insert(Run)
        .values(
            as_of=parameters.as_of,
            weeks=parameters.weeks,
            resolution=parameters.resolution,
            parameters={**asdict(parameters), "zone": parameters.zone.key},
            version=version,
            found=found,
            made_at=at,
            made_by=actor.name,
        )
        .returning(Run.id)
    ).scalar_one()
    db.pour(connection, "hotspot_cells", cells.assign(run_id=run_id))
    _draw(connection, cells["cell"].to_numpy())
    note(connection, "study", "hotspots", str(run_id), actor=actor, at=at, digest=found["digest"])
    return Studied(run_id, parameters, weighed, cells)


def _draw(connection: Connection, cells: NDArray[np.int64]) -> None:
    """Keep the boundaries of those cells that no study had before."""
    known = connection.execute(select(Hexagon.cell)).scalars().all()
    new = np.setdiff1d(cells, np.asarray(known, np.int64))
    shapes = db.hex_ewkb(h3.polygons(new))
    connection.execute(DRAW, {"cells": new.tolist(), "shapes": shapes})


DRAW = text(f"""
    INSERT INTO hexagons
    SELECT cell, ST_Transform(CAST(shape AS geometry), {db.MERCATOR})
    FROM unnest(CAST(:cells AS bigint[]), CAST(:shapes AS text[])) AS new (cell, shape)
    ON CONFLICT DO NOTHING
""")


def _weigh(connection: Connection, parameters: Parameters, actor: Actor) -> Weighed:
    """The incidents of the window, newer ones heavier, default locations capped."""
    observed = incidents.observed(connection, actor, since=parameters.since, until=parameters.until)
    if not len(observed.cell):
        newest = incidents.newest_at(connection, actor)
        raise Invalid("no_incidents_in_window", since=parameters.since.date(),
                      until=parameters.as_of, newest=newest and newest.date())  # fmt: skip
    piles = hotspots.piles(observed.lonlat)
    recency = hotspots.decay(observed.age_weeks, parameters.half_life_weeks)
    capped = hotspots.cap(piles)
    recorded = _recorded(connection, parameters, actor, observed)
    return Weighed(observed, piles, capped, recency * capped, recorded)


def _recorded(
    connection: Connection, parameters: Parameters, actor: Actor, observed: Observed
) -> NDArray[np.bool_]:
    """Weeks from which nothing was delivered are unknown, not quiet."""
    weeks = np.arange(parameters.weeks)
    first = incidents.first_at(connection, actor)
    begun = parameters.since if first is None else first.astimezone(parameters.zone)
    oldest = (parameters.as_of - timedelta(days=1) - begun.date()).days // 7
    return np.asarray((weeks >= observed.age_weeks.min()) & (weeks <= oldest))


def _area(townships: gpd.GeoDataFrame, resolution: int) -> pd.DataFrame:
    """All cells of the bureau: cell, share and km2 inside, township_code by the largest part."""
    if not len(townships):
        raise Invalid("no_townships")
    shapes = townships.geometry.to_numpy()
    cell, share = h3.study_area(shapes, resolution)
    shared = h3.crosswalk(shapes, cell)
    codes = townships["code"].to_numpy(dtype=object)[shared.argmax(axis=0)]
    km2 = shared.sum(axis=0) / 1e6
    return pd.DataFrame({"cell": cell, "share": share, "township_code": codes, "km2": km2})


def _study(
    area: pd.DataFrame, weighed: Weighed, parameters: Parameters
) -> tuple[pd.DataFrame, dict[str, object]]:
    place, inside = _place(area["cell"].to_numpy(), weighed.observed, parameters.resolution)
    size = len(area)
    count = np.bincount(place[inside], minlength=size)
    value = np.bincount(place[inside], weighed.weight[inside], minlength=size)
    township = pd.factorize(area["township_code"])[0]
    result = hotspots.study(
        area["cell"].to_numpy(), value, parameters.ring, parameters.least_neighbours,
        township,
    )  # fmt: skip
    cells = _table(area, count, result)
    return cells.drop(columns="km2"), _found(cells, weighed, int(inside.sum()))


def _place(
    cells: NDArray[np.int64], observed: Observed, resolution: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which of the sorted cells each incident lies in, and whether it lies in any.

    A coarser or finer cell comes from the point, never from its stored cell's parent.
    """
    stored = incidents.RESOLUTION
    own = observed.cell if resolution == stored else h3.cells_of(observed.lonlat, resolution)
    place = np.minimum(np.searchsorted(cells, own), len(cells) - 1)
    return place, cells[place] == own


def _table(area: pd.DataFrame, count: NDArray[np.int64], result: hotspots.Study) -> pd.DataFrame:
    """The rows of hotspot_cells; the study area's cells are sorted already, as the study's are."""
    within = result.within
    if within is None:
        raise AssertionError("townships are always given")
    return area.assign(
        count=count,
        value=result.value,
        z=result.z,
        p=result.p_adjusted,
        **{"class": result.classes},
        township_z=within.z,
        township_class=within.classes,
        neighbours=result.neighbours,
        insufficient=result.insufficient,
    )


def _found(cells: pd.DataFrame, weighed: Weighed, inside: int) -> dict[str, object]:
    """Totals, printed with every study: a study without its area cannot be judged."""
    piles = weighed.piles
    hot = cells["class"] > 0
    return {
        "cells": len(cells),
        "area_km2": round(float(cells["km2"].sum()), 3),
        "incidents": inside,
        "outside": len(weighed.observed.cell) - inside,
        "recorded_weeks": int(weighed.recorded.sum()),
        "hot": int(hot.sum()),
        "cold": int((cells["class"] < 0).sum()),
        "hot_within_township": int((cells["township_class"] > 0).sum()),
        "insufficient": int(cells["insufficient"].sum()),
        "hot_by_township": cells[hot].groupby("township_code").size().to_dict(),
        "piles": [
            {"lon": round(float(lon), 6), "lat": round(float(lat), 6), "count": int(count),
             "capped_to": piles.ordinary}
            for (lon, lat), count in zip(piles.lonlat, piles.counts, strict=True)
        ],
        "digest": _digest(cells),
    }  # fmt: skip


def _digest(cells: pd.DataFrame) -> str:
    """Equal for equal results, to the last bit."""
    columns = ("cell", "count", "value", "z", "p", "class", "township_z", "township_class")
    whole = hashlib.sha256()
    for name in columns:
        whole.update(np.ascontiguousarray(cells[name].to_numpy()).tobytes())
    return whole.hexdigest()
