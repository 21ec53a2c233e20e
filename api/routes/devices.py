"""Devices: the phones and trackers of squads, and their tokens."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints

from api import devices
from api.answers import Page, Strict, by_code, following
from api.deps import LINE, Asked, Code, CurrentActor, Now, Transaction, in_person, unkept
from layers.positions import actions, queries
from layers.positions.rules import Refusal, Verdict

router = APIRouter(prefix="/api/devices", tags=["devices"])

NewCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=LINE)
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)]
SECRET = [Depends(in_person), Depends(unkept)]


class DeviceShown(Strict):
    """`heard_at`: something came with its token; `accepted_at`: a position that counts. `refused`
    is why the last other one counts for nothing. Written some seconds later."""

    code: str
    name: str
    squad: str
    squad_name: str
    has_token: bool
    disabled_at: datetime | None
    heard_at: datetime | None
    accepted_at: datetime | None
    refused: Verdict | Refusal | None
    refused_at: datetime | None


class DeviceSaid(Strict):
    """`squad` carries it; a device is never a person's."""

    code: NewCode
    name: Name = ""
    squad: Code


class DeviceToken(Strict):
    """Told here and never again."""

    code: str
    token: str


@router.get("")
def listed(
    connection: Transaction, actor: CurrentActor, asked: Annotated[Asked, Query()]
) -> Page[DeviceShown]:
    rows = queries.listed(connection, actor, asked.page)
    items = [DeviceShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_code))


@router.post("", status_code=201, dependencies=SECRET)
def add(given: DeviceSaid, connection: Transaction, actor: CurrentActor, now: Now) -> DeviceToken:
    """A new device; its token is what is typed into the phone."""
    actions.add(connection, given.code, given.name, given.squad, actor=actor, at=now)
    return DeviceToken(
        code=given.code, token=devices.new_token(connection, given.code, actor=actor, at=now)
    )


@router.post("/{device}/token", dependencies=SECRET)
def give_token(device: Code, connection: Transaction, actor: CurrentActor, now: Now) -> DeviceToken:
    """A new token, with which the one before ends. A disabled device is let in again."""
    token = devices.new_token(connection, device, actor=actor, at=now)
    return DeviceToken(code=device, token=token)


@router.post("/{device}/disable")
def disable(device: Code, connection: Transaction, actor: CurrentActor, now: Now) -> DeviceShown:
    """Take nothing more of what it sends."""
    actions.disable(connection, device, actor=actor, at=now)
    return DeviceShown(**queries.one(connection, actor, device))
