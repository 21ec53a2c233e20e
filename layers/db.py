"""The database: one metadata, one way to open a transaction, one way to pour rows in."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv
import shapely
from geoalchemy2 import Geometry, WKBElement
from numpy.typing import NDArray
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import (
    Computed,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Select,
    Text,
    Uuid,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from typing_extensions import Buffer

from layers import packing
from layers.errors import Invalid

SRID = 4326
MERCATOR = 3857
POOL = 10
"""Connections a process may hold at once."""
Json = dict[str, object] | list[object]

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


@dataclass(frozen=True)
class Page:
    """A keyset page: at most `limit` rows behind the key `after`."""

    after: str = ""
    limit: int = 100


def moment_key(at: datetime, identity: UUID) -> str:
    """The key of a row where time orders the list: there the next page begins."""
    return f"{at.isoformat()}|{identity}"


def moment_of(key: str) -> tuple[datetime, UUID]:
    """The time and id that such a key holds."""
    time, _, identity = key.partition("|")
    try:
        return datetime.fromisoformat(time), UUID(identity)
    except ValueError as wrong:
        raise Invalid("bad_page_key", after=key) from wrong


def point() -> Geometry:
    """A column of points, longitude and latitude on WGS 84."""
    return Geometry("POINT", srid=SRID, spatial_index=False)


def multilinestring() -> Geometry:
    """A column of lines, longitude and latitude on WGS 84."""
    return Geometry("MULTILINESTRING", srid=SRID, spatial_index=False)


def multipolygon() -> Geometry:
    """A column of areas, longitude and latitude on WGS 84."""
    return Geometry("MULTIPOLYGON", srid=SRID, spatial_index=False)


def mercator() -> MappedColumn[WKBElement]:
    """The areas of the column `shape` once more, as vector tiles are cut from them."""
    kept = Geometry("MULTIPOLYGON", srid=MERCATOR, spatial_index=False)
    return mapped_column(kept, Computed(f"ST_Transform(shape, {MERCATOR})", persisted=True))


def connect(url: str, *, pool: int = POOL, name: str = "gridpatrol") -> Engine:
    """An engine whose connections are tested before use, so that a restarted database is met.

    The server knows the connections by the name. No error of theirs quotes a value.
    """
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        json_serializer=as_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "application_name": name},
    )


def quiet_for(connection: Connection, name: str) -> float | None:
    """Seconds since a program of this name last spoke to this database; None if none is there."""
    spoke = text("""SELECT extract(epoch FROM clock_timestamp() - max(state_change))
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = :name""")
    seconds = connection.execute(spoke, {"name": name}).scalar_one()
    return None if seconds is None else float(seconds)


def counted(connection: Connection, table: str) -> int:
    """The rows of a table of ours; none where it is not there yet."""
    there = text("SELECT to_regclass(:table) IS NOT NULL")
    if not connection.execute(there, {"table": table}).scalar_one():
        return 0
    rows: int = connection.execute(select(func.count()).select_from(sql_table(table))).scalar_one()
    return rows


def once(due: Select[*tuple[object, ...]]) -> Select[*tuple[object, ...]]:
    """A bounded question for an `IN`, asked once: by itself PostgreSQL may ask it again for each
    row, passes over what this statement has changed by then, and so changes more than the bound."""
    return select(due.cte().prefix_with("MATERIALIZED"))


def patience(seconds: float) -> dict[str, str]:
    """The setting of a transaction in which no statement may run for longer."""
    return {"statement_timeout": f"{seconds * 1000:.0f}"}


NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The escape of a NUL, as against an escaped backslash before the same letters."""


def as_json(value: object) -> str:
    """JSON as PostgreSQL keeps it: JSONB takes no NUL, and one from a file must not stop us."""
    written = orjson.dumps(value, default=str).decode()
    return NUL.sub(r"\1", written) if "\\u0000" in written else written


def hex_ewkb(shapes: Sequence[shapely.Geometry] | NDArray[np.object_]) -> list[str]:
    """Geometries as the text that PostGIS takes in a COPY."""
    marked = shapely.set_srid(np.asarray(shapes, dtype=object), SRID)
    return list(shapely.to_wkb(marked, hex=True, include_srid=True))


