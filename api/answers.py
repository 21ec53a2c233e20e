"""The shapes that many answers share."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import orjson
import structlog
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

JSON = "application/json"
log = structlog.get_logger()
Row = RowMapping
"""A row of a query; routes know no SQL."""


class Strict(BaseModel):
    """What is not named is refused: a misspelt field must not be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Shape(Strict):
    """A GeoJSON geometry, longitude and latitude on WGS 84."""

    type: str
    coordinates: list[object]


Item = TypeVar("Item")


class Page(Strict, Generic[Item]):
    """A page of a list; `next` is the `after` of the next page, null on the last one."""

    items: list[Item]
    next: str | None


class Accepted(Strict):
    """Long work was written down; follow it at /api/jobs/{job}."""

    job: UUID


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `title` is in the language that was asked for."""

    type: str
    title: str
    status: int
    code: str
    values: dict[str, object] = Field(default_factory=dict)


def following(rows: Sequence[Row], limit: int, key: Callable[[Row], str]) -> str | None:
    """The key behind which the next page begins; None when this one is not full."""
    return key(rows[-1]) if len(rows) == limit else None


def by_code(row: Row) -> str:
    return str(row["code"])


def by_id(row: Row) -> str:
    return str(row["id"])


def encoded(value: object) -> Response:
    """JSON without a second look at every value: for answers of thousands of rows."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z
    return Response(orjson.dumps(value, default=float, option=options), media_type=JSON)


def accepted(response: Response, job: UUID) -> Accepted:
    response.headers["Location"] = f"/api/jobs/{job}"
    log.info("job put", job=str(job))  # the line that ties a job to its request
    return Accepted(job=job)
