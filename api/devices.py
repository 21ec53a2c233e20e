"""Secrets of devices: told once, kept as digests."""

from datetime import datetime

from sqlalchemy import Connection

from api import auth
from layers.access import Actor
from layers.positions import actions, queries


def new_token(connection: Connection, code: str, *, actor: Actor, at: datetime) -> str:
    """A new token of one device."""
    token = auth.new_secret(auth.DEVICE)
    actions.give_token(connection, code, auth.digest(token), actor=actor, at=at)
    return token


def first_tokens(
    connection: Connection, *, actor: Actor, at: datetime
) -> list[tuple[str, str, str]]:
    """Code, name and token of each device that had none."""
    rows = queries.without_token(connection, actor)
    made = [(row.code, row.name, auth.new_secret(auth.DEVICE)) for row in rows]
    hashes = {code: auth.digest(token) for code, _, token in made}
    actions.give_tokens(connection, hashes, actor=actor, at=at)
    return made
