"""One small practice town for all tests of the room; nobody changes it."""

from datetime import date

import geopandas as gpd
import pytest

from data.plan import Plan, make_plan
from data.roads import make_roads
from data.scales import SCALES
from data.squads import make_squads, squad_frame
from data.town import Town, make


@pytest.fixture(scope="session")
def town() -> Town:
    return make("small")


@pytest.fixture(scope="session")
def prefecture() -> Plan:
    return make_plan(SCALES["prefecture"], 1)


@pytest.fixture(scope="session")
def prefecture_squads(prefecture: Plan) -> gpd.GeoDataFrame:
    roads = make_roads(prefecture)
    return squad_frame(prefecture, roads, make_squads(prefecture, roads), date(2026, 11, 16))
