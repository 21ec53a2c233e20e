"""The database: one metadata, one way to open a transaction, one way to pour rows in."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import numpy as np
import shapely
from geoalchemy2 import Geometry
from numpy.typing import NDArray
from sqlalchemy import Connection, DateTime, Engine, MetaData, Text, Uuid, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

SRID = 4326
Json = dict[str, object] | list[object]
Row = TypeVar("Row")

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    "uq": "%(table_name)s_%(column_0_N_name)s_uq",
    "ck": "%(table_name)s_%(constraint_name)s_ck",
    "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    "pk": "%(table_name)s_pk",
}


class Table(DeclarativeBase):
    """Schema only: work is done with Core statements, never through an ORM session."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own protocol)
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        str: Text(),
        Json: JSONB(),
    }


def point() -> Geometry:
    """A column of points, longitude and latitude on WGS 84."""
    return Geometry("POINT", srid=SRID, spatial_index=False)


def multipolygon() -> Geometry:
    """A column of areas, longitude and latitude on WGS 84."""
    return Geometry("MULTIPOLYGON", srid=SRID, spatial_index=False)


def connect(url: str, *, pool: int = 10) -> Engine:
    """An engine whose connections are tested before use, so that a restarted database is met."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "application_name": "gridpatrol"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Everything in the block is kept when it ends well, nothing when it does not."""
    with engine.begin() as connection:
        yield connection


def ewkb(shapes: Sequence[shapely.Geometry] | NDArray[np.object_]) -> list[bytes]:
    """Geometries as the bytes that PostGIS takes in a COPY."""
    marked = shapely.set_srid(np.asarray(shapes, dtype=object), SRID)
    return list(shapely.to_wkb(marked, include_srid=True))


def pour(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """COPY rows into a table: an order of magnitude faster than INSERT."""
    names = ", ".join(columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
