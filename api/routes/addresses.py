"""Where an address lies, by the road or the place that it names."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from api.answers import Strict
from api.deps import LINE, Code, CurrentActor, Today, Transaction
from layers.grids import queries as grids
from layers.roads import queries

router = APIRouter(prefix="/api/addresses", tags=["map"])
Text = Annotated[
    str, StringConstraints(min_length=2, max_length=500, pattern=LINE, strip_whitespace=True)
]


class AddressShown(Strict):
    """A point of what the address names; a road is told once for each township it goes through,
    with the `metres` that it may go on from there."""

    name: str
    kind: str | None
    township: str | None
    lon: float
    lat: float
    metres: float | None


class Addresses(Strict):
    items: list[AddressShown]


class AddressAsked(Strict):
    text: Text = Field(examples=["柳河路 10 号"])
    grid: Code | None = Field(None, description="Only what lies in this grid, by a point there")
    limit: int = Field(10, ge=1, le=100)


@router.post("")
def addresses(
    connection: Transaction, actor: CurrentActor, today: Today, asked: AddressAsked
) -> Addresses:
    """What lies in a township that the text names too comes first, then the longest name. Sent as
    a body, so that where somebody lives stands in no address and no log of a proxy."""
    grid = asked.grid and grids.version(connection, actor, asked.grid, today)
    rows = queries.named_in(connection, actor, asked.text, limit=asked.limit, grid=grid or None)
    return Addresses(items=[AddressShown(**row) for row in rows])
