"""The settings that hold: what the environment says, else the administrator, else our defaults."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from anyio import to_thread
from fastapi import FastAPI, Request
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ProgrammingError

from api.settings import Settings
from layers import db
from layers.access import DOOR, transaction
from layers.bureau import queries

SETTINGS: Mapping[str, str] = {
    "name_zh": "bureau", "name_en": "bureau_en", "division": "division",
    "timezone": "timezone", "hours": "hours", "acknowledge": "acknowledge",
    "language": "language", "source": "source", "telephone": "telephone",
}  # fmt: skip
"""What the administrator can say -> the setting that it is."""
EVERY_S = 2.0


def present(connection: Connection, given: Settings) -> Settings:
    """The settings at this moment. Servers remember them for a moment; see `keep_up`."""
    return settings(given, queries.said(connection))


def settings(given: Settings, said: Mapping[str, str]) -> Settings:
    """What was said, wherever the environment is silent."""
    told = fixed(given)
    free = {SETTINGS[name]: value for name, value in said.items() if name not in told}
    return given.model_copy(update=free)


def fixed(given: Settings) -> dict[str, str]:
    """What the environment says, with the variable that says it. A name is one thing in both
    languages."""
    told = {name: setting for name, setting in SETTINGS.items()
            if setting in given.model_fields_set}  # fmt: skip
    if "name_zh" in told:
        told.setdefault("name_en", SETTINGS["name_zh"])
    return {name: f"GRIDPATROL_{setting.upper()}" for name, setting in told.items()}


async def keep_up(app: FastAPI) -> None:
    """Look again every two seconds, so that all server processes go by what was said."""
    while True:
        await asyncio.sleep(EVERY_S)
        async with app.state.room:
            await refresh(app)


async def refresh(app: FastAPI) -> None:
    """Look now. A database that is away, or has no tables yet, changes nothing."""
    with suppress(*db.UNAVAILABLE, ProgrammingError):
        app.state.settings = await to_thread.run_sync(_look, app.state.engine, app.state.given)


def _look(engine: Engine, given: Settings) -> Settings:
    with transaction(engine, DOOR) as connection:
        return present(connection, given)


async def refreshing(request: Request) -> AsyncIterator[None]:
    """For routes that change the settings: this process goes by them from its next request on."""
    yield
    await refresh(request.app)
