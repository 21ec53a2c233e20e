"""Holidays and the days worked in their place: what deadlines are counted by."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.answers import Page, Strict
from api.deps import CurrentActor, CurrentSettings, Today, Transaction
from layers.clock import DayKind, published
from layers.clock.calendars import FIRST, LAST
from layers.holidays import queries
from maps.theme import Language

router = APIRouter(prefix="/api/holidays", tags=["holidays"])


class HolidayShown(Strict):
    """`own` is the bureau's, in place of what came with the product."""

    date: date
    kind: DayKind
    name_zh: str
    name_en: str
    notice: str | None
    own: bool


class YearShown(Page[HolidayShown]):
    """While a year is not `published`, deadlines in it are provisional: only its weekends are
    known. `hours` are those of a day that is worked."""

    year: int
    published: bool
    hours: str


class YearAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    year: int | None = Field(None, ge=FIRST.year, lt=LAST.year, description="This year unless said")
    lang: Language | None = Field(None, description="Language of titles and refusals")


@router.get("")
def holidays(
    connection: Transaction,
    _actor: CurrentActor,
    today: Today,
    settings: CurrentSettings,
    asked: Annotated[YearAsked, Query()],
) -> YearShown:
    days = queries.days(connection)
    year = asked.year or today.year
    return YearShown(
        items=[
            HolidayShown(**vars(day), own=own) for day, own in days.items() if day.date.year == year
        ],
        next=None,
        year=year,
        published=year in published(days),
        hours=settings.hours,
    )
