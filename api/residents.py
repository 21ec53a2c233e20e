"""Residents at the doors: what they send, what they are shown, and how much of it is too much."""

import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Connection

from api import cases, limits, tickets
from api.answers import Row, Strict
from api.auth import digest
from api.cases import Answer, Lat, Line, Lon
from api.circumstances import Circumstances
from api.deps import LINE, UNKEPT, Code, CurrentSettings, Now, PublicOpening
from api.intake import BESIDE_M, check_near, keep_reporter, point_of_words
from api.settings import Settings
from layers.access import PUBLIC, Actor, acting
from layers.enquiries.actions import was_taken
from layers.enquiries.rules import HIGHEST, LOWEST
from layers.errors import Forbidden, Invalid, TooSoon
from layers.files import silent
from layers.incidents.actions.reporting import Report
from layers.photos import actions as photos
from layers.photos.actions import Sent
from layers.places import queries as places
from layers.reporters.rules import Contact
from layers.residents import actions, queries, rules
from layers.residents.actions import Link
from layers.residents.rules import SOURCE, Stage

Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(max_length=100, pattern=LINE, strip_whitespace=True)]
Token = Annotated[str, Path(max_length=64, description="The secret part of the link")]

SECRET = {**UNKEPT, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


async def secret(response: Response) -> None:
    """What a link shows is in no memory but its holder's, and the link in nobody's records."""
    response.headers.update(SECRET)


async def around(settings: CurrentSettings, now: Now) -> Circumstances:
    return Circumstances(settings, PUBLIC, now, silent)


Secret = Depends(secret)
Around = Annotated[Circumstances, Depends(around)]

# --- How much -----------------------------------------------------------------------------------

REPORTING = limits.Allowance(burst=20, each_s=1 / 30)
"""All of one address: a mobile network puts many people behind one."""
BY_LINK = limits.Allowance(burst=30, each_s=1 / 5)
"""What is sent or looked up by one link."""
GUESSING = limits.Allowance(burst=60, each_s=1)
"""By all links of one address that are made up, or are used for the first time."""
PICTURES = limits.Allowance(burst=6, each_s=1 / 300)
"""By one link, those that are refused too: each costs more than all else that is sent."""


@dataclass(frozen=True)
class Patience:
    """What is left of each to whom, in this process."""

    reporting: limits.Buckets
    by_link: limits.Proven
    pictures: limits.Buckets

    @classmethod
    def fresh(cls) -> "Patience":
        by_link = limits.Proven(BY_LINK, GUESSING)
        return cls(limits.Buckets(REPORTING), by_link, limits.Buckets(PICTURES))


async def count_report(request: Request) -> None:
    line = limits.line_of(request)
    patience: Patience = request.app.state.patience
    if line is not None and (wait := patience.reporting.wait(line)):
        raise TooSoon("too_many_reports", seconds=wait)


async def count_use(request: Request, token: Token) -> AsyncIterator[bytes]:
    """The digest of a link, which may be used so often; by itself once it was found to lead
    somewhere. Of this machine links are counted alone."""
    link, patience = digest(token), request.app.state.patience
    if wait := patience.by_link.wait(link, limits.line_of(request) or link):
        raise TooSoon("too_many_requests", seconds=wait)
    yield link
    patience.by_link.found_good(link)  # what leads nowhere was refused


def count_picture(request: Request, link: bytes) -> None:
    patience: Patience = request.app.state.patience
    if wait := patience.pictures.wait(link):
        raise TooSoon("photos_wait", seconds=wait)


Counted = Depends(count_report)
Held = Annotated[bytes, Depends(count_use, scope="function")]


def key(settings: Settings) -> bytes:
    """Beside the keys of the personal fields, and like them in no dump."""
    return tickets.key_in(settings.key_file.with_name("forms.key"))


def as_holder(connection: Connection, token_hash: bytes) -> Actor:
    """From now until the transaction ends whoever has the link acts."""
    holder = queries.holder(token_hash)
    acting(connection, holder)
    return holder


# --- What is sent -------------------------------------------------------------------------------


class ResidentReport(Strict):
    """What a resident sends. Its `id` is made where it is written: the same one sent again is the
    same report. The `ticket` comes with the page or from `/api/public/ticket`.

    Where it is, by the most exact that is said: `lon` and `lat`, a `grid`, a `place` or an
    `address` with the name of a known place or road in it. With `follow` it brings no report:
    whoever sends it wants to know what becomes of that case. `leave_empty` is what people do not
    see and programs fill in.
    """

    id: UUID
    ticket: str = Field(max_length=100)
    matter: Code | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    accuracy_m: float | None = Field(None, ge=0, le=100_000)
    grid: Code | None = None
    place: Code | None = None
    address: Line | None = None
    description: Text | None = None
    answers: dict[Code, Answer] = Field(default_factory=dict, max_length=50)
    name: Name | None = None
    phone: Name | None = None
    follow: UUID | None = None
    leave_empty: str = Field("", max_length=1000)

    @model_validator(mode="after")
    def _one_thing(self) -> "ResidentReport":
        if (self.matter is None) == (self.follow is None):
            raise ValueError("names neither or both of a matter and a case to follow")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("half a position")
        return self

    def content(self, token: str) -> bytes:
        """A digest of all that is told. By the link, which is not kept, for a plain one would give
        away a phone number to whoever tries them all."""
        told = cases.digest(self.model_dump(mode="json", exclude={"ticket", "leave_empty"}))
        return hmac.digest(token.encode(), told, "sha256")


@dataclass(frozen=True)
class Brought:
    """By what somebody comes back, and whether it was new."""

    token: str
    new: bool


def take_in(connection: Connection, given: ResidentReport, around: Circumstances) -> Brought:
    """Keep what a resident sends. The same again leads to the same link, however old its ticket."""
    if given.leave_empty:
        raise Forbidden("not_by_hand")
    token = tickets.token_of(key(around.settings), given.ticket)
    link = Link(given.id, given.content(token), digest(token))
    own = replace(around, actor=as_holder(connection, link.token_hash))
    if was_taken(connection, link.id, link.content):
        return Brought(token, new=False)
    tickets.check(key(around.settings), given.ticket, around.at)
    return Brought(token, _kept(connection, given, link, own))


def _kept(connection: Connection, given: ResidentReport, link: Link, around: Circumstances) -> bool:
    actor, at = around.actor, around.at
    if given.follow is not None:
        return actions.follow(connection, link, given.follow, actor=actor, at=at)
    new = _report(connection, given, link, around)
    kept = actions.bring(connection, link, new, actor=actor, at=at, zone=around.settings.zone)
    if kept:
        keep_reporter(connection, given.id, Contact(given.name, given.phone), around)
    return kept


def _report(
    connection: Connection, given: ResidentReport, link: Link, around: Circumstances
) -> Report:
    lon, lat, accuracy_m = _where(connection, given, around.today)
    check_near(connection, (lon, lat), around)
    return Report(
        given.id, SOURCE, given.matter or "", (lon, lat), lon, lat, "wgs84", around.at,
        link.content, accuracy_m=accuracy_m, address=given.address or None,
        description=given.description or None,
        answers={code: cases.texts_of(answer) for code, answer in given.answers.items()},
    )  # fmt: skip


def _where(
    connection: Connection, given: ResidentReport, today: date
) -> tuple[float, float, float | None]:
    """Longitude, latitude, and how far they may be off."""
    if given.lon is not None and given.lat is not None:
        return given.lon, given.lat, given.accuracy_m
    if given.grid is not None and (ground := queries.grid_of(connection, given.grid, on=today)):
        return ground.lon, ground.lat, ground.metres
    found = None
    if given.place is not None:
        found = places.point_of(connection, given.place)
    if found is not None:
        return (*found, BESIDE_M)
    if not given.address:
        raise Invalid("place_missing")
    return point_of_words(connection, given.address)


def permitted(photo_id: UUID, link: Held, opening: PublicOpening, now: Now) -> UUID:
    """The report, asked for before anything is read: to draw a picture costs more than all else."""
    with opening() as connection:
        holder = as_holder(connection, link)
        return actions.check_may_add(connection, link, photo_id, actor=holder, at=now)


Permitted = Annotated[UUID, Depends(permitted)]


def add_photo(connection: Connection, token_hash: bytes, sent: Sent, around: Circumstances) -> bool:
    """Keep a photograph of one's own report; False where the same one is there already."""
    holder = as_holder(connection, token_hash)
    actions.check_may_add(connection, token_hash, sent.id, actor=holder, at=around.at)
    return photos.add(connection, sent, around.settings.blobs, actor=holder, at=around.at)


# --- What is shown ------------------------------------------------------------------------------


class NearShown(Strict):
    """A case that everybody may know of; `metres` to its coarse place."""

    id: UUID
    stage: Stage
    occurred_at: datetime
    metres: int


class StageShown(Strict):
    stage: Stage
    since: datetime


class TrackedShown(Strict):
    """What has become of a report. `stages` are those that it has come to; `merged`: it is part of
    another report of the same thing, whose stages these are. The place is coarse, the words come
    once they are released; `reason`: why it was rejected, likewise. `may_rate`: you may say how
    satisfied you are, or say it anew. `photos`: how many of yours arrived with it; null where you
    follow somebody else's report. `may_add`: so many more may come."""

    case_no: str | None
    stage: Stage
    stages: list[StageShown]
    merged: bool
    received_at: datetime
    matter_zh: str
    matter_en: str
    lon: float
    lat: float
    grid: str | None
    township: str | None
    address: str | None
    description: str | None
    reason: str | None
    answer: str | None
    answered_at: datetime | None
    satisfaction: int | None
    opinion: str | None
    may_rate: bool
    photos: int | None
    may_add: int


class Satisfaction(Strict):
    """From 1, not at all, to 5, very."""

    score: int = Field(ge=LOWEST, le=HIGHEST)
    words: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] | None = None


