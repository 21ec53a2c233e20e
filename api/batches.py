"""What waited on a phone for a signal: reports and steps, in their order, each judged alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import Field, ValidationError
from sqlalchemy import Connection

from api import cases
from api.answers import Strict
from api.cases import ReportGiven, StepGiven
from api.circumstances import Circumstances
from api.deps import Code
from layers.errors import Refused

MOST_AT_ONCE = 100
Sent = dict[str, object]
Problem = Callable[[Refused | ValidationError], Response]


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
    body: dict[str, object]


class BatchJudged(Strict):
    items: list[Judged]


def judged(
    connection: Connection, items: Iterable[Sent], around: Circumstances, problem: Problem
) -> Iterator[Judged]:
    """Reports that follow each other are kept together, a step by itself."""
    for are_reports, run in groupby(items, key=lambda item: "report" in item):
        take = _reports if are_reports else _steps
        yield from (_judged(outcome, problem) for outcome in take(connection, [*run], around))


Outcome = cases.Taken | Refused | ValidationError


def _reports(
    connection: Connection, items: Sequence[Sent], around: Circumstances
) -> Iterator[Outcome]:
    read = [_read(item) for item in items]
    good = [(one, item["report"]) for one, item in zip(read, items, strict=True)
            if isinstance(one, ReportGiven)]  # fmt: skip
    taken = iter(cases.take_all(connection, good, around))
    for one in read:
        yield one if isinstance(one, ValidationError) else next(taken)


def _read(item: Sent) -> ReportGiven | ValidationError:
    try:
        return ReportItem.model_validate(item).report
    except ValidationError as wrong:
        return wrong


def _steps(
    connection: Connection, items: Sequence[Sent], around: Circumstances
) -> Iterator[Outcome]:
    return (_step(connection, item, around) for item in items)


def _step(connection: Connection, item: Sent, around: Circumstances) -> Outcome:
    try:
        with connection.begin_nested():
            moved = StepItem.model_validate(item).step
            given = StepGiven(**moved.model_dump(exclude={"incident", "verb"}))
            cases.take_step(connection, moved.incident, moved.verb, given, around)
            return cases.Taken(new=False, case=cases.case(connection, moved.incident, around))
    except (Refused, ValidationError) as refusal:
        return refusal


def _judged(outcome: Outcome, problem: Problem) -> Judged:
    if isinstance(outcome, cases.Taken):
        body = outcome.case.model_dump(mode="json")
        return Judged(status=201 if outcome.new else 200, body=body)
    answer = problem(outcome)
    return Judged(status=answer.status_code, body=orjson.loads(answer.body))
