"""Cases at the doors: what is sent of a report and of a step, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Annotated, Literal, TypedDict
from uuid import UUID

import numpy as np
import orjson
from fastapi import Response
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from api.answers import JSON, Strict
from api.case_shown import UNSAID, Priority, case, whole
from api.circumstances import Circumstances
from api.deps import Code, Day, Moment
from api.dispatching import recommended
from geo.crs import Datum, to_wgs84
from layers.access import Actor
from layers.errors import Conflict, Invalid, NotFound, Refused
from layers.holidays.queries import calendar
from layers.incidents import queries
from layers.incidents.actions.reporting import Report, own_source, report_all
from layers.incidents.actions.stepping import Correction, Said, step
from layers.incidents.rules import PHOTO
from layers.journal.queries import did
from layers.photos.queries import kinds as kinds_of

Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Words = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Answer = Line | bool | Number | list[Line]


class Place(Strict):
    lon: Lon
    lat: Lat


class ReportTold(Strict):
    """What a reporter says. `moved`: where the device said that it was, when the reporter moved
    the point."""

    matter: Code
    lon: Lon
    lat: Lat
    datum: Datum = Datum.WGS84
    accuracy_m: float | None = Field(None, ge=0, le=100_000)
    moved: Place | None = None
    address: Line | None = None
    description: Words | None = None
    answers: dict[Code, Answer] = Field(default_factory=dict, max_length=50)


class ReportGiven(ReportTold):
    """A report. Its `id` is made where it is made: the same one sent again is the same report."""

    id: UUID
    occurred_at: Moment
    source: Code | None = Field(
        None, description="Without it, what your own powers say; a grid worker's"
                         " needs the power to check, one from outside the power to contact"
    )  # fmt: skip


class StepGiven(Strict):
    """What somebody says with a step. The same `event_id` again is the same step.

    `seen_version` is the case that was on the screen: if somebody else has acted since, the answer
    is 409 with the present state.
    """

    event_id: UUID
    happened_at: Moment
    seen_version: int | None = Field(None, ge=0, le=2**31 - 1)
    reason: Reason | None = None
    text: Words | None = Field(None, min_length=1)
    result: bool | None = Field(None, description="Of a check: whether it is so")
    standard: Literal[True] | None = Field(None, description="The matter's standard is met")
    squad: Code | None = None
    into: UUID | None = None
    until: Day | None = None
    photos: list[UUID] = Field(default_factory=list, max_length=50)
    report: ReportTold | None = Field(None, description="Of `amend`: all that is said now")
    override: Literal[True] | None = Field(
        None, description="Of `dispatch`: send it all the same, for this `reason`"
    )
    preempt: Literal[True] | None = Field(
        None, description="Of `dispatch`: let a case of the squad wait that presses less"
    )
    priority: Priority | None = None


@dataclass(frozen=True)
class Taken:
    """A report that is there, now or since it was sent before; `body` is a CaseShown."""

    new: bool
    body: bytes

    @property
    def status(self) -> int:
        return 201 if self.new else 200

    @property
    def answer(self) -> Response:
        return Response(self.body, self.status, media_type=JSON)


def take_in(
    connection: Connection, given: ReportGiven, sent: object, around: Circumstances
) -> Taken:
    """Keep a report, or find it where it was kept before."""
    (outcome,) = take_all(connection, [(given, sent)], around)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def take_all(
    connection: Connection, given: Sequence[tuple[ReportGiven, object]], around: Circumstances
) -> list[Taken | Refused]:
    """Keep reports together, each judged alone."""
    new = [_report(*each, around.actor) for each in given]
    kept = report_all(
        connection, new, actor=around.actor, at=around.at, zone=around.settings.zone
    )  # fmt: skip
    return [
        outcome if isinstance(outcome, Refused) else _taken(connection, each.id, outcome, around)
        for each, outcome in zip(new, kept, strict=True)
    ]


def _report(given: ReportGiven, sent: object, actor: Actor) -> Report:
    return Report(
        id=given.id, source=given.source or own_source(actor), named=given.source is not None,
        occurred_at=given.occurred_at, content=digest(sent), **_told(given),
    )  # fmt: skip


def _taken(
    connection: Connection, incident_id: UUID, row: queries.Case | None, around: Circumstances
) -> Taken:
    """Of a new one everything is known without asking again, and is as its shape has it."""
    if row is None:
        return known(connection, incident_id, around)
    told = whole(row, [row["reported"]], around, photos=[], squads={})
    return Taken(new=True, body=orjson.dumps(UNSAID | told, option=orjson.OPT_UTC_Z))


def known(connection: Connection, incident_id: UUID, around: Circumstances) -> Taken:
    """What was there before, as it stands now."""
    kept = case(connection, incident_id, around)
    return Taken(new=False, body=kept.model_dump_json().encode())


class Told(TypedDict):
    """What a report and its correction share."""

    matter: str
    place: tuple[float, float]
    x: float
    y: float
    datum: str
    accuracy_m: float | None
    sensed: tuple[float, float] | None
    address: str | None
    description: str | None
    answers: dict[str, list[str]]


def _told(given: ReportTold) -> Told:
    lonlat = to_wgs84(np.array([[given.lon, given.lat]]), given.datum)[0]
    return {
        "matter": given.matter, "place": (float(lonlat[0]), float(lonlat[1])),
        "x": given.lon, "y": given.lat, "datum": given.datum, "accuracy_m": given.accuracy_m,
        "sensed": None if given.moved is None else (given.moved.lon, given.moved.lat),
        "address": given.address, "description": given.description,
        "answers": {code: texts_of(answer) for code, answer in given.answers.items()},
    }  # fmt: skip


def texts_of(answer: Answer) -> list[str]:
    """An answer as a matter's questions are given it."""
    return [str(each) for each in (answer if isinstance(answer, list) else [answer])]


