"""The kinds of things that are reported, with all that is said of them."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api.answers import Page, Row, Strict, by_code, following
from api.deps import Asked, Code, CurrentActor, Transaction
from layers.clock import Kind, Limit
from layers.matters import queries
from layers.matters.rules import Choice, Datatype, MatterKind, limits
from layers.units.rules import UnitKind

router = APIRouter(prefix="/api/matters", tags=["matters"])


class LimitShown(Strict):
    """In `minutes` where the clock runs by the instant, in `days` where it counts whole days. It is
    the matter's `own`, or what holds for all that have none."""

    text: str = Field(examples=["4wh"])
    clock: Kind
    minutes: int | None
    days: int | None
    own: bool


class LimitsShown(Strict):
    """From the order to the scene; from there to the result of a simple case; to the opinion on a
    complex one, and to its result."""

    arrive: LimitShown
    simple: LimitShown
    opinion: LimitShown
    complex: LimitShown


class QuestionShown(Strict):
    """Asked in this `order`; without `variable` it is told, not asked."""

    code: str
    order: int
    datatype: Datatype
    zh: str
    en: str
    required: bool = False
    variable: bool = True
    hint_zh: str | None = None
    hint_en: str | None = None
    values: tuple[Choice, ...] = ()


class MatterShown(Strict):
    """Nothing is said of matters that came along with imported cases: their `kind` is null and they
    are not `offered` for new reports. Only released cases of `public` matters are for everybody.
    Within `similar_m` metres and `similar_h` hours two cases are likely the same thing."""

    code: str
    name_zh: str
    name_en: str
    kind: MatterKind | None
    class_code: str | None
    class_zh: str | None
    class_en: str | None
    small_code: str | None
    filing_standard: str | None
    closing_standard: str | None
    limits: LimitsShown
    unit_kind: UnitKind | None
    photos_before: int
    photos_after: int
    similar_m: int
    similar_h: int
    public: bool
    offered: bool
    questions: list[QuestionShown]
    note: str | None
    priority: Literal[0, 1, 2] = Field(description="How much its cases press; 2 is urgent")


class MattersAsked(Asked):
    kind: MatterKind | None = None
    class_code: Code | None = Field(None, description="The large class")
    offered: bool | None = Field(None, description="Only those that new reports may name")

    @property
    def wanted(self) -> queries.Wanted:
        return queries.Wanted(self.kind, self.class_code, self.offered)


@router.get("")
def matters(
    connection: Transaction, _actor: CurrentActor, asked: Annotated[MattersAsked, Query()]
) -> Page[MatterShown]:
    rows = queries.listed(connection, asked.page, asked.wanted)
    return Page(items=[_shown(row) for row in rows], next=following(rows, asked.limit, by_code))


@router.get("/{code}")
def matter(code: Code, connection: Transaction, _actor: CurrentActor) -> MatterShown:
    return _shown(queries.one(connection, code))


def _shown(row: Row) -> MatterShown:
    said = {name: value for name, value in row.items() if not name.endswith("_limit")}
    own = {name.removesuffix("_limit"): value for name, value in row.items()}
    shown = {name: _limit(limit, own[name]) for name, limit in limits(own).items()}
    asked = [{**question, "order": n} for n, question in enumerate(row["questions"], start=1)]
    return MatterShown(**{**said, "limits": shown, "questions": asked})


def _limit(limit: Limit, own: str | None) -> LimitShown:
    days = limit.kind.whole_days
    return LimitShown(
        text=str(limit), clock=limit.kind, own=own is not None,
        minutes=None if days else limit.amount // timedelta(minutes=1),
        days=limit.amount.days if days else None,
    )  # fmt: skip
