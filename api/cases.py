"""Cases at the doors: what is sent of a report and of a step, and how a case is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Literal, TypedDict
from uuid import UUID

import numpy as np
import orjson
from pydantic import Field, StringConstraints
from sqlalchemy import Connection, RowMapping

from api.answers import Strict
from api.circumstances import Circumstances
from api.deps import Code, Day, Moment
from api.photos import PhotoShown, photo_shown
from geo.crs import Datum, to_wgs84
from layers.errors import Refused
from layers.holidays.queries import calendar
from layers.incidents import queries
from layers.incidents.actions.reporting import Report, report_all
from layers.incidents.actions.stepping import Correction, Said, step
from layers.incidents.rules import PHOTO
from layers.photos.queries import kinds as kinds_of
from layers.photos.queries import of as photos_of

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
    source: Code = "staff"


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


class DueShown(Strict):
    """`provisional`: holidays that are not published yet may still move it."""

    at: datetime | None
    limit: str
    provisional: bool


class StepShown(Strict):
    """`late`: told long after it was done. `photos` came with it."""

    version: int
    verb: str
    from_state: str
    to_state: str
    by: str
    happened_at: datetime
    received_at: datetime
    late: bool
    reason: str | None
    details: dict[str, object]
    photos: list[UUID]


class IncidentShown(Strict):
    """`lon`, `lat` on WGS 84; `x`, `y` as they came, on `datum`. `grid` null: outside every
    grid; `uncertain`: a fifth of the accuracy circle or more lies in other grids. `verbs` are
    what you can do with it now; `acknowledge_by`: until then its squad is to accept the order;
    `returned`: its reporter is to put it right."""

    id: UUID
    case_no: str | None
    version: int
    source: str
    external_id: str
    matter: str
    matter_zh: str
    matter_en: str
    state: str
    returned: bool
    verbs: list[str]
    due: DueShown | None
    squad: str | None
    acknowledge_by: datetime | None
    merged_into: UUID | None
    suspended_until: date | None
    lon: float
    lat: float
    x: float
    y: float
    datum: str
    accuracy_m: float | None
    uncertain: bool
    grid: str | None
    township: str | None
    occurred_at: datetime
    occurred_precision: Literal["minute", "day"]
    received_at: datetime
    closed_at: datetime | None
    address: str | None
    description: str | None


class CaseShown(IncidentShown):
    """`released`: everybody may read its address and description, if its matter is public.
    `ahead`: what its squad can do after each of its verbs, for where there is no signal."""

    released: bool
    answers: dict[str, object]
    ahead: dict[str, list[str]]
    steps: list[StepShown]
    photos: list[PhotoShown]


COMPUTED = ("verbs", "due", "acknowledge_by")


def shown(row: RowMapping, around: Circumstances) -> dict[str, object]:
    """A row of a list, with what its reader can do."""
    plain = {name: row[name] for name in IncidentShown.model_fields if name not in COMPUTED}
    due = None if row["due_limit"] is None else DueShown(
        at=row["due_at"], limit=row["due_limit"], provisional=row["due_provisional"])  # fmt: skip
    sent = row["sent_at"]
    return {
        **plain, "verbs": queries.verbs(around.actor, row, around.at), "due": due,
        "acknowledge_by": sent and sent + around.settings.acknowledge_in,
    }  # fmt: skip


def case(connection: Connection, incident_id: UUID, around: Circumstances) -> CaseShown:
    """One case with its history and its photographs."""
    row = queries.one(connection, around.actor, incident_id)
    done = queries.steps(connection, incident_id)
    photos = [photo_shown(each) for each in photos_of(connection, around.actor, [incident_id])]
    return _whole(row, done, photos, around)


def _whole(
    row: RowMapping, done: Sequence[Mapping[str, object] | RowMapping], photos: list[PhotoShown],
    around: Circumstances,
) -> CaseShown:  # fmt: skip
    told = [StepShown(**{name: each[name] for name in StepShown.model_fields}) for each in done]
    more = {"steps": told, "photos": photos, "released": row["released"], "answers": row["answers"],
            "ahead": queries.ahead(around.actor, row)}  # fmt: skip
    return CaseShown(**shown(row, around), **more)


@dataclass(frozen=True)
class Taken:
    """A report that is there, now or since it was sent before."""

    new: bool
    case: CaseShown


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
    new = [_report(*each) for each in given]
    kept = report_all(
        connection, new, actor=around.actor, at=around.at, zone=around.settings.zone
    )  # fmt: skip
    return [
        outcome if isinstance(outcome, Refused) else _taken(connection, each.id, outcome, around)
        for each, outcome in zip(new, kept, strict=True)
    ]


def _report(given: ReportGiven, sent: object) -> Report:
    return Report(
        id=given.id, source=given.source, occurred_at=given.occurred_at, content=digest(sent),
        **_told(given),
    )  # fmt: skip


def _taken(
    connection: Connection, incident_id: UUID, row: RowMapping | None, around: Circumstances
) -> Taken:
    """Of a new one everything is known without asking again."""
    if row is None:
        return Taken(new=False, case=case(connection, incident_id, around))
    return Taken(new=True, case=_whole(row, [row["reported"]], [], around))


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
    """Do a step of a case."""
    told = given.model_dump(exclude={"photos", "report"})
    seen = _shown_by(connection, incident_id, given.photos, around)
    now = None if given.report is None else Correction(**_told(given.report))
    said = Said(verb=verb, photos=seen, photo_ids=given.photos, report=now, **told)
    days = calendar(connection, around.settings.zone, around.settings.shifts)
    step(connection, incident_id, said, actor=around.actor, at=around.at, calendar=days)


def _shown_by(
    connection: Connection, incident_id: UUID, photos: list[UUID], around: Circumstances
) -> set[str]:
    """The needs that these photographs of the case meet."""
    kinds = kinds_of(connection, around.actor, incident_id, photos)
    return {PHOTO, *(f"{PHOTO}_{kind}" for kind in kinds)} if kinds else set()


def digest(sent: object) -> bytes:
    """Of what was sent, whatever the order of its fields."""
    return sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).digest()
