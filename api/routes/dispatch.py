"""Joint assignment: squads for all cases that wait, as a proposal to take or to change."""

from typing import Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import Field

from api import dispatching, errors
from api.answers import Accepted, Problem, Strict, accepted
from api.case_shown import Priority
from api.deps import Around, Code, Transaction
from api.dispatching import Chosen
from layers.access import Verb, may
from layers.errors import Refused
from layers.queue.actions import put

router = APIRouter(prefix="/api/dispatch", tags=["dispatch"])
MOST_PAIRS = 1000


class Costs(Strict):
    """`late_s`: weighted seconds late of all cases, those left waiting too (their weight: three
    times as much for each priority, and more the longer they wait); `travel_s`: of those sent."""

    late_s: float
    travel_s: float


class Pair(Strict):
    """`due_in_s`: in how many seconds somebody should be there, negative when that is past.
    `on_foot`: the squad walks. `reasons`: what speaks against it, as in the ranking of one case.
    `stale`: what keeps the pair from being taken now."""

    incident: UUID
    case_no: str | None
    version: int
    priority: Priority
    squad: str
    name: str
    seconds: int
    due_in_s: int
    on_foot: bool = False
    reasons: tuple[Literal["resting", "in_hand"], ...] = ()
    stale: Literal["not_waiting", "changed", "not_free"] | None


class Left(Strict):
    """A case that no squad is proposed for, and why."""

    incident: UUID
    case_no: str | None
    version: int
    priority: Priority
    why: Literal["no_candidates", "none_competent", "none_on_duty", "none_free", "unreachable"]


class Proposal(Costs):
    """What was least late for all together. `one_by_one`: what it would cost to send the nearest to
    one case after the other. `new`: cases that wait since it was made. `stale`: something of it
    changed, so that it should be made anew. `no_table`: the bureau does not say who is competent,
    so every squad is."""

    job: UUID
    method: str
    no_table: bool
    cases: int
    crews: int
    one_by_one: Costs
    pairs: list[Pair]
    left: list[Left]
    new: int
    stale: bool


class Wish(Strict):
    """Nothing is to be said: all cases and squads in sight are looked at."""


class PairChosen(Strict):
    """`version` is the case that was on the screen; without it, the one that the proposal saw."""

    incident: UUID
    squad: Code
    version: int | None = Field(None, ge=0, le=2**31 - 1)


class Taking(Strict):
    """Without `pairs` all of the proposal's; with them these alone, be they the proposal's or
    others."""

    job: UUID
    pairs: list[PairChosen] | None = Field(None, max_length=MOST_PAIRS)

    @property
    def chosen(self) -> list[Chosen] | None:
        if self.pairs is None:
            return None
        return [Chosen(pair.incident, pair.squad, pair.version) for pair in self.pairs]


class Outcome(Strict):
    """`problem`: why the squad was not sent."""

    incident: UUID
    squad: str
    sent: bool
    problem: Problem | None


class Taken(Strict):
    items: list[Outcome]


@router.post("/solve", status_code=202)
def solve(
    connection: Transaction, around: Around, answer: Response, _wish: Wish | None = None
) -> Accepted:
    """Ask for a proposal; it is the job's result, and at /api/dispatch/proposals/{job}."""
    may(around.actor, Verb.DISPATCH, ())
    job = put(connection, dispatching.JOB, {}, actor=around.actor, at=around.at)
    return accepted(answer, job)


@router.get("/proposals/{job_id}")
def proposal(job_id: UUID, connection: Transaction, around: Around) -> Proposal:
    """One's own proposal, and whether it still holds."""
    return Proposal(**dispatching.proposal(connection, job_id, around))


@router.post("/commit")
def commit(given: Taking, request: Request, connection: Transaction, around: Around) -> Taken:
    """Send the squads. Each pair is judged anew: what cannot be sent is told, the others go."""
    outcomes = dispatching.commit(connection, given.job, given.chosen, around)
    return Taken(items=[
        Outcome(incident=pair.incident, squad=pair.squad, sent=refusal is None,
                problem=None if refusal is None else _problem(request, refusal))
        for pair, refusal in outcomes
    ])  # fmt: skip


def _problem(request: Request, refusal: Refused) -> Problem:
    return Problem(**orjson.loads(errors.of_item(request, refusal).body))
