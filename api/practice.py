"""The practice town, taken in through the same actions as a bureau's own files."""

from datetime import timedelta

import geopandas as gpd
import shapely
from sqlalchemy import Connection

from api import calling
from api.circumstances import Circumstances
from data import offices
from data.scales import Size
from data.town import Town, make
from layers.access import Actor
from layers.errors import Conflict
from layers.grids import actions as grids
from layers.grids import queries as areas
from layers.holidays.queries import calendar
from layers.hotspots import queries as runs
from layers.incidents import actions as incidents
from layers.incidents import queries as cases
from layers.incidents.actions.chronicling import chronicle
from layers.journal import queries as journal
from layers.journal.actions import note
from layers.jurisdictions import actions as jurisdictions
from layers.matters import actions as matters
from layers.places import actions as places
from layers.plans import actions as plans
from layers.plans import queries as planned
from layers.plans.rules import week_after
from layers.rivers import actions as rivers
from layers.roads import actions as roads
from layers.squads import actions as squads
from layers.squads import queries as on_call
from layers.units import actions as units

VERB, KIND = "practise", "town"


def stands(connection: Connection, actor: Actor) -> bool:
    """Whether the practice town is what this database holds."""
    return journal.last(connection, actor, VERB, KIND) is not None


def prepare(connection: Connection, size: Size, around: Circumstances) -> None:
    """Make the town and its first plan, unless it stands; never beside a bureau's own data."""
    made = journal.last(connection, around.actor, VERB, KIND)
    if made is not None and made["subject"] != size:
        raise Conflict("other_town", size=made["subject"])
    if made is not None:
        return
    if areas.extent(connection, around.actor) is not None:
        raise Conflict("has_own_data")
    today = around.today
    around.progress(0, 0, "town")
    town = make(size, until=today - timedelta(days=today.weekday()))
    _settle(connection, town, around)
    wish = plans.Wish(week_after(today), around.settings.zone)
    plan_id = plans.draft(connection, wish, **around.common())
    note(connection, VERB, KIND, size, actor=around.actor, at=around.at, plan=plan_id)


def summary(connection: Connection, around: Circumstances) -> dict[str, object]:
    """What there is, in numbers."""
    townships, held = areas.counted(connection, around.actor, around.today)
    total, on_duty = on_call.counted(connection, around.actor, around.at)
    run, plan = runs.newest(connection, around.actor), planned.newest(connection, around.actor)
    return {
        "townships": townships,
        "grids": held,
        "squads": total,
        "squads_on_duty": on_duty,
        "incidents": cases.counted(connection, around.actor),
        "hotspot_run": run["id"],
        "hot_cells": run["found"]["hot"],
        "plan": plan["id"],
        "plan_week": plan["week"],
        "plan_state": plan["state"],
        "visits": plan["visits"],
    }


def _settle(connection: Connection, town: Town, around: Circumstances) -> None:
    who, when, zone = around.actor, around.at, around.settings.zone
    grids.import_townships(connection, _areas(town.townships), actor=who, at=when)
    grids.import_grids(connection, _areas(town.grids), actor=who, at=when, today=around.today)
    units.import_units(connection, offices.units(town.townships), actor=who, at=when)
    sent = town.squads.assign(unit=offices.units_of(town.squads))
    squads.import_squads(connection, _pointed(sent), actor=who, at=when)
    roads.import_roads(connection, _lines(town.roads), actor=who, at=when)
    rivers.import_rivers(connection, _areas(town.water), actor=who, at=when)
    places.import_places(connection, _pointed(town.places), actor=who, at=when)
    matters.import_matters(connection, town.matters, actor=who, at=when)
    table = offices.jurisdiction(town.townships)
    jurisdictions.import_jurisdiction(connection, table, actor=who, at=when)
    incidents.import_incidents(
        connection, _cases(town), actor=who, at=when, zone=zone, progress=around.progress
    )
    hours = calendar(connection, zone, around.settings.shifts)
    chronicle(connection, town.histories, actor=who, at=when, calendar=hours)
    calling.ring(connection, around)


def _areas(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    parts = [shapely.multipolygons(shapely.get_parts(shape)) for shape in found.geometry]
    return found.set_geometry(gpd.GeoSeries(parts, index=found.index, crs=found.crs))


def _lines(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    parts = shapely.multilinestrings(found.geometry.to_numpy(), indices=range(len(found)))
    return found.set_geometry(gpd.GeoSeries(parts, index=found.index, crs=found.crs))


def _pointed(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return found.assign(x=found.geometry.x, y=found.geometry.y, datum="wgs84")


def _cases(town: Town) -> gpd.GeoDataFrame:
    found = town.incidents
    points = gpd.points_from_xy(found["lon"], found["lat"], crs=4326)
    placed = gpd.GeoDataFrame(found.drop(columns=["lon", "lat"]), geometry=points)
    return placed.assign(x=found["lon"], y=found["lat"], datum="wgs84")
