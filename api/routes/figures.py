"""Figures of a period with their formulas, and exactly the cases that each of them counts."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import figures
from api.answers import Page, Strict, following
from api.deps import (
    Asked,
    Code,
    CurrentActor,
    CurrentLanguage,
    CurrentSettings,
    Day,
    Today,
    Transaction,
)
from layers.errors import Invalid
from layers.figures import queries, rules
from layers.figures.queries import Part
from layers.figures.rules import By, Group, Period
from layers.files import as_csv
from maps.theme import Language

router = APIRouter(prefix="/api/figures", tags=["figures"])


class FiguresAsked(BaseModel):
    """Days in the bureau's zone, `until` itself left out; without both this week so far."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = Field(None, examples=["2026-11-16"])
    until: Day | None = Field(None, examples=["2026-11-23"])
    by: By | None = Field(None, description="A row for each of these; else one for all")
    lang: Language | None = None


class CasesAsked(Asked):
    since: Day | None = Field(None, examples=["2026-11-16"])
    until: Day | None = Field(None, examples=["2026-11-23"])
    part: Code = Field(rules.DENOMINATOR, examples=["numerator"])
    by: By | None = None
    key: Code | None = Field(None, description="Of the group `by`; without it what is in none")


class CellShown(Strict):
    """`value`: the share, or the median of the minutes, or how many; null where there is no case.
    `parts` are the sizes of the lists at `/api/figures/{code}/cases?part=`."""

    code: str
    value: float | None
    p90: float | None
    parts: dict[str, int]


class GroupShown(Strict):
    """`key` null: what lies in no such group."""

    key: str | None
    name: str
    cells: list[CellShown]


class FormulaShown(Strict):
    code: str
    version: int
    kind: Literal["count", "share", "minutes"]
    name: str
    formula: str
    parts: dict[str, str]


class FiguresShown(Strict):
    since: date
    until: date
    by: By | None
    formulas: list[FormulaShown]
    items: list[GroupShown]


class FindingShown(Strict):
    """`code` names an entry `leader.told.<code>` of the catalogue, `text` is that in words."""

    code: str
    values: dict[str, object]
    text: str


class PeriodShown(Strict):
    since: date
    until: date


class ReportShown(PeriodShown):
    """`so_far`: the period is not over. It ends with today, and stands beside as many days of the
    one before."""

    so_far: bool
    before: PeriodShown
    findings: list[FindingShown]
    formulas: list[FormulaShown]
    now: GroupShown
    then: GroupShown
    townships: list[GroupShown]
    squads: list[GroupShown]


class CaseCounted(Strict):
    """A case as it stood when the period ended. Minutes to arrive from the order and the report."""

    id: UUID
    case_no: str | None
    matter: str
    matter_zh: str
    matter_en: str
    state: str
    township: str | None
    grid: str | None
    squad: str | None
    reported_at: datetime
    due_at: datetime | None
    arrived_at: datetime | None
    finished_at: datetime | None
    closed_at: datetime | None
    from_order: float | None
    from_report: float | None


def during(asked: FiguresAsked | CasesAsked, today: date, settings: CurrentSettings) -> Period:
    if asked.since is None and asked.until is None:
        return rules.compared(figures.period_of(None, None, today, settings.zone), today)[0]
    if asked.since is None or asked.until is None:
        raise Invalid("since_and_until")
    return Period(asked.since, asked.until, settings.zone)


def tables(
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    today: Today,
    asked: Annotated[FiguresAsked, Query()],
) -> tuple[Period, By | None, Sequence[Group]]:
    period = during(asked, today, settings)
    return period, asked.by, queries.tables(connection, actor, period, asked.by)


Tables = Annotated[tuple[Period, By | None, Sequence[Group]], Depends(tables)]


@router.get("")
def shown(found: Tables, actor: CurrentActor, language: CurrentLanguage) -> FiguresShown:
    """All figures, with the version of each formula."""
    period, by, groups = found
    return FiguresShown(
        since=period.first, until=period.after, by=by, formulas=_formulas(actor, language),
        items=_groups(groups, by, language),
    )  # fmt: skip


@router.get(".csv", response_class=Response)
def as_table(found: Tables, language: CurrentLanguage) -> Response:
    """The same as a table."""
    period, by, groups = found
    name = f"figures-{period.first}-{period.after}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    written = as_csv(figures.frame(groups, by, language))
    return Response(written, media_type="text/csv", headers=headers)


class ReportAsked(BaseModel):
    """A week or a month; without both this week so far."""

    model_config = ConfigDict(extra="forbid")

    week: str | None = Field(None, max_length=10, examples=["2026-W47"])
    month: str | None = Field(None, max_length=10, examples=["2026-11"])
    lang: Language | None = None


@router.get("/report")
def report(
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    today: Today,
    language: CurrentLanguage,
    asked: Annotated[ReportAsked, Query()],
) -> ReportShown:
    """A week or a month beside the one before, by township and by squad, and what it tells."""
    period = figures.period_of(asked.week, asked.month, today, settings.zone)
    found = figures.report(connection, actor, period, today)
    return ReportShown(
        since=found.period.first, until=found.period.after, so_far=found.so_far,
        before=PeriodShown(since=found.before.first, until=found.before.after),
        findings=[FindingShown(code=one.code, values=dict(one.values), text=text)
                  for one, text in zip(found.findings, found.told(language), strict=True)],
        formulas=_formulas(actor, language),
        now=_groups([found.now], None, language)[0],
        then=_groups([found.then], None, language)[0],
        townships=_groups(found.townships, By.TOWNSHIP, language),
        squads=_groups(found.squads, By.SQUAD, language),
    )  # fmt: skip


@router.get("/{figure}/cases")
def cases(
    figure: Code,
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    today: Today,
    asked: Annotated[CasesAsked, Query()],
) -> Page[CaseCounted]:
    """Exactly the cases of one part of a figure, the newest report first."""
    if asked.key is not None and asked.by is None:
        raise Invalid("bad_filter", filter="key")
    part = Part(rules.figure(figure), asked.part, asked.by, asked.key)
    period = during(asked, today, settings)
    rows = queries.cases(connection, actor, part, period, after=asked.after, limit=asked.limit)
    items = [CaseCounted(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, queries.key))


def _formulas(actor: CurrentActor, language: Language) -> list[FormulaShown]:
    return [
        FormulaShown(**figures.formula(figure, language), kind=figure.kind)
        for figure in queries.figures(actor)
    ]


def _groups(groups: Iterable[Group], by: By | None, language: Language) -> list[GroupShown]:
    return [
        GroupShown(
            key=group.key,
            name=figures.name_of(group, language, by),
            cells=[
                CellShown(code=code, value=cell.value, p90=cell.p90, parts=dict(cell.parts))
                for code, cell in group.cells.items()
            ],
        )
        for group in groups
    ]
