"""Somebody joins, signs in and has a token."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection

from layers.access import Actor
from layers.people import actions
from layers.roles import Area, Role
from tests.layers.people.bureau import IN_WEST, OFFICE, PASSWORD_HASH, TODAY, digest


@pytest.fixture
def join(connection: Connection, planner: Actor, noon: datetime):
    """Somebody with a password and a role."""

    def joined(login: str = "zhang.san", role: Role = Role.PLANNER, area: Area = IN_WEST) -> UUID:
        person = actions.add_person(connection, login, "张三", actor=planner, at=noon)
        actions.set_password(connection, person, PASSWORD_HASH, actor=planner, at=noon)
        actions.grant(connection, person, role, area, actor=planner, at=noon, today=TODAY)
        return person

    return joined


@pytest.fixture
def enter(connection: Connection, noon: datetime):
    """Sign in with the right password, or try with a wrong one."""

    def entered(
        right: bool = True, at: datetime = noon, address: str = OFFICE, secret: str = "s",
        login: str = "zhang.san",
    ) -> None:  # fmt: skip
        attempt = actions.admit(connection, login, address, at=at)
        if right:
            assert attempt.password_hash == PASSWORD_HASH
            actions.sign_in(connection, attempt, digest(secret), at=at)

    return entered


@pytest.fixture
def token(connection: Connection, planner: Actor, noon: datetime):
    """A token for somebody's work."""

    def issued(person: UUID, *scopes: str, life: timedelta | None = None) -> bytes:
        kept = digest("".join(scopes) + "t")
        actions.issue_token(
            connection, person, "gateway", kept, scopes,
            life=life, actor=planner, at=noon, today=TODAY,
        )  # fmt: skip
        return kept

    return issued