def pour(connection: Connection, table: str, rows: pd.DataFrame) -> None:
    """Put a frame into a table, columns by name; missing values become NULL.

    By way of a temporary table: PostgreSQL refuses COPY into one with row policies.
    """
    names = ", ".join(rows.columns)
    stage(connection, table, rows, name="poured")
    connection.execute(text(f"INSERT INTO {table} ({names}) SELECT {names} FROM poured"))
    connection.execute(text("DROP TABLE poured"))


def stage(
    connection: Connection, table: str, rows: pd.DataFrame, *, name: str = "incoming"
) -> None:
    """Put a frame into a temporary table with the columns of another, unconstrained.

    It is gone at the end of the transaction.
    """
    _make_room(connection, table, name, rows.columns)
    copy_in(connection, name, rows)
    connection.execute(text(f"ANALYZE {name}"))


def _make_room(connection: Connection, table: str, name: str, columns: Iterable[str]) -> None:
    names = ", ".join(columns)
    empty = f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0"
    for statement in (f"DROP TABLE IF EXISTS {name}", empty):
        connection.execute(text(statement))


def copy_in(connection: Connection, table: str, rows: pd.DataFrame) -> None:
    """COPY a frame into a temporary table, columns by name; missing values become NULL.

    Arrow writes the CSV in compiled code: a tenth of the time of row-by-row COPY from Python.
    """
    written = pa.Table.from_pandas(rows, preserve_index=False)
    into = f"COPY {table} ({', '.join(rows.columns)}) FROM STDIN (FORMAT csv)"
    with _driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        pyarrow.csv.write_csv(written, _Sink(copy), CSV)


def stage_in_turn(
    connection: Connection, table: str, columns: Sequence[str], frames: Iterable[pd.DataFrame]
) -> None:
    """As `stage`, for bulk and without statistics: the server takes in one frame while the next is
    made.

    It goes as binary: what is a UUID or a geometry there is `octets` here.
    """
    _make_room(connection, table, "incoming", columns)
    kinds = connection.execute(text(KINDS)).scalars().all()
    with _driver(connection).cursor() as cursor:
        into = f"COPY incoming ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
        with cursor.copy(into, writer=QueuedLibpqWriter(cursor)) as copy:
            copy.write(packing.HEADER)
            for frame in frames:
                rows = pa.RecordBatch.from_pandas(frame[[*columns]], preserve_index=False)
                copy.write(packing.packed(rows, kinds))
            copy.write(packing.TRAILER)


KINDS = """
    SELECT typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = CAST('incoming' AS regclass) AND attnum > 0 ORDER BY attnum
"""
POINT = np.dtype(
    [("order", "u1"), ("kind", "<u4"), ("srid", "<u4"), ("lon", "<f8"), ("lat", "<f8")]
)
LITTLE_ENDIAN, POINT_WITH_SRID = 1, 0x20000001


def ewkb_of_points(lonlat: NDArray[np.float64]) -> NDArray[np.void]:
    """Points (n, 2), longitude and latitude on WGS 84, as PostGIS takes them in bulk."""
    points = np.empty(len(lonlat), POINT)
    points["order"], points["kind"], points["srid"] = LITTLE_ENDIAN, POINT_WITH_SRID, SRID
    points["lon"], points["lat"] = lonlat.T
    return points


def octets(values: NDArray[np.generic]) -> pd.api.extensions.ExtensionArray:
    """A column of the bytes that each element consists of."""
    return pd.arrays.ArrowExtensionArray(packing.octets(values))


CSV = pyarrow.csv.WriteOptions(include_header=False, batch_size=65_536)


class _Sink(io.RawIOBase):
    """Hands what Arrow writes to the running COPY."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        chunk = bytes(data)
        self._copy.write(chunk)
        return len(chunk)


def _driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("rows are poured through psycopg only")
    return raw


def frame(connection: Connection, statement: Select[*tuple[object, ...]]) -> pd.DataFrame:
    """The rows of a statement as a frame."""
    rows = connection.execute(statement)
    return pd.DataFrame.from_records(rows.all(), columns=list(rows.keys()))


def geoframe(connection: Connection, statement: Select[*tuple[object, ...]]) -> gpd.GeoDataFrame:
    """The rows of a statement whose column `geometry` is WKB, as a frame on WGS 84."""
    found = frame(connection, statement)
    shapes = shapely.from_wkb(np.asarray(found["geometry"], dtype=object))
    return gpd.GeoDataFrame(found, geometry=shapes, crs=SRID)


UNAVAILABLE = (OperationalError, PoolExhausted)
"""What is raised while the server is away or full: it passes by itself."""
