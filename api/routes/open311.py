"""Open311 GeoReport v2: what other cities' apps and systems read by it.

Reading asks for no key and shows released cases only. The bureau releases them by rule: where it
has made a matter public, filing a case releases that there is one, its state, and its place rounded
to 0.001 degrees (about 100 m). What people wrote is released by hand, case by case.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.answers import Row
from api.deps import (
    Code,
    CurrentLanguage,
    CurrentSettings,
    Moment,
    Now,
    PublicTransaction,
    Today,
)
from api.open311 import PREFIX, ROOT, Tree, answer
from api.open311_given import OURS, Given, WantedFormat, offered
from layers.errors import Invalid, NotFound
from layers.incidents import queries as incidents
from layers.incidents.queries import PublicWanted
from layers.incidents.rules import CLOSED, TAKEN_UP
from layers.matters import queries as matters
from layers.matters.rules import kept_questions
from maps import theme
from maps.theme import Language

router = APIRouter(include_in_schema=False)
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
LONGEST = timedelta(days=90)
MOST, DEEPEST = 1000, 100_000


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
    contact = theme.word("open311.contact", language, bureau=settings.name(language))
    found: Tree = {
        "changeset": f"{today} 00:00",
        "contact": f"{contact.strip()} {settings.telephone}".strip(),
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
    row = offered(connection, service_code)
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


class Extensions(Given):
    """What else of each case is asked for, beyond the standard."""

    extensions: bool = False


class Search(Extensions):
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


def more(request: Request) -> Extensions:
    return Extensions.of(request.query_params)


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
    found = [_request(row, agency, language) for row in rows]
    return answer(fmt, ROOT, _extended(connection, rows, found, language, asked.extensions))


def _page(connection: PublicTransaction, asked: Search, now: datetime) -> Sequence[Row]:
    """The database counts through all that a page leaves out: not behind so many."""
    wanted, skip = asked.wanted(now), (asked.page - 1) * asked.page_size
    if skip <= DEEPEST:
        return incidents.public(connection, wanted, limit=asked.page_size, skip=skip)
    if incidents.public(connection, wanted, limit=1, skip=DEEPEST):
        raise Invalid("page_too_deep", most=DEEPEST)
    return []


def _request(row: Row, agency: str, language: Language) -> dict[str, Tree]:
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
    asked: Annotated[Extensions, Depends(more)],
    connection: PublicTransaction,
    settings: CurrentSettings,
    language: CurrentLanguage,
) -> Response:
    row = _known(connection, request_id)
    found = [_request(row, settings.name(language), language)]
    return answer(fmt, ROOT, _extended(connection, [row], found, language, asked.extensions))


def _extended(
    connection: PublicTransaction, rows: Sequence[Row], found: Sequence[dict[str, Tree]],
    language: Language, wanted: bool,
) -> list[Tree]:  # fmt: skip
    """The cases, where it is asked for with what the wide-spread extensions tell of them."""
    if not wanted:
        return list(found)
    notes: dict[UUID, list[Tree]] = {row["id"]: [] for row in rows}
    for step in incidents.public_steps(connection, list(notes)):
        told = theme.word(f"state.{step['state']}", language)
        notes[step["incident_id"]].append(
            {"datetime": step["at"], "description": told, "type": step["state"]}
        )
    return [
        {**case, "extended_attributes": {"case_number": row["case_no"]},
         "attributes": _answered(row, language), "notes": notes[row["id"]]}
        for case, row in zip(found, rows, strict=True)
    ]  # fmt: skip


def _answered(row: Row, language: Language) -> list[Tree]:
    """What was chosen at the further questions of a matter, once its words are released. What was
    typed there is never told: who released the words has not looked at it."""
    return [
        {"code": one.code, "description": getattr(one, language), "value": value}
        for one in kept_questions(row["questions"])
        if one.values
        for value in _values((row["answers"] or {}).get(one.code))
    ]


def _values(answer: object) -> list[str]:
    given = answer if isinstance(answer, list) else [answer]
    return [str(value) for value in given if value is not None]


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
