"""The practice town's offices: whose squads they are, and who is competent for what."""

from datetime import date, datetime

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Connection

from data import offices
from data.town import Town
from layers.access import Actor
from layers.grids.actions import import_townships
from layers.jurisdictions import queries
from layers.jurisdictions.actions import import_jurisdiction
from layers.jurisdictions.queries import About
from layers.matters.actions import import_matters
from layers.units.actions import import_units


@pytest.fixture
def competent(connection: Connection, town: Town, planner: Actor, noon: datetime):
    """The squads that are competent for a matter in a township, once all is taken in."""
    who = {"actor": planner, "at": noon}
    shapes = [shapely.multipolygons(shapely.get_parts(one)) for one in town.townships.geometry]
    import_townships(
        connection, town.townships.set_geometry(gpd.GeoSeries(shapes, crs=4326)), **who
    )
    told = [
        import_units(connection, offices.units(town.townships), **who),
        import_matters(connection, town.matters, **who),
        import_jurisdiction(connection, offices.jurisdiction(town.townships), **who),
    ]
    assert [outcome.refused for outcome in told] == [0, 0, 0]
    squads = town.squads.assign(unit=offices.units_of(town.squads))

    def ask(matter: str, township: str) -> set[str]:
        about = About(matter, township)
        found = queries.competent(connection, [about], date(2026, 11, 16))[about]
        return set(squads.loc[squads["unit"].isin(found), "name"])

    return ask


def test_who_is_near_may_not_be_competent_and_for_one_matter_nobody_is(competent, town: Town):
    first = town.townships["code"].iloc[0]
    everybody = set(town.squads["name"])

    stalls, dumped, built, manholes = (competent(m, first) for m in ("S01", "S03", "S05", "S06"))

    assert stalls == everybody
    assert dumped == {"芦头二中队", "清峰二中队", "白湾二中队", "石堰二中队"}
    assert (built - dumped, manholes) == ({"芦头一中队"}, {"芦头一中队"})
    assert competent("S10", first) == set()
