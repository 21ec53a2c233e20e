"""People who are signed in, for tests that meet the real door."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from api import auth
from layers.access import Actor, Verb
from layers.people import actions
from layers.roles import BUREAU, Area, Role

MANAGER = Actor("manager", frozenset(Verb))
EVERY_POWER = (Role.PLANNER, Role.LEADER, Role.ADMINISTRATOR)
KEPT = "what argon2 made of it"


def signed_in(
    connection: Connection,
    at: datetime,
    *roles: Role,
    login: str = "somebody",
    area: Area = BUREAU,
) -> str:
    """Somebody new with these roles, or with all that have verbs, since the day before: it is today
    in whatever zone a bureau is. The secret of their session."""
    today = at.astimezone(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    person = actions.add_person(connection, login, "", actor=MANAGER, at=at)
    actions.set_password(connection, person, KEPT, actor=MANAGER, at=at)
    for role in roles or EVERY_POWER:
        actions.grant(connection, person, role, area, actor=MANAGER, at=at, today=today)
    secret = auth.new_secret(auth.SESSION)
    attempt = actions.Attempt(person, KEPT, None, (), login)
    actions.sign_in(connection, attempt, auth.digest(secret), at=at)
    return secret
