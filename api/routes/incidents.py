"""Cases: listed, looked at, and taken through their loop step by step."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api import cases
from api.answers import Page, Strict, following
from api.case_shown import CaseShown, IncidentShown, case, listed
from api.cases import StepGiven
from api.circumstances import Circumstances
from api.deps import Around, AskedWithin, Code, Moment, Transaction
from layers.incidents import queries
from layers.incidents.actions import releasing
from layers.incidents.queries import Order, Wanted

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


class IncidentsAsked(AskedWithin):
    """Conditions that must all hold; times carry their zone, `until` itself is left out."""

    case_no: Code | None = Field(None, description="The one case of this number")
    numbered: bool | None = Field(
        None, description="Whether it has a number: what a file brought has none at first"
    )
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
    overdue: bool = Field(False, description="Only what is past its deadline or promise")
    due_within: int | None = Field(
        None, ge=0, le=525_600, description="Only what falls due within so many minutes from now"
    )
    due_soon: bool = Field(
        False, description="Only what is near its deadline or promise: the last day of days, the"
                           " last third of hours and minutes, an hour at most"
    )  # fmt: skip
    extension_asked: bool = Field(False, description="Only where more time was asked for")
    nobody_competent: bool = Field(
        False, description="Only what waits for a squad, and no squad is competent for it"
    )
    unacknowledged: bool = Field(
        False, description="Only what a squad should have accepted by now, and has not"
    )
    open: bool = Field(False, description="Only what has not ended")
    flood: bool = Field(
        False, description="Only what waits to be filed, and is one of many that residents sent"
                           " from its grid within a short time"
    )  # fmt: skip
    order: Order = Field(
        Order.OCCURRED,
        description="The newest or the oldest first, the next deadline or promise (what has none"
        " is last), or by when somebody was promised to be there",
    )

    def wanted(self, around: Circumstances) -> Wanted:
        actor, at = around.actor.name, around.at
        within, accepted = self.due_within, at - around.settings.acknowledge_in
        return Wanted(
            case_no=self.case_no, numbered=self.numbered, extension_asked=self.extension_asked,
            bbox=self.bounds, grid=self.grid, township=self.township, matter=self.matter,
            source=self.source, state=self.state, since=self.since, until=self.until,
            squad=self.squad, reported_by=actor if self.mine else None,
            squads=around.actor.squads if self.orders else None,
            overdue_at=at if self.overdue else None,
            due_between=None if within is None else (at, at + timedelta(minutes=within)),
            unacknowledged_since=accepted if self.unacknowledged else None,
            still_open=self.open, flood=around.settings.flooding if self.flood else None,
        )  # fmt: skip


@router.get("")
def incidents(
    connection: Transaction, around: Around, asked: Annotated[IncidentsAsked, Query()]
) -> Page[IncidentShown]:
    """The newest first, the oldest, or what falls due next."""
    rows = queries.listed(
        connection, around.actor, _wanted(connection, asked, around),
        after=asked.after, limit=asked.limit, order=asked.order,
    )  # fmt: skip
    key = partial(queries.key, order=asked.order)
    items = listed(connection, rows, around)
    return Page(items=items, next=following(rows, asked.limit, key))


def _wanted(connection: Transaction, asked: IncidentsAsked, around: Circumstances) -> Wanted:
    wanted = asked.wanted(around)
    if asked.due_soon:
        near = queries.nearing(connection, around.at)
        wanted = replace(wanted, due_soon=(around.at, near))
    if not asked.nobody_competent:
        return wanted
    return replace(wanted, about=queries.uncovered(connection, around.actor, around.today))


class Count(Strict):
    count: int


@router.get("/count")
def count(
    connection: Transaction, around: Around, asked: Annotated[IncidentsAsked, Query()]
) -> Count:
    """How many the list has in all."""
    return Count(count=queries.many(connection, around.actor, _wanted(connection, asked, around)))


class Release(Strict):
    """`texts`: whether everybody may read the address and the description."""

    texts: bool


@router.post("/{incident_id}/release")
def release(
    incident_id: UUID, given: Release, connection: Transaction, around: Around
) -> CaseShown:
    """Let everybody read a case's own words, or no longer, if its matter is public."""
    releasing.release(connection, incident_id, texts=given.texts, actor=around.actor, at=around.at)
    return case(connection, incident_id, around)


@router.get("/{incident_id}")
def incident(incident_id: UUID, connection: Transaction, around: Around) -> CaseShown:
    return case(connection, incident_id, around)


@router.post("/{incident_id}/steps/{verb}")
def step(
    incident_id: UUID, verb: Code, given: StepGiven, connection: Transaction, around: Around
) -> CaseShown:
    """Take a case a step further; the same event again is answered the same."""
    cases.take_step(connection, incident_id, verb, given, around)
    return case(connection, incident_id, around)
