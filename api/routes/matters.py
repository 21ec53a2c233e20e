"""The kinds of things that are reported."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.answers import Page, Strict, by_code, following
from api.deps import Asked, CurrentActor, Transaction
from layers.matters import queries

router = APIRouter(prefix="/api/matters", tags=["matters"])


class MatterShown(Strict):
    code: str
    name_zh: str
    name_en: str


@router.get("")
def matters(
    connection: Transaction, _actor: CurrentActor, asked: Annotated[Asked, Query()]
) -> Page[MatterShown]:
    rows = queries.listed(connection, asked.page)
    items = [MatterShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_code))