def take_step(
    connection: Connection, incident_id: UUID, verb: str, given: StepGiven, around: Circumstances
) -> None:
    """Do a step of a case. Whoever lost sight of it, or of its photographs, before they heard that
    it was done must not hear that there is no such thing."""
    try:
        _take_step(connection, incident_id, verb, given, around)
    except (NotFound, Invalid) as refusal:
        subject, event = str(incident_id), str(given.event_id)
        if did(connection, around.actor, verb, "incidents", subject, event=event):
            raise Conflict("done_before", id=given.event_id) from refusal
        raise


def _take_step(
    connection: Connection, incident_id: UUID, verb: str, given: StepGiven, around: Circumstances
) -> None:
    told = given.model_dump(exclude={"photos", "report"})
    seen = _shown_by(connection, incident_id, verb, given, around)
    now = None if given.report is None else Correction(**_told(given.report))
    noted = partial(_recommendation, connection, incident_id, verb, given, around)
    said = Said(verb=verb, photos=seen, photo_ids=given.photos, report=now, noted=noted, **told)
    days = calendar(connection, around.settings.zone, around.settings.shifts)
    step(connection, incident_id, said, actor=around.actor, at=around.at, calendar=days)


def _recommendation(
    connection: Connection, incident_id: UUID, verb: str, given: StepGiven, around: Circumstances
) -> dict[str, object]:
    """Of the squad that is sent: kept with the step, so that one can ask later why it was."""
    if verb != "dispatch" or given.squad is None:
        return {}
    told = recommended(connection, incident_id, given.squad, around)
    return {"recommendation": told}


def _shown_by(
    connection: Connection, incident_id: UUID, verb: str, given: StepGiven, around: Circumstances
) -> list[str]:
    """The needs that these photographs of the case meet, once for each. What is done again is not
    shown by the photographs of the first time."""
    kinds = kinds_of(connection, around.actor, incident_id, given.photos)
    done = queries.steps(connection, incident_id) if kinds else []
    old = {photo for step in done if step["verb"] == verb for photo in step["photos"]}
    new = [kind for photo, kind in kinds.items() if photo not in old]
    return [PHOTO, *(f"{PHOTO}_{kind}" for kind in new)] if new else []


def digest(sent: object) -> bytes:
    """Of what was sent, whatever the order of its fields."""
    return sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).digest()
