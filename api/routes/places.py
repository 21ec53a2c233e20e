"""Named places of the base map: where an address lies, without a map."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from api.answers import Page, Strict, following
from api.deps import LINE, AskedWithin, Transaction
from layers.places import queries

router = APIRouter(prefix="/api/places", tags=["map"])
Name = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]


class PlaceShown(Strict):
    code: str | None
    name: str
    kind: str | None
    lon: float
    lat: float


class PlacesAsked(AskedWithin):
    name: Name = Field("", description="What the name has in it", examples=["桥头"])


@router.get("")
def places(connection: Transaction, asked: Annotated[PlacesAsked, Query()]) -> Page[PlaceShown]:
    """The base map is for everybody who has signed in; the shortest name comes first."""
    rows = queries.listed(
        connection, name=asked.name, bbox=asked.bounds, after=asked.after, limit=asked.limit
    )
    items = [PlaceShown(**{name: row[name] for name in PlaceShown.model_fields}) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, queries.key))
