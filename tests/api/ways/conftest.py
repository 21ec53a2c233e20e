"""Roads that are laid, and the engines that are built of them."""

from contextlib import nullcontext

import geopandas
import pytest
from shapely import LineString, MultiLineString
from sqlalchemy import text

from api.ways import Ways
from layers.roads.actions import import_roads
from tests.api.ways.places import CROSSING, STATION, TOP


@pytest.fixture
def lay(connection, planner, noon):
    """Import a road through these places."""

    def laid(*places, **about):
        columns = {name: [value] for name, value in about.items()}
        lines = [MultiLineString([LineString(places)])]
        frame = geopandas.GeoDataFrame(columns, geometry=lines, crs=4326)
        import_roads(connection, frame, actor=planner, at=noon)

    return laid


class AtOnce:
    def __init__(self, target, **_):
        self.start = target

    def is_alive(self):
        return False

    def join(self, _):
        pass


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """The test has one connection: what is built beside is done before the next line."""
    monkeypatch.setattr("api.ways.Thread", AtOnce)


@pytest.fixture
def ways(connection):
    return Ways(lambda: nullcontext(connection))


@pytest.fixture
def crawling(app, connection, cast, lay):
    """A road from the first squad's home to the north-east on which one crawls at 2.4 km/h; the
    other squad, which lives up there, is off duty."""
    app.state.ways = Ways(lambda: nullcontext(connection))
    lay(STATION, CROSSING, TOP, code="A", speed_kmh=3.0, **{"class": "primary"})
    connection.execute(text("UPDATE squads SET on_duty = code = 'S1'"))
