"""The residents' pages: a report from any phone, and behind a secret link what has become of it.

Both are whole without a script. A script adds what only one can: the phone's position, photographs
made small and sent with the report, what is near, and sending when the signal is back. Without one
photographs follow from the page behind the link: as large as a camera makes them they are read
from nobody who has not reported.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import FormData, UploadFile

from api import errors, limits, pages, residents, tickets
from api.answers import Row
from api.circumstances import Circumstances
from api.deps import Code, CurrentLanguage, CurrentSettings, Now, PublicTransaction
from api.language import chosen
from api.photos import anew
from api.qr import picture as qr
from api.residents import (
    SECRET,
    Around,
    Counted,
    Held,
    Permitted,
    ResidentReport,
    Satisfaction,
    tracked,
)
from api.turns import form as sent
from api.turns import out_of_turn
from layers import pictures
from layers.errors import Invalid, Refused
from layers.matters import queries as matters
from layers.matters.rules import kept_questions
from layers.photos.actions import Sent
from layers.photos.rules import Kind as PhotoKind
from layers.pictures import Picture
from layers.places import queries as places
from layers.residents import queries, rules
from layers.residents.rules import Stage
from layers.retention import queries as retention
from layers.retention.rules import Kind
from maps.theme import Language

router = APIRouter(include_in_schema=False)
PATH = (Stage.RECEIVED, Stage.FILED, Stage.ON_ITS_WAY, Stage.WORKED_ON, Stage.DONE)
"""What is still to come is shown as well."""
FEW = 12
"""Matters that are seen at a glance, and need no headings."""


class WhereAsked(BaseModel):
    """What a posted code says: where somebody stands who scans it."""

    model_config = ConfigDict(extra="ignore")

    grid: Code | None = None
    place: Code | None = None


# --- The report ---------------------------------------------------------------------------------


@router.get("/report")
def report(
    request: Request,
    asked: Annotated[WhereAsked, Query()],
    connection: PublicTransaction,
    around: Around,
    language: CurrentLanguage,
) -> HTMLResponse:
    answer = pages.answer(
        request, "report", language, **_parts(request, connection, asked, around.today),
        id=str(uuid4()), ticket=_ticket(around), sent=NOTHING, wrong=None,
    )  # fmt: skip
    answer.headers.update(SECRET)
    return answer


@router.post("/report", dependencies=[Counted])
def send(
    request: Request,
    form: Annotated[FormData, Depends(sent)],
    asked: Annotated[WhereAsked, Query()],
    connection: PublicTransaction,
    around: Around,
) -> Response:
    """The form as a browser without scripts sends it: then on to the link, else why not."""
    try:
        with connection.begin_nested():  # of what is refused nothing stays
            brought = residents.take_in(connection, _given(form, asked), around)
    except (Refused, ValidationError) as refusal:
        told = refusal if isinstance(refusal, Refused) else Invalid("form_incomplete")
        parts = _parts(request, connection, asked, around.today)
        return _again(request, form, told, parts, around)
    return RedirectResponse(f"/r/{brought.token}", 303, SECRET)


def _given(form: FormData, asked: WhereAsked) -> ResidentReport:
    fields = {name: str(form[name]) for name in FIELDS if form.get(name)}
    here = asked.model_dump(exclude_none=True) if form.get("where") == "here" else {}
    return ResidentReport.model_validate(
        fields | here | {"answers": _answers(form, fields.get("matter", ""))}, strict=False
    )


FIELDS = ("id", "ticket", "matter", "address", "description", "name", "phone", "leave_empty")
NOTHING = dict.fromkeys((*FIELDS, "where"), "")


def _answers(form: FormData, matter: str) -> dict[str, list[str]]:
    """answer:MATTER:QUESTION, of the matter that was chosen."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        kind, _, code = name.partition(f":{matter}:")
        if kind == "answer" and value:
            found.setdefault(code, []).append(str(value))
    return found


def _again(
    request: Request, form: FormData, refusal: Refused, parts: Mapping[str, object],
    around: Circumstances,
) -> HTMLResponse:  # fmt: skip
    """The form as it was, and why it was refused; with a new ticket where the old one is spent."""
    kept = {name: str(form.get(name) or "") for name in NOTHING}
    fresh = refusal.code in ("ticket_expired", "no_ticket", "link_used")
    answer = errors.form(
        request, "report", chosen(request), refusal, **parts, sent=kept,
        id=kept["id"] or str(uuid4()), ticket=_ticket(around) if fresh else kept["ticket"],
    )  # fmt: skip
    answer.headers.update(SECRET)
    return answer


def _ticket(around: Circumstances) -> str:
    return tickets.issue(residents.key(around.settings), around.at)


