"""What every route may ask for: a transaction, the actor, the time, the settings."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from api.settings import Settings
from layers import db
from layers.access import Actor, Verb

OPERATOR = Actor("operator", frozenset(Verb))
"""Until accounts arrive: whoever reaches the loopback address runs the bureau's own machine."""


def connection(request: Request) -> Iterator[Connection]:
    """Ends, committed or not, before the answer is sent (scope="function" below)."""
    with db.transaction(request.app.state.engine) as opened:
        yield opened


def actor() -> Actor:
    return OPERATOR


def now() -> datetime:
    return datetime.now(UTC)


def settings(request: Request) -> Settings:
    given: Settings = request.app.state.settings
    return given


Transaction = Annotated[Connection, Depends(connection, scope="function")]
CurrentActor = Annotated[Actor, Depends(actor)]
Now = Annotated[datetime, Depends(now)]
CurrentSettings = Annotated[Settings, Depends(settings)]
