"""Taking in files: an upload becomes a job; the refused rows come back as a file."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from starlette.datastructures import FormData

from api import limits, uploads
from api.answers import Accepted, Strict, accepted
from api.deps import CurrentActor, CurrentSettings, Day, Now, Transaction
from api.turns import out_of_turn
from geo.crs import Datum
from layers.access import Verb, in_person, may
from layers.bureau.rules import ZONES
from layers.errors import NotFound
from layers.queue import queries
from layers.queue.actions import put

router = APIRouter(prefix="/api/imports", tags=["imports"])


READING = ("layer", "datum", "crs", "encoding", "timezone")


class Layer(StrEnum):
    TOWNSHIPS = "townships"
    GRIDS = "grids"
    INCIDENTS = "incidents"
    UNITS = "units"
    PEOPLE = "people"
    SQUADS = "squads"
    DUTY = "duty"
    DEVICES = "devices"
    ROADS = "roads"
    RIVERS = "rivers"
    PLACES = "places"
    HOLIDAYS = "holidays"
    MATTERS = "matters"
    JURISDICTION = "jurisdiction"


TAKES = {Layer.PEOPLE: Verb.MANAGE}
"""The layers whose import, and whose refused rows, take another power than to import."""


def _known_zone(name: str) -> str:
    if name and name not in ZONES:
        raise ValueError("no such time zone")
    return name


def _pairs(text: str) -> str:
    if any(not ours.strip() or not theirs.strip() for ours, theirs in _split(text)):
        raise ValueError("not ours=theirs,ours=theirs")
    return text


def _split(text: str) -> list[tuple[str, str]]:
    parts = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    return [(ours.strip(), theirs.strip()) for ours, _, theirs in parts]


Word = Annotated[str, StringConstraints(max_length=200)]


class Options(Strict):
    """What the file's owner says about it; what is left empty is found in the file."""

    layer: Word = Field("", description="The layer or sheet inside a file of several")
    datum: Datum | None = None
    crs: Annotated[str, StringConstraints(max_length=500)] = Field("", examples=["EPSG:4549"])
    columns: Annotated[str, StringConstraints(max_length=4000), AfterValidator(_pairs)] = Field(
        "", description="ours=theirs,ours=theirs"
    )
    encoding: Word = ""
    timezone: Annotated[str, AfterValidator(_known_zone)] = ""
    valid_from: Day | None = None
    dry_run: bool = False


class Upload(Options):
    file: list[UploadFile] = Field(
        min_length=1, description="One file, or the parts of one Shapefile"
    )


async def permitted(layer: Layer, actor: CurrentActor) -> None:
    may(actor, TAKES.get(layer, Verb.IMPORT))


async def sent(
    request: Request, settings: CurrentSettings, _: Annotated[None, Depends(permitted)]
) -> AsyncIterator[Upload]:
    """What was sent, which may be much: nobody's is read before they may send it."""
    limits.allow(request, settings.largest_upload)
    async with AsyncExitStack() as kept:
        async with out_of_turn(request):
            form = await kept.enter_async_context(request.form())
        yield _upload(form)


def _upload(form: FormData) -> Upload:
    """A field that is empty is one that is not there."""
    given = {name: value for name, value in form.multi_items() if value != ""}
    try:
        return Upload.model_validate(given | {"file": form.getlist("file")})
    except ValidationError as wrong:
        raise RequestValidationError(
            [{**error, "loc": ("body", *error["loc"])} for error in wrong.errors()]
        ) from wrong


IN_PLACE = "#/components/schemas/{model}"
SCHEMA = Upload.model_json_schema(ref_template=IN_PLACE)
del SCHEMA["$defs"]  # they stand in their place already
SENT = {"required": True, "content": {"multipart/form-data": {"schema": SCHEMA}}}


@router.post("/{layer}", status_code=202, openapi_extra={"requestBody": SENT})
def upload(  # noqa: PLR0913  (what the door needs)
    layer: Layer,
    sent: Annotated[Upload, Depends(sent)],  # before the transaction, which must not wait for it
    connection: Transaction,
    actor: CurrentActor,
    now: Now,
    settings: CurrentSettings,
    answer: Response,
) -> Accepted:
    """Keep the file and write the import down as a job."""
    if layer == "people":
        in_person(actor)
    kept = uploads.keep(sent.file, settings.var)
    reading = sent.model_dump(mode="json", include=set(READING), exclude_defaults=True)
    arguments: dict[str, object] = {
        "layer": layer,
        "path": str(kept),
        "reading": {**reading, "columns": dict(_split(sent.columns))},
        "valid_from": sent.valid_from,
        "dry_run": sent.dry_run,
    }
    return accepted(answer, put(connection, "import", arguments, actor=actor, at=now))


@router.get("/{job_id}/refused", response_class=FileResponse)
def refused(
    job_id: UUID, connection: Transaction, actor: CurrentActor, settings: CurrentSettings
) -> FileResponse:
    """The rows that an import refused, in the file's own columns, with the reasons."""
    job = queries.one(connection, actor, job_id)
    written = (job["result"] or {}).get("refused_file")
    if job["name"] != "import" or not written:
        raise NotFound("nothing_refused", id=job_id)
    may(actor, TAKES.get(job["layer"], Verb.IMPORT))
    path = (settings.var / "uploads" / written).resolve()
    if not path.is_relative_to((settings.var / "uploads").resolve()) or not path.is_file():
        raise NotFound("nothing_refused", id=job_id)
    return FileResponse(path, filename="refused.csv")
