"""Open311 GeoReport v2: what other cities' apps and systems report by it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints
from starlette.datastructures import ImmutableMultiDict, UploadFile

from api import auth
from api.cases import Lat, Line, Lon, Words, digest
from api.circumstances import Circumstances
from api.deps import LINE, Code, CurrentActor, CurrentSettings, Now, Transaction
from api.intake import BESIDE_M, check_near, keep_reporter, point_of_words
from api.open311 import NAMING, PREFIX, ROOT, Tree, answer
from api.open311_given import OURS, Given, WantedFormat, offered
from api.photos import anew
from api.sessions import Proof
from api.turns import form, out_of_turn
from layers.access import Verb
from layers.errors import Forbidden, Invalid
from layers.files import silent
from layers.incidents.actions.reporting import Report, report, was_kept
from layers.photos import actions as photos
from layers.photos.actions import Sent
from layers.photos.rules import Kind
from layers.pictures import Picture
from layers.places import queries as places
from layers.reporters.rules import Contact

router = APIRouter(include_in_schema=False)
SOURCE = "open311"
SENDERS = UUID("0b34a4a3-7e1f-4b5a-9c5e-6b0d0d6f311a")
"""The namespace of the ids of reports that came with a number of their sender's."""

Name = Annotated[str, StringConstraints(max_length=100, pattern=LINE)]


class RequestGiven(Given):
    """What else the standard has (device_id, account_id) is not looked at and not kept."""

    service_code: Code
    lat: Lat | None = None
    long: Lon | None = None
    address_string: Line | None = None
    address_id: Code | None = None
    description: Words | None = None
    media_url: str | None = Field(None, max_length=2000, pattern=r"^https?://[^\s\x00-\x1f]+$")
    email: str | None = Field(None, max_length=254, pattern=LINE)
    phone: Name | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    external_id: str | None = Field(None, max_length=200, pattern=LINE)

    @property
    def words(self) -> str | None:
        """A link is kept as words: nothing is ever fetched from it."""
        return "\n".join(text for text in (self.description, self.media_url) if text) or None

    @property
    def contact(self) -> Contact:
        names = [name for name in (self.first_name, self.last_name) if name]
        western = "".join(names).isascii()
        name = " ".join(names) if western else "".join(reversed(names))
        return Contact(name, self.phone, self.email)


async def key(request: Request) -> None:
    """A person's API token, in the body: in an address line it would stand in logs."""
    secret = str((await form(request)).get("api_key") or "")
    if not secret.startswith(auth.TOKEN):
        raise Forbidden("no_api_key")
    request.state.proof = Proof(secret, by_cookie=False)


async def sent_form(request: Request) -> ImmutableMultiDict[str, str]:
    """All the words that were sent but who sent them."""
    form = await request.form()
    return ImmutableMultiDict([
        (name, value)
        for name, value in form.multi_items() if name != "api_key" and isinstance(value, str)
    ])  # fmt: skip


async def media(request: Request, actor: CurrentActor, settings: CurrentSettings) -> list[Picture]:
    """The photographs of the fields `media`, drawn anew; of nobody who may not report."""
    sent = (await form(request)).getlist("media") if Verb.REPORT in actor.verbs else []
    files = [each for each in sent if isinstance(each, UploadFile) and each.filename]
    if not files:
        return []
    async with out_of_turn(request):
        return [await anew(each, settings, request.app.state.taking) for each in files]


@router.post(PREFIX + "/requests.{fmt}", dependencies=[Depends(key), *OURS])
def create(  # noqa: PLR0913  (what the door needs)
    fmt: WantedFormat,
    form: Annotated[ImmutableMultiDict[str, str], Depends(sent_form)],
    pictures: Annotated[list[Picture], Depends(media)],  # before the transaction
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    now: Now,
) -> Response:
    """Bring a report in. With `external_id` the same one again gets the same answer."""
    given, around = RequestGiven.of(form), Circumstances(settings, actor, now, silent)
    number = uuid5(SENDERS, f"{actor.name} {given.external_id}") if given.external_id else uuid4()
    said = [pair for pair in form.multi_items() if pair[0] not in NAMING]
    content = digest(sorted([*said, *(("media", picture.sent.hex()) for picture in pictures)]))
    if not was_kept(connection, number, content):  # whatever has become of its matter since
        _take(connection, given, _attributes(form), number, content, around)
        _add(connection, number, pictures, around)
    kept: Tree = {"service_request_id": str(number), "service_notice": None, "account_id": None}
    return answer(fmt, ROOT, [kept])


def _take(
    connection: Transaction, given: RequestGiven, answers: dict[str, list[str]], number: UUID,
    content: bytes, around: Circumstances,
) -> None:  # fmt: skip
    offered(connection, given.service_code)
    lon, lat, accuracy_m = _place(connection, given)
    check_near(connection, (lon, lat), around)
    new = Report(
        number, SOURCE, given.service_code, (lon, lat), lon, lat, "wgs84", around.at, content,
        accuracy_m=accuracy_m, address=given.address_string, description=given.words,
        answers=answers,
    )  # fmt: skip
    if report(connection, new, actor=around.actor, at=around.at, zone=around.settings.zone):
        keep_reporter(connection, number, given.contact, around)


def _add(
    connection: Transaction, number: UUID, pictures: Sequence[Picture], around: Circumstances
) -> None:
    for order, picture in enumerate(pictures):
        sent = Sent(uuid5(number, str(order)), number, Kind.BEFORE, picture)
        photos.add(connection, sent, around.settings.blobs, actor=around.actor, at=around.at)


def _attributes(form: ImmutableMultiDict[str, str]) -> dict[str, list[str]]:
    """attribute[CODE]=value, or attribute[CODE][]=value for each of several."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        code = name.removesuffix("[]").removeprefix("attribute[").removesuffix("]")
        if name.startswith("attribute[") and value:
            found.setdefault(code, []).append(value)
    return found


def _place(connection: Transaction, given: RequestGiven) -> tuple[float, float, float | None]:
    """Longitude and latitude by the most exact that was said, and how far they may be off: of a
    position the standard has no word on that."""
    if given.long is not None and given.lat is not None:
        return given.long, given.lat, None
    found = None
    if given.address_id is not None:
        found = places.point_of(connection, given.address_id)
    elif given.address_string is not None:
        return point_of_words(connection, given.address_string)
    if found is None:
        raise Invalid("no_place")
    return (*found, BESIDE_M)
