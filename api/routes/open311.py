"""Open311 GeoReport v2: other cities' apps and systems read and report by it.

Reading asks for no key and shows released cases only. The bureau releases them by rule: where it
has made a matter public, filing a case releases that there is one, its state, and its place rounded
to 0.001 degrees (about 100 m). What people wrote is released by hand, case by case.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.datastructures import ImmutableMultiDict

from api import auth
from api.answers import Row
from api.cases import Lat, Line, Lon, Words, digest
from api.circumstances import Circumstances
from api.deps import (
    LINE,
    Code,
    CurrentActor,
    CurrentLanguage,
    CurrentSettings,
    Moment,
    Now,
    PublicTransaction,
    Today,
    Transaction,
)
from api.intake import check_near, keep_reporter
from api.open311 import NAMING, PREFIX, ROOT, Format, Tree, answer
from api.sessions import Proof
from api.turns import form
from layers.errors import Forbidden, Invalid, NotFound
from layers.files import silent
from layers.incidents import queries as incidents
from layers.incidents.actions.reporting import Report, report, was_kept
from layers.incidents.queries import PublicWanted
from layers.incidents.rules import CLOSED, TAKEN_UP
from layers.matters import queries as matters
from layers.matters.rules import kept_questions
from layers.places import queries as places
from layers.reporters.rules import Contact
from maps import theme
from maps.theme import Language

router = APIRouter(include_in_schema=False)
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
SOURCE = "open311"
LONGEST = timedelta(days=90)
MOST, DEEPEST = 1000, 100_000
SENDERS = UUID("0b34a4a3-7e1f-4b5a-9c5e-6b0d0d6f311a")
"""The namespace of the ids of reports that came with a number of their sender's."""


async def wanted_format(fmt: str) -> Format:
    if fmt not in set(Format):
        raise NotFound("no_such_page")
    return Format(fmt)


async def check_jurisdiction(request: Request, settings: CurrentSettings) -> None:
    """There is one: who names another is at the wrong door."""
    given = request.query_params.get("jurisdiction_id")
    if request.method == "POST":
        given = str((await request.form()).get("jurisdiction_id") or "")
    if given and settings.division and given != settings.division:
        raise NotFound("no_jurisdiction", jurisdiction=given)


WantedFormat = Annotated[Format, Depends(wanted_format)]
OURS = [Depends(check_jurisdiction)]


