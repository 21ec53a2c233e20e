"""A small bureau whose people carry phones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import Connection, Engine, insert, select, text

from api import cluster as clusters
from api.settings import Settings
from layers.db import SRID
from layers.matters.tables import Matter
from layers.people.tables import Person
from layers.photos.tables import Photo
from tests.conftest import app_url, town_of_its_own
from tests.web.phone import Line
from tests.web.served import serving

RUBBISH, STALL = "Exposed rubbish", "Street stall"


@contextmanager
def settled(cluster: clusters.Cluster, purpose: str) -> Iterator[Engine]:
    """The small town with two matters."""
    with town_of_its_own(cluster, purpose) as engine:
        with engine.begin() as connection:
            for code, zh, en in (("S01", "占道经营", STALL), ("S02", "暴露垃圾", RUBBISH)):
                matter = {"code": code, "name_zh": zh, "name_en": en, "kind": "event",
                          "offered": True, "photos_before": 1, "photos_after": 1}  # fmt: skip
                connection.execute(insert(Matter).values(matter))
        yield engine


@contextmanager
def at_work(own: Engine, line: Line, var: Path) -> Iterator[str]:
    """Its server behind a line; the address."""
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=var), line.before) as found:
        yield found


def id_of(connection: Connection, login: str) -> UUID | None:
    return connection.execute(select(Person.id).where(Person.login == login)).scalar_one_or_none()


def photographed(own: Engine, case: UUID, lon: float, lat: float, taken_at: datetime) -> None:
    """A photograph of a case whose camera says where and when it was taken; its file is away."""
    told = {"id": uuid4(), "incident_id": case, "kind": "before", "taken_at": taken_at,
            "place": from_shape(Point(lon, lat), SRID), "datum": "wgs84", "width": 4, "height": 3,
            "bytes": 9, "sha256": b"0", "blob": b"0", "small": b"0", "received_at": taken_at,
            "by": "test"}  # fmt: skip
    with own.begin() as connection:
        connection.execute(insert(Photo).values(told))


def all_of(own: Engine, *columns) -> list[tuple]:
    with own.begin() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def grids_of(connection: Connection) -> dict[str, int]:
    return {row.code: row.id for row in connection.execute(text("SELECT code, id FROM grids"))}
