"""Cases: reported, listed, looked at, and taken through their loop step by step."""

from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api import batches, cases, errors, turns
from api.answers import Page, Strict, following
from api.batches import Batch, BatchJudged
from api.cases import CaseShown, IncidentShown, ReportGiven, StepGiven
from api.circumstances import Circumstances
from api.deps import (
    AskedWithin,
    Code,
    CurrentActor,
    CurrentOpening,
    CurrentSettings,
    Moment,
    Now,
    Transaction,
)
from layers.files import silent
from layers.incidents import queries
from layers.incidents.actions import releasing
from layers.incidents.queries import Order, Wanted

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
MOST_AT_ONCE = 100


async def around(actor: CurrentActor, now: Now, settings: CurrentSettings) -> Circumstances:
    return Circumstances(settings, actor, now, silent)


Around = Annotated[Circumstances, Depends(around)]
Sent = Annotated[object, Depends(turns.json)]


class IncidentsAsked(AskedWithin):
    """Conditions that must all hold; times carry their zone, `until` itself is left out."""

    case_no: Code | None = Field(None, description="The one case of this number")
    grid: Code | None = None
    township: Code | None = None
    matter: Code | None = None
    source: Code | None = None
    state: Code | None = None
    since: Moment | None = Field(None, examples=["2026-11-01T00:00:00+08:00"])
    until: Moment | None = None
    squad: Code | None = Field(None, description="Who has it in hand")
    mine: bool = Field(False, description="Only what I reported")
    orders: bool = Field(False, description="Only what my squads have in hand")
    overdue: bool = Field(False, description="Only what is past its deadline")
    due_within: int | None = Field(
        None, ge=0, le=525_600, description="Only what falls due within so many minutes from now"
    )
    extension_asked: bool = Field(False, description="Only where more time was asked for")
    unacknowledged: bool = Field(
        False, description="Only what a squad should have accepted by now, and has not"
    )
    order: Order = Field(
        Order.OCCURRED, description="The newest first, or the next deadline; what has none is last"
    )

    def wanted(self, around: Circumstances) -> Wanted:
        actor, at = around.actor.name, around.at
        within, accepted = self.due_within, at - around.settings.acknowledge_in
        return Wanted(
            case_no=self.case_no, extension_asked=self.extension_asked,
            bbox=self.bounds, grid=self.grid, township=self.township, matter=self.matter,
            source=self.source, state=self.state, since=self.since, until=self.until,
            squad=self.squad, reported_by=actor if self.mine else None,
            squads=around.actor.squads if self.orders else None,
            overdue_at=at if self.overdue else None,
            due_between=None if within is None else (at, at + timedelta(minutes=within)),
            unacknowledged_since=accepted if self.unacknowledged else None,
        )  # fmt: skip


@router.get("")
def incidents(
    connection: Transaction, around: Around, asked: Annotated[IncidentsAsked, Query()]
) -> Page[IncidentShown]:
    """The newest first, or what falls due next."""
    rows = queries.listed(
        connection, around.actor, asked.wanted(around),
        after=asked.after, limit=asked.limit, order=asked.order,
    )  # fmt: skip
    items = [IncidentShown(**cases.shown(row, around)) for row in rows]
    key = partial(queries.key, order=asked.order)
    return Page(items=items, next=following(rows, asked.limit, key))


@router.post("", status_code=201, responses={200: {"model": CaseShown}})
def report(
    given: ReportGiven, sent: Sent, opening: CurrentOpening, around: Around, answer: Response
) -> CaseShown:
    """Bring a case in: 201, or 200 where the same one is there already."""
    with opening() as connection:  # one turn of a thread instead of three: phones wait for it
        taken = cases.take_in(connection, given, sent, around)
    if not taken.new:
        answer.status_code = 200
    return taken.case


@router.post("/batch")
def batch(given: Batch, request: Request, connection: Transaction, around: Around) -> BatchJudged:
    """Reports and steps that waited for a signal, in their order; each is judged alone."""
    problem = partial(errors.of_item, request)
    return BatchJudged(items=list(batches.judged(connection, given.items, around, problem)))


class Release(Strict):
    """`texts`: whether everybody may read the address and the description."""

    texts: bool


@router.post("/{incident_id}/release")
def release(
    incident_id: UUID, given: Release, connection: Transaction, around: Around
) -> CaseShown:
    """Let everybody read a case's own words, or no longer, if its matter is public."""
    releasing.release(connection, incident_id, texts=given.texts, actor=around.actor, at=around.at)
    return cases.case(connection, incident_id, around)


@router.get("/{incident_id}")
def incident(incident_id: UUID, connection: Transaction, around: Around) -> CaseShown:
    return cases.case(connection, incident_id, around)


@router.post("/{incident_id}/steps/{verb}")
def step(
    incident_id: UUID, verb: Code, given: StepGiven, connection: Transaction, around: Around
) -> CaseShown:
    """Take a case a step further; the same event again is answered the same."""
    cases.take_step(connection, incident_id, verb, given, around)
    return cases.case(connection, incident_id, around)