class Given(BaseModel):
    """Parameters; one that is empty is one that is not there, and unknown ones do no harm."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def of(cls, sent: Mapping[str, object]) -> Self:
        try:
            return cls.model_validate({name: value for name, value in sent.items() if value})
        except ValidationError as wrong:
            raise RequestValidationError(wrong.errors()) from wrong


# --- What there is ------------------------------------------------------------------------------


@router.get("/discovery.{fmt}")
async def discovery(
    fmt: WantedFormat,
    request: Request,
    settings: CurrentSettings,
    language: CurrentLanguage,
    today: Today,
) -> Response:
    """Nobody knows when a matter was last changed: clients are told to look again every day."""
    endpoint: Tree = {
        "specification": SPECIFICATION, "url": f"{str(request.base_url).rstrip('/')}{PREFIX}",
        "changeset": f"{today} 00:00", "type": "test" if settings.demo else "production",
        "formats": ["text/xml", "application/json"],
    }  # fmt: skip
    found: Tree = {
        "changeset": f"{today} 00:00",
        "contact": theme.word("open311.contact", language, bureau=settings.name(language)).strip(),
        "key_service": theme.word("open311.key_service", language),
        "endpoints": [endpoint],
    }
    return answer(fmt, "discovery", found)


@router.get(PREFIX + "/services.{fmt}", dependencies=OURS)
def services(
    fmt: WantedFormat, connection: PublicTransaction, language: CurrentLanguage
) -> Response:
    """What new reports may name. Of those that are not public nothing is shown afterwards."""
    return answer(fmt, "services", [_service(row, language) for row in matters.offered(connection)])


def _service(row: Row, language: Language) -> Tree:
    return {
        "service_code": row["code"], "service_name": row[f"name_{language}"],
        "description": row["filing_standard"], "metadata": bool(row["questions"]),
        "type": "realtime", "keywords": None, "group": row[f"class_{language}"],
    }  # fmt: skip


@router.get(PREFIX + "/services/{service_code}.{fmt}", dependencies=OURS)
def service(
    service_code: Code, fmt: WantedFormat, connection: PublicTransaction, language: CurrentLanguage
) -> Response:
    row = _offered(connection, service_code)
    asked: list[Tree] = [
        {
            "variable": one.variable, "code": one.code, "datatype": one.datatype.value,
            "required": one.required, "datatype_description": getattr(one, f"hint_{language}"),
            "order": number, "description": getattr(one, language),
            "values": [{"key": v.key, "name": getattr(v, language)} for v in one.values],
        }
        for number, one in enumerate(kept_questions(row["questions"]), start=1)
    ]  # fmt: skip
    return answer(fmt, "service_definition", {"service_code": service_code, "attributes": asked})


def _offered(connection: PublicTransaction, code: str) -> Row:
    row = matters.one(connection, code)
    if not row["offered"]:
        raise NotFound("no_matter", code=code)
    return row


# --- Cases --------------------------------------------------------------------------------------


def _codes(text: str | None) -> list[str] | None:
    """What stands between commas."""
    return None if text is None else [code.strip() for code in text.split(",") if code.strip()]


def _ids(texts: Sequence[str]) -> list[UUID]:
    """The ids; what is none names no case."""
    found = []
    for text in texts:
        with suppress(ValueError):  # a case that is not there is no fault in a list of wanted ones
            found.append(UUID(text))
    return found


TIMES = frozenset({"start_date", "end_date", "updated_after", "updated_before"})


class Search(Given):
    service_request_id: str | None = None
    service_code: str | None = Field(None, pattern=r"^[^\x00]*$")
    status: str | None = Field(None, pattern=r"^ *(open|closed) *(, *(open|closed) *)*$")
    start_date: Moment | None = None
    end_date: Moment | None = None
    updated_after: Moment | None = None
    updated_before: Moment | None = None
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(MOST, ge=1, le=MOST)

    def wanted(self, now: datetime) -> PublicWanted:
        ids = _codes(self.service_request_id)
        if ids is not None:
            return PublicWanted(ids=_ids(ids))
        since, until = self._span(now)
        return PublicWanted(
            matters=_codes(self.service_code), states=self._states, since=since, until=until,
            updated_since=self.updated_after, updated_until=self.updated_before,
        )  # fmt: skip

    @property
    def _states(self) -> set[str] | None:
        if self.status is None:
            return None
        named = _codes(self.status) or ()
        return {state for state in TAKEN_UP if _status(state) in named}

    def _span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """90 days at most: the last ones, where neither end is said nor when it was updated."""
        since, until = self.start_date, self.end_date
        if since is None and until is None:
            updated = self.updated_after or self.updated_before
            return (None, None) if updated else (now - LONGEST, None)
        since = since or (until or now) - LONGEST
        until = until or since + LONGEST
        if until - since > LONGEST:
            raise Invalid("span_too_long", days=LONGEST.days)
        return since, until


def _status(state: str) -> str:
    return "closed" if state == CLOSED else "open"


def search(request: Request) -> Search:
    """A plus before the zone of a time, not escaped, came as a blank."""
    asked = {name: value.strip() for name, value in request.query_params.items()}
    times = {name: re.sub(r" (?=\d\d:?\d\d$)", "+", asked[name]) for name in TIMES & asked.keys()}
    return Search.of(asked | times)


@router.get(PREFIX + "/requests.{fmt}", dependencies=OURS)
def requests(
    fmt: WantedFormat,
    asked: Annotated[Search, Depends(search)],
    connection: PublicTransaction,
    settings: CurrentSettings,
    language: CurrentLanguage,
    now: Now,
) -> Response:
    """The newest first. A page behind the last one is empty."""
    rows, agency = _page(connection, asked, now), settings.name(language)
    return answer(fmt, ROOT, [_request(row, agency, language) for row in rows])


def _page(connection: PublicTransaction, asked: Search, now: datetime) -> Sequence[Row]:
    """The database counts through all that a page leaves out: not behind so many."""
    wanted, skip = asked.wanted(now), (asked.page - 1) * asked.page_size
    if skip <= DEEPEST:
        return incidents.public(connection, wanted, limit=asked.page_size, skip=skip)
    if incidents.public(connection, wanted, limit=1, skip=DEEPEST):
        raise Invalid("page_too_deep", most=DEEPEST)
    return []


def _request(row: Row, agency: str, language: Language) -> Tree:
    return {
        "service_request_id": str(row["id"]), "status": _status(row["state"]),
        "status_notes": theme.word(f"state.{row['state']}", language),
        "service_name": row[f"name_{language}"], "service_code": row["matter"],
        "description": row["description"], "agency_responsible": agency or None,
        "service_notice": None, "requested_datetime": row["occurred_at"],
        "updated_datetime": row["updated_at"], "expected_datetime": row["due_at"],
        "address": row["address"], "address_id": None, "zipcode": None,
        "lat": row["lat"], "long": row["lon"], "media_url": None,
    }  # fmt: skip


@router.get(PREFIX + "/requests/{request_id}.{fmt}", dependencies=OURS)
def one(
    request_id: Code,
    fmt: WantedFormat,
    connection: PublicTransaction,
    settings: CurrentSettings,
    language: CurrentLanguage,
) -> Response:
    row = _known(connection, request_id)
    return answer(fmt, ROOT, [_request(row, settings.name(language), language)])


@router.get(PREFIX + "/tokens/{token}.{fmt}", dependencies=OURS)
def token(token: Code, fmt: WantedFormat, connection: PublicTransaction) -> Response:
    """Each report gets its id at once, which serves as its token as well."""
    row = _known(connection, token)
    return answer(fmt, ROOT, [{"service_request_id": str(row["id"]), "token": token}])


def _known(connection: PublicTransaction, text: str) -> Row:
    rows = incidents.public(connection, PublicWanted(ids=_ids([text])), limit=1)
    if not rows:
        raise NotFound("no_incident", id=text)
    return rows[0]


# --- Reporting ----------------------------------------------------------------------------------

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
    """All that was sent but who sent it."""
    form = await request.form()
    return ImmutableMultiDict(
        [(name, str(value)) for name, value in form.multi_items() if name != "api_key"]
    )


@router.post(PREFIX + "/requests.{fmt}", dependencies=[Depends(key), *OURS])
def create(
    fmt: WantedFormat,
    form: Annotated[ImmutableMultiDict[str, str], Depends(sent_form)],
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    now: Now,
) -> Response:
    """Bring a report in. With `external_id` the same one again gets the same answer."""
    given, around = RequestGiven.of(form), Circumstances(settings, actor, now, silent)
    number = uuid5(SENDERS, f"{actor.name} {given.external_id}") if given.external_id else uuid4()
    content = digest(sorted(pair for pair in form.multi_items() if pair[0] not in NAMING))
    if not was_kept(connection, number, content):  # whatever has become of its matter since
        _take(connection, given, _attributes(form), number, content, around)
    kept: Tree = {"service_request_id": str(number), "service_notice": None, "account_id": None}
    return answer(fmt, ROOT, [kept])


def _take(
    connection: Transaction, given: RequestGiven, answers: dict[str, list[str]], number: UUID,
    content: bytes, around: Circumstances,
) -> None:  # fmt: skip
    _offered(connection, given.service_code)
    place = _place(connection, given)
    check_near(connection, place, around)
    new = Report(
        number, SOURCE, given.service_code, place, *place, "wgs84", around.at, content,
        address=given.address_string, description=given.words, answers=answers,
    )  # fmt: skip
    if report(connection, new, actor=around.actor, at=around.at, zone=around.settings.zone):
        keep_reporter(connection, number, given.contact, around)


def _attributes(form: ImmutableMultiDict[str, str]) -> dict[str, list[str]]:
    """attribute[CODE]=value, or attribute[CODE][]=value for each of several."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        code = name.removesuffix("[]").removeprefix("attribute[").removesuffix("]")
        if name.startswith("attribute[") and value:
            found.setdefault(code, []).append(value)
    return found


def _place(connection: Transaction, given: RequestGiven) -> tuple[float, float]:
    """Where it is, by the most exact that was said."""
    if given.long is not None and given.lat is not None:
        return given.long, given.lat
    found = None
    if given.address_id is not None:
        found = places.point_of(connection, given.address_id)
    elif given.address_string is not None:
        found = places.point_named(connection, given.address_string)
    if found is None:
        raise Invalid("no_place")
    return found
