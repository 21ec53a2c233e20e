"""Who is competent: which units may handle which matters in which townships."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.answers import Page, Strict, by_id, following
from api.deps import AskedByNumber, Code, CurrentActor, Transaction
from layers.jurisdictions import queries
from layers.jurisdictions.rules import Part
from layers.matters.rules import MatterKind

router = APIRouter(prefix="/api/jurisdictions", tags=["jurisdictions"])


class JurisdictionShown(Strict):
    """A row of the table. Without `matter` it is about the class `class_code` of this `kind`, and
    without that about all matters; without `township` about all townships. `valid_from` null is
    since always, `valid_to` null until further notice."""

    id: int
    matter: str | None
    matter_zh: str | None
    matter_en: str | None
    kind: MatterKind | None
    class_code: str | None
    township: str | None
    township_name: str | None
    unit: str
    unit_name: str
    part: Part
    valid_from: date | None
    valid_to: date | None


class JurisdictionsAsked(AskedByNumber):
    unit: Code | None = Field(None, description="Only what this unit is competent for")


@router.get("")
def jurisdictions(
    connection: Transaction, _actor: CurrentActor, asked: Annotated[JurisdictionsAsked, Query()]
) -> Page[JurisdictionShown]:
    """In the order in which the rows came. For a case only the most specific rows that fit count:
    its matter before its class before all, then its township before all."""
    rows = queries.listed(connection, after=asked.before, limit=asked.limit, unit=asked.unit)
    items = [JurisdictionShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_id))
