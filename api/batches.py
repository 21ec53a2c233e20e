"""What waited on a phone for a signal: reports and steps, in their order, each judged alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from sqlalchemy import Connection

from api import cases
from api.answers import Strict
from api.arrivals import Arrivals
from api.case_shown import CaseShown
from api.cases import ReportGiven, StepGiven
from api.circumstances import Circumstances
from api.deps import Code, Opening
from layers.access import Verb
from layers.errors import Refused
from layers.incidents import queries
from layers.squads import queries as squads

MOST_AT_ONCE = 100
Sent = dict[str, object]
Outcome = cases.Taken | BaseException
Kind = TypeVar("Kind", bound=Strict)
Item = dict[str, int | orjson.Fragment]
"""A `Judged` whose body is written already."""


class ReportItem(Strict):
    report: ReportGiven


class Moved(StepGiven):
    incident: UUID
    verb: Code


class StepItem(Strict):
    step: Moved


class Batch(Strict):
    items: list[Sent] = Field(
        max_length=MOST_AT_ONCE, description='`{"report": ...}` or `{"step": ...}` each'
    )


class Judged(Strict):
    """What the item would have been answered by itself."""

    status: int
    body: CaseShown | dict[str, object]


class BatchJudged(Strict):
    items: list[Judged]


@dataclass(frozen=True)
class Doors:
    """Where reports go, a turn and a transaction for steps, and how a failure is told."""

    arrivals: Arrivals
    room: CapacityLimiter
    opening: Opening
    problem: Callable[[BaseException], Response]


async def judged(items: Sequence[Sent], around: Circumstances, doors: Doors) -> list[Item]:
    """Reports that follow each other are kept together, and before any step that comes after."""
    told = []
    for are_reports, run in groupby(items, key=lambda item: "report" in item):
        take = _reports if are_reports else _steps
        told += [_told(outcome, doors) for outcome in await take([*run], around, doors)]
    return told


async def _reports(items: Sequence[Sent], around: Circumstances, doors: Doors) -> list[Outcome]:
    read = [_read(ReportItem, item) for item in items]
    good = [(one.report, item["report"]) for one, item in zip(read, items, strict=True)
            if isinstance(one, ReportItem)]  # fmt: skip
    taken = iter(await doors.arrivals.take_all(good, around))
    return [next(taken) if isinstance(one, ReportItem) else one for one in read]


def _read(kind: type[Kind], item: Sent) -> Kind | RequestValidationError:
    try:
        return kind.model_validate(item)
    except ValidationError as wrong:
        return RequestValidationError(wrong.errors())


async def _steps(items: Sequence[Sent], around: Circumstances, doors: Doors) -> list[Outcome]:
    read = [_read(StepItem, item) for item in items]

    def take() -> list[Outcome]:
        with doors.opening() as connection:
            _hold(connection, [one.step for one in read if isinstance(one, StepItem)])
            return [_step(connection, one, around) for one in read]

    async with doors.room:
        return await to_thread.run_sync(take)


def _hold(connection: Connection, moved: Sequence[Moved]) -> None:
    """All at once, in everybody's order (layers.incidents.actions.reserving): that of the phone
    may be another one's reversed."""
    queries.hold(connection, {case for one in moved for case in (one.incident, one.into) if case})
    sent = {one.squad for one in moved if one.verb == Verb.DISPATCH and one.squad}
    if sent:
        squads.hold(connection, sent)


def _step(
    connection: Connection, read: StepItem | RequestValidationError, around: Circumstances
) -> Outcome:
    if isinstance(read, RequestValidationError):
        return read
    moved = read.step
    given = StepGiven(**moved.model_dump(exclude={"incident", "verb"}))
    try:
        with connection.begin_nested():
            cases.take_step(connection, moved.incident, moved.verb, given, around)
            return cases.known(connection, moved.incident, around)
    except Refused as refusal:
        return refusal


def _told(outcome: Outcome, doors: Doors) -> Item:
    if isinstance(outcome, cases.Taken):
        return {"status": outcome.status, "body": orjson.Fragment(outcome.body)}
    answer = doors.problem(outcome)
    return {"status": answer.status_code, "body": orjson.Fragment(bytes(answer.body))}
