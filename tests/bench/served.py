"""The real application, and beside its routes the least that any of them does."""

from fastapi import FastAPI
from sqlalchemy import text

from api.app import from_environment
from api.deps import CurrentActor, Transaction

LEAST = "/bench/select-1"


def app() -> FastAPI:
    """What the web server's process calls; the database is in GRIDPATROL_APP_URL."""
    made = from_environment()

    @made.post(LEAST)
    def select_1(connection: Transaction, actor: CurrentActor) -> dict[str, int]:
        return {actor.name: connection.execute(text("SELECT 1")).scalar_one()}

    return made
