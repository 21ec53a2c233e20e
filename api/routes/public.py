"""For everybody, without a key: reports of residents, and what becomes of them by a secret link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from api import residents, tickets
from api.answers import Strict
from api.auth import digest
from api.cases import Lat, Lon
from api.deps import (
    Code,
    CurrentSettings,
    Now,
    PublicTransaction,
)
from api.photos import drawn
from api.residents import (
    Around,
    Counted,
    Held,
    NearShown,
    Permitted,
    ResidentReport,
    Satisfaction,
    Secret,
    TrackedShown,
    tracked,
)
from layers.photos.actions import Sent
from layers.photos.rules import Kind
from layers.pictures import Picture
from maps.theme import Language

router = APIRouter(prefix="/api/public", tags=["residents"])
ONE = "/reports/{token}"
PICTURE = {"schema": {"type": "string", "format": "binary"}}
SENT = {"required": True, "content": {"image/jpeg": PICTURE}}


class Ticket(Strict):
    ticket: str


@router.get("/ticket", dependencies=[Secret])
def ticket(settings: CurrentSettings, now: Now) -> Ticket:
    """What each report is sent with, from three seconds to twelve hours after it was given out."""
    return Ticket(ticket=tickets.issue(residents.key(settings), now))


class Kept(Strict):
    """`token` is the secret part of the link `/r/{token}`, by which alone one comes back."""

    token: str
    case_no: str | None


@router.post(
    "/reports", status_code=201, responses={200: {"model": Kept}}, dependencies=[Counted, Secret]
)
def report(
    given: ResidentReport, connection: PublicTransaction, around: Around, answer: Response
) -> Kept:
    """Bring a report, or follow one that is there: 201, or 200 where the same was sent before."""
    brought = residents.take_in(connection, given, around)
    if not brought.new:
        answer.status_code = 200
    shown = tracked(connection, digest(brought.token), around.at)
    return Kept(token=brought.token, case_no=shown.case_no)


class NearAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matter: Code
    lon: Lon
    lat: Lat
    lang: Language | None = None


class NearBy(Strict):
    """At most three, the nearest first, within 250 m."""

    items: list[NearShown]


@router.get("/near")
def near(connection: PublicTransaction, asked: Annotated[NearAsked, Query()]) -> NearBy:
    """Open cases of the same matter that everybody may know of: perhaps it is reported already."""
    return NearBy(items=residents.near(connection, asked.matter, asked.lon, asked.lat))


@router.get(ONE, dependencies=[Secret])
def one(connection: PublicTransaction, link: Held, now: Now) -> TrackedShown:
    """What has become of a report."""
    return tracked(connection, link, now)


@router.post(ONE + "/satisfaction", dependencies=[Secret])
def satisfaction(
    given: Satisfaction, connection: PublicTransaction, link: Held, now: Now
) -> TrackedShown:
    """Say how satisfied one is, once it has ended; for a week it can be said anew."""
    residents.rate(connection, link, given, now)
    return tracked(connection, link, now)


# --- Photographs --------------------------------------------------------------------------------


async def received(
    request: Request, link: Held, settings: CurrentSettings, _: Permitted
) -> Picture:
    """Of the size of any other body: the page makes its photographs small."""
    residents.count_picture(request, link)
    return await drawn(request, settings, request.app.state.taking_public)


class PhotoKept(Strict):
    id: UUID


@router.put(
    ONE + "/photos/{photo_id}", openapi_extra={"requestBody": SENT},
    responses={201: {"model": PhotoKept}}, dependencies=[Secret],
)  # fmt: skip
def add_photo(  # noqa: PLR0913  (what the door needs)
    photo_id: UUID,
    incident: Permitted,
    picture: Annotated[Picture, Depends(received)],  # before the transaction
    connection: PublicTransaction,
    link: Held,
    around: Around,
    answer: Response,
) -> PhotoKept:
    """Add a photograph to one's own report: 201, or 200 where the same one is there already.

    At most three of a megabyte each, while the case is open. Of the file nothing is kept but the
    picture.
    """
    sent = Sent(photo_id, incident, Kind.BEFORE, picture)
    if residents.add_photo(connection, link, sent, around):
        answer.status_code = 201
    return PhotoKept(id=photo_id)
