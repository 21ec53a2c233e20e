"""Photographs of cases: sent as the raw body, as often as a bad line needs; shown as JPEG."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.answers import Row
from api.deps import CurrentActor, CurrentSettings, Now, Transaction
from api.photos import PhotoShown, Received, photo_shown
from layers import blobs
from layers.photos import actions, queries
from layers.photos.actions import Sent
from layers.photos.rules import Kind

router = APIRouter(prefix="/api/incidents/{incident_id}/photos", tags=["photos"])
JPEG = "image/jpeg"
PICTURE = {"schema": {"type": "string", "format": "binary"}}
SENT = {"required": True, "content": dict.fromkeys((JPEG, "image/png", "image/webp"), PICTURE)}
SHOWN: dict[int | str, dict[str, object]] = {
    200: {"content": {JPEG: PICTURE}},
    304: {"description": "As it was"},
}


@router.put(
    "/{photo_id}", openapi_extra={"requestBody": SENT}, responses={201: {"model": PhotoShown}}
)
def add(  # noqa: PLR0913  (what the door needs)
    incident_id: UUID,
    photo_id: UUID,
    kind: Kind,
    picture: Received,  # before the transaction, which must not wait for it
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    now: Now,
    answer: Response,
) -> PhotoShown:
    """Add a photograph to a case: 201, or 200 where the same one is there already.

    Its id is made where it is taken. Of the file nothing is kept but the picture itself.
    """
    sent = Sent(photo_id, incident_id, kind, picture)
    if actions.add(connection, sent, settings.blobs, actor=actor, at=now):
        answer.status_code = 201
    return photo_shown(queries.one(connection, actor, incident_id, photo_id))


def found(incident_id: UUID, photo_id: UUID, connection: Transaction, actor: CurrentActor) -> Row:
    return queries.one(connection, actor, incident_id, photo_id)


Found = Annotated[Row, Depends(found)]


@router.get("/{photo_id}", response_class=Response, responses=SHOWN)
def photo(
    row: Found,
    request: Request,
    settings: CurrentSettings,
    size: Annotated[Literal["small"] | None, Query(description="For lists")] = None,
) -> Response:
    """A photograph, at most 2048 pixels long, or 320."""
    digest = row["blob" if size is None else "small"]
    headers = {  # and "private, no-cache" like every answer: each time one's sight is asked anew
        "ETag": f'"{digest.hex()}"',
        "Content-Disposition": f'inline; filename="{row["id"]}.jpg"',
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(blobs.read(settings.blobs, digest), media_type=JPEG, headers=headers)