def _parts(
    request: Request, connection: PublicTransaction, asked: WhereAsked, today: date
) -> dict[str, object]:
    """What the form offers, where somebody stands, and the scripts by name, so that a slow line
    need not find out one after the other."""
    language, shelf = chosen(request), request.app.state.shelf
    scripts = shelf.needed(["resident/app.js", f"words/resident.{language}.js"])
    rows = [row for row in matters.offered(connection) if row["public"]]
    groups: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        group = (row[f"class_{language}"] or "") if len(rows) > FEW else ""
        groups.setdefault(group, []).append(_matter(row, language))
    kept_for = retention.days(connection)[Kind.REPORTERS]
    spot = _spot(connection, asked, today)
    return {"groups": groups, "spot": spot, "days": kept_for, "most_photos": rules.MOST_PHOTOS,
            "scripts": scripts}  # fmt: skip


def _matter(row: Row, language: Language) -> dict[str, object]:
    asked = [
        {
            "code": one.code, "asked": one.variable, "datatype": one.datatype,
            "text": getattr(one, language), "hint": getattr(one, f"hint_{language}"),
            "required": one.required,
            "values": [(value.key, getattr(value, language)) for value in one.values],
        }
        for one in kept_questions(row["questions"])
    ]  # fmt: skip
    return {"code": row["code"], "name": row[f"name_{language}"], "questions": asked,
            "photo": bool(row["photos_before"])}  # fmt: skip


def _spot(connection: PublicTransaction, asked: WhereAsked, today: date) -> str | None:
    """What the place of a posted code is called."""
    if asked.grid is not None and (ground := queries.grid_of(connection, asked.grid, on=today)):
        return f"{ground.name} · {ground.township}"
    return places.names(connection, [asked.place]).get(asked.place) if asked.place else None


# --- What became of it --------------------------------------------------------------------------


@router.get("/r/{token}")
def link(
    request: Request,
    link: Held,
    connection: PublicTransaction,
    around: Around,
    language: CurrentLanguage,
) -> HTMLResponse:
    shown, zone = tracked(connection, link, around.at), around.settings.zone
    address = str(request.url.replace(query=""))
    since = {one.stage: one.since.astimezone(zone) for one in shown.stages}
    ahead = [] if shown.stage in (Stage.DONE, Stage.REJECTED) else _ahead(shown.stage)
    answer = pages.answer(
        request, "tracking", language, path=request.url.path, shown=shown, address=address,
        since=since, ahead=ahead, zone_of=zone, code=qr(address), photo_id=uuid4(),
    )  # fmt: skip
    answer.headers.update(SECRET)
    return answer


def _ahead(stage: Stage) -> list[Stage]:
    order = list(Stage)
    return [one for one in PATH if order.index(one) > order.index(stage)]


async def photographed(
    request: Request, link: Held, settings: CurrentSettings, _: Permitted
) -> Picture:
    """The picture of a form, drawn anew."""
    residents.count_picture(request, link)
    limits.allow(request, pictures.LARGEST)
    async with out_of_turn(request), request.form(max_files=1, max_fields=1) as form:
        photo = form.get("photo")
        if not isinstance(photo, UploadFile) or not photo.size:
            raise Invalid("photo_missing")
        return await anew(photo, settings, request.app.state.taking_public)


@router.post("/r/{token}/photos/{photo_id}")
def add_photo(  # noqa: PLR0913  (what the door needs)
    request: Request,
    photo_id: UUID,
    incident: Permitted,
    picture: Annotated[Picture, Depends(photographed)],  # before the transaction
    connection: PublicTransaction,
    link: Held,
    around: Around,
) -> Response:
    """One photograph, as a browser without scripts sends it. The page made its id: the same form
    sent again adds no second one."""
    residents.add_photo(
        connection, link, Sent(photo_id, incident, PhotoKind.BEFORE, picture), around
    )
    return RedirectResponse(f"{request.url.path.rpartition('/photos/')[0]}#came", 303, SECRET)


@router.post("/r/{token}/satisfaction")
def rate(
    request: Request,
    link: Held,
    form: Annotated[FormData, Depends(sent)],
    connection: PublicTransaction,
    now: Now,
) -> Response:
    """How satisfied somebody is, as the page sends it."""
    try:
        given = Satisfaction.model_validate(
            {"score": form.get("score"), "words": form.get("words") or None}
        )
    except ValidationError:
        raise Invalid("form_incomplete") from None
    residents.rate(connection, link, given, now)
    return RedirectResponse(f"{request.url.path.rpartition('/')[0]}#satisfaction", 303, SECRET)