def tracked(connection: Connection, token_hash: bytes, at: datetime) -> TrackedShown:
    """What the link of this digest leads to, for whoever has it."""
    as_holder(connection, token_hash)
    row = queries.behind(connection, token_hash)
    done = queries.history(connection, row["case"])
    since = rules.reached((step["to_state"], step["happened_at"]) for step in done)
    stage = rules.STAGES[row["state"]]
    stages = {stage: row["updated_at"]} | since  # of a case that came in a file nothing is told
    ground = queries.ground_of(connection, row["grid_id"])
    plain = {name: row[name] for name in TrackedShown.model_fields if name in row}
    return TrackedShown(
        **plain, stage=stage,
        stages=[StageShown(stage=one, since=stages[one]) for one in rules.ORDER if one in stages],
        grid=ground and ground.name, township=ground and ground.township,
        reason=_reason(row, done), may_rate=rules.may_rate(row["state"], row["rated_at"], at),
        may_add=rules.may_add(row["state"], row["photos"]),
    )  # fmt: skip


def _reason(row: Row, done: Sequence[Row]) -> str | None:
    """Why it was rejected, where everybody may read what was written."""
    told = [step["reason"] for step in done if step["verb"] == "reject"]
    shown = row["state"] == "rejected" and row["released"] and told
    return str(told[-1]) if shown else None


def rate(connection: Connection, token_hash: bytes, given: Satisfaction, at: datetime) -> None:
    holder = as_holder(connection, token_hash)
    actions.rate(connection, token_hash, given.score, given.words or None, actor=holder, at=at)


def near(connection: Connection, matter: str, lon: float, lat: float) -> list[NearShown]:
    """What is likely the same thing as somebody is about to report."""
    return [
        NearShown(id=one.id, stage=rules.STAGES[one.state], occurred_at=one.occurred_at,
                  metres=one.metres)
        for one in queries.near(connection, matter, lon, lat)
    ]  # fmt: skip
