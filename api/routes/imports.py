"""Taking in files: an upload becomes a job; the refused rows come back as a file."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import AfterValidator, Field, StringConstraints

from api import uploads
from api.answers import Accepted, Strict, accepted
from api.deps import CurrentActor, CurrentSettings, Now, Transaction
from geo.crs import Datum
from layers.access import Verb, may
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
    ROADS = "roads"
    RIVERS = "rivers"
    PLACES = "places"
    HOLIDAYS = "holidays"
    MATTERS = "matters"


TAKES = {Layer.PEOPLE: Verb.MANAGE}
"""The layers whose import, and whose refused rows, take another power than to import."""


def _known_zone(name: str) -> str:
    if name and name not in available_timezones():
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
    valid_from: date | None = None
    dry_run: bool = False


class Upload(Options):
    file: list[UploadFile] = Field(description="One file, or the parts of one Shapefile")


@router.post("/{layer}", status_code=202)
def upload(  # noqa: PLR0913  (what the door needs)
    layer: Layer,
    sent: Annotated[Upload, Form(media_type="multipart/form-data")],
    connection: Transaction,
    actor: CurrentActor,
    now: Now,
    settings: CurrentSettings,
    answer: Response,
) -> Accepted:
    """Keep the file and write the import down as a job."""
    may(actor, TAKES.get(layer, Verb.IMPORT))
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
