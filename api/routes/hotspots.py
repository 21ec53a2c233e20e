"""Hotspot studies: asking for one, reading what it found."""

from datetime import date, datetime
from typing import Annotated, Literal

import orjson
import pyarrow as pa
import shapely
from fastapi import APIRouter, Query, Response
from geopandas import GeoDataFrame
from pydantic import Field

from api.answers import Accepted, Page, Shape, Strict, accepted, by_id, encoded, following
from api.deps import AskedByNumber, CurrentActor, Day, Now, Number, Transaction
from layers.access import Verb, may
from layers.hotspots import queries
from layers.queue.actions import put

router = APIRouter(prefix="/api/hotspots", tags=["hotspots"])
ARROW = "application/vnd.apache.arrow.stream"
PROPERTIES = (
    "count", "value", "z", "p", "class", "township_z", "township_class", "neighbours",
    "insufficient", "share", "township",
)  # fmt: skip


class StudyWanted(Strict):
    """`as_of` is the first day that no longer counts: today, unless said."""

    as_of: Day | None = None
    weeks: int = Field(12, ge=1, le=520)
    resolution: int = Field(9, ge=5, le=11)


class RunShown(Strict):
    """`found` holds the totals and the suspected default locations, as far as the cells of one's
    own townships tell them."""

    id: int
    as_of: date
    weeks: int
    resolution: int
    parameters: dict[str, object]
    version: str
    found: dict[str, object]
    made_at: datetime
    made_by: str


class CellProperties(Strict):
    """`class` runs from -3 (cold) to 3 (hot); `p` is adjusted for false discoveries."""

    count: int
    value: float
    z: float
    p: float
    class_: int = Field(alias="class")
    township_z: float
    township_class: int
    neighbours: int
    insufficient: bool
    share: float
    township: str | None


class CellFeature(Strict):
    type: Literal["Feature"]
    id: str
    geometry: Shape
    properties: CellProperties


class StudyShown(Strict):
    """A GeoJSON feature collection with its run beside it."""

    type: Literal["FeatureCollection"]
    run: RunShown
    features: list[CellFeature]


class CellsAsked(Strict):
    format: Literal["geojson", "arrow"] = "geojson"


@router.get("")
def runs(
    connection: Transaction, actor: CurrentActor, asked: Annotated[AskedByNumber, Query()]
) -> Page[RunShown]:
    """The newest first."""
    rows = queries.runs(connection, actor, before=asked.before, limit=asked.limit)
    items = [RunShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_id))


@router.post("", status_code=202)
def study(
    wanted: StudyWanted, connection: Transaction, actor: CurrentActor, now: Now, answer: Response
) -> Accepted:
    """Ask for a study; the job's result names its run."""
    may(actor, Verb.STUDY)
    arguments = wanted.model_dump(mode="json", exclude_none=True)
    return accepted(answer, put(connection, "hotspots", arguments, actor=actor, at=now))


@router.get(
    "/{run_id}",
    response_model=StudyShown,
    responses={200: {"content": {ARROW: {"schema": {"type": "string", "format": "binary"}}}}},
)
def cells(
    run_id: Number,
    connection: Transaction,
    actor: CurrentActor,
    asked: Annotated[CellsAsked, Query()],
) -> Response:
    """The cells of a study. Arrow carries cell numbers (H3) instead of shapes."""
    run = RunShown(**queries.run(connection, actor, run_id))
    found = queries.cells(connection, actor, run_id)
    if asked.format == "arrow":
        return Response(_arrow(found), media_type=ARROW)
    return encoded(
        {"type": "FeatureCollection", "run": run.model_dump(), "features": _features(found)}
    )


def _arrow(found: GeoDataFrame) -> bytes:
    table = pa.Table.from_pandas(found[["cell", *PROPERTIES]], preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _features(found: GeoDataFrame) -> list[dict[str, object]]:
    rounded = shapely.set_precision(found.geometry.to_numpy(), 1e-7, mode="pointwise")
    shapes = shapely.to_geojson(rounded)
    rows = found[list(PROPERTIES)].to_dict("records")
    return [
        {
            "type": "Feature",
            "id": f"{cell:x}",
            "geometry": orjson.Fragment(shape),
            "properties": row,
        }
        for cell, shape, row in zip(found["cell"].tolist(), shapes, rows, strict=True)
    ]
