"""What leaves in a file: a layer as a frame with the names that an import knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import geopandas as gpd
import pandas as pd
from shapely import box
from sqlalchemy import Connection

from api import keys
from api.circumstances import Circumstances
from layers.duty import queries as duty
from layers.errors import Invalid
from layers.grids import queries as grids
from layers.holidays import queries as holidays
from layers.incidents import queries as incidents
from layers.jurisdictions import queries as jurisdictions
from layers.matters import queries as matters
from layers.places import queries as places
from layers.positions import queries as devices
from layers.reporters import actions as reporters
from layers.reporters.rules import FIELDS, Contact
from layers.rivers import queries as rivers
from layers.roads import queries as roads
from layers.squads import queries as squads
from layers.units import queries as units

Box = tuple[float, float, float, float]
INCIDENT_FILTERS = ("grid", "township", "matter", "source", "state")


@dataclass(frozen=True)
class Wanted:
    """A layer and the conditions its rows must meet."""

    layer: str
    where: Mapping[str, str] = field(default_factory=dict)
    bbox: Box | None = None
    since: datetime | None = None
    until: datetime | None = None
    reporters: bool = False
    """Whether who reported incidents goes with them."""


def frame(connection: Connection, wanted: Wanted, around: Circumstances) -> pd.DataFrame:
    """The rows as a frame, with places on WGS 84; times in the bureau's zone."""
    if wanted.layer == "incidents":
        return _incidents(connection, wanted, around)
    if wanted.since is not None or wanted.until is not None or wanted.reporters:
        raise Invalid("bad_filter", filter="since, until, reporters")
    readers = {
        "townships": lambda: grids.townships(connection, around.actor),
        "grids": lambda: grids.grids(connection, around.actor, around.today),
        "units": lambda: units.kept(connection),
        "holidays": lambda: holidays.kept(connection),
        "matters": lambda: matters.kept(connection),
        "jurisdiction": lambda: jurisdictions.kept(connection),
        "squads": lambda: squads.kept(connection, around.actor),
        "duty": lambda: duty.kept(connection, around.actor),
        "devices": lambda: devices.kept(connection, around.actor),
        "roads": lambda: roads.roads(connection, wanted.bbox),
        "rivers": lambda: rivers.water(connection, wanted.bbox),
        "places": lambda: places.places(connection, wanted.bbox),
    }
    if wanted.layer not in readers:
        raise Invalid("no_layer", layer=wanted.layer, known=(*readers, "incidents"))
    found = readers[wanted.layer]()
    for name, value in wanted.where.items():
        if name not in found.columns:
            raise Invalid("bad_filter", filter=name)
        found = found[found[name].astype(str) == value]
    return found if wanted.bbox is None else _within(found, wanted.bbox)


def _within(found: pd.DataFrame, bbox: Box) -> pd.DataFrame:
    if not isinstance(found, gpd.GeoDataFrame):
        raise Invalid("bad_filter", filter="bbox")
    return found[found.intersects(box(*bbox))]


def _incidents(connection: Connection, wanted: Wanted, around: Circumstances) -> gpd.GeoDataFrame:
    unknown = sorted(set(wanted.where) - set(INCIDENT_FILTERS))
    if unknown:
        raise Invalid("bad_filter", filter=unknown[0])
    where = wanted.where.get
    asked = incidents.Wanted(
        bbox=wanted.bbox, grid=where("grid"), township=where("township"), matter=where("matter"),
        source=where("source"), state=where("state"), since=wanted.since, until=wanted.until,
    )  # fmt: skip
    found = incidents.places(connection, around.actor, asked)
    for name in ("occurred_at", "received_at", "closed_at"):
        moments = pd.to_datetime(found[name], utc=True)  # a column of nothing has no zone yet
        found[name] = moments.dt.tz_convert(around.settings.timezone)
    return _with_reporters(connection, found, around) if wanted.reporters else found


def _with_reporters(
    connection: Connection, found: gpd.GeoDataFrame, around: Circumstances
) -> gpd.GeoDataFrame:
    """In the columns that an import knows."""
    ring = keys.ring(connection, around.settings, actor=around.actor, at=around.at)
    ids = found["id"].tolist()
    known = reporters.disclose(connection, ids, ring=ring, actor=around.actor, at=around.at)
    contacts = [known.get(incident_id, Contact()) for incident_id in ids]
    columns = {f"reporter_{name}": [getattr(one, name) for one in contacts] for name in FIELDS}
    return found.assign(**columns)
