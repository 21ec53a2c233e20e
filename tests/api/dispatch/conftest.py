"""Cases that wait for a squad, and who may be sent to them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from api import deps
from layers.access import actor_of
from layers.roles import Area, AreaKind, Grant, Role
from tests.api.dispatch.sending import NOON
from tests.cast import MATTER, WEST, Cast

UNITS = """INSERT INTO units (code, name, kind, valid_from)
    VALUES ('OURS', 'x', 'other', '2020-01-01'), ('THEIRS', 'x', 'other', '2020-01-01')"""
TABLE = """INSERT INTO jurisdictions (matter_code, township_code, unit_code, part, valid_from)
    VALUES ('S02', :township, 'OURS', 'responsible', '2020-01-01')"""


@pytest.fixture
def filed(connection: Connection, cast: Cast, noon: datetime):
    """A case that waits for a squad, since some minutes."""
    connection.execute(MATTER)

    def made(lon: float = 119.905, lat: float = 29.706, minutes: int = 20) -> str:
        return str(cast.report(lon, lat, noon - timedelta(minutes=minutes), "filed"))

    return made


@pytest.fixture
def shared_out(connection: Connection, cast: Cast) -> None:
    """The squad of the east alone is competent, in the west."""
    connection.execute(MATTER)
    connection.execute(text(UNITS))
    connection.execute(text(TABLE), {"township": WEST})
    units = "UPDATE squads SET unit_code = CASE code WHEN 'S1' THEN 'THEIRS' ELSE 'OURS' END"
    connection.execute(text(units))


@pytest.fixture
def western(app) -> None:
    """Whoever is there sends squads in the west alone."""
    grant = Grant(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST), NOON.date())
    app.dependency_overrides[deps.actor] = lambda: actor_of("west", [grant], NOON.date())
