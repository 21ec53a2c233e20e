"""What there is, in a few numbers: for the start page and for whoever watches over it."""

from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter

from api.answers import Strict
from api.deps import CurrentActor, CurrentLanguage, CurrentSettings, Now, Today, Transaction
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import queries as incidents
from layers.plans import queries as plans
from layers.plans import rules
from layers.squads import queries as squads

router = APIRouter(prefix="/api/overview", tags=["overview"])


class RunSummary(Strict):
    id: int
    as_of: date
    weeks: int
    hot: int
    cold: int


class WeekShown(Strict):
    """The approved plan of a week, else its newest draft; nulls before there is one."""

    week: str
    monday: date
    plan: int | None = None
    state: Literal["draft", "approved"] | None = None
    visits: int | None = None


class Overview(Strict):
    """`run` is the newest study. Weeks are those of the bureau's time zone."""

    bureau: str
    demo: bool
    today: date
    townships: int
    grids: int
    squads: int
    squads_on_duty: int
    incidents: int
    newest_incident_at: datetime | None
    run: RunSummary | None
    this_week: WeekShown
    next_week: WeekShown


@router.get("")
def overview(
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    language: CurrentLanguage,
    today: Today,
    now: Now,
) -> Overview:
    townships, held = grids.counted(connection, actor, today)
    total, on_duty = squads.counted(connection, actor, now)
    this_week = rules.week_of(today)
    return Overview(
        bureau=settings.name(language),
        demo=settings.demo,
        today=today,
        townships=townships,
        grids=held,
        squads=total,
        squads_on_duty=on_duty,
        incidents=incidents.counted(connection, actor),
        newest_incident_at=incidents.newest_at(connection, actor),
        run=_run(connection, actor),
        this_week=_week(connection, actor, this_week),
        next_week=_week(connection, actor, rules.week_after(today)),
    )


def _run(connection: Transaction, actor: CurrentActor) -> RunSummary | None:
    for row in hotspots.runs(connection, actor, limit=1):
        found = row["found"]
        return RunSummary(
            id=row["id"], as_of=row["as_of"], weeks=row["weeks"],
            hot=found["hot"], cold=found["cold"],
        )  # fmt: skip
    return None


def _week(connection: Transaction, actor: CurrentActor, week: str) -> WeekShown:
    shown = WeekShown(week=week, monday=rules.monday(week))
    listed = plans.listed(connection, actor, week=week)
    found = [row for row in listed if row["state"] != "replaced"]
    for row in sorted(found, key=lambda row: row["state"] != "approved")[:1]:
        shown.plan, shown.state, shown.visits = row["id"], row["state"], row["visits"]
    return shown
