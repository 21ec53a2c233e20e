"""An office whose people sign in, and what their browsers and programs do."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from api import auth
from layers.people import actions
from layers.people.tables import Power
from layers.roles import BUREAU, Area, AreaKind, Role
from tests.cast import EAST, WEST
from tests.signed import MANAGER

HERE, SAFE = "http://127.0.0.1", "https://127.0.0.1"
OFFICE, STRANGER = "10.0.0.7", "203.0.113.9"
PASSWORD, OTHER = "correct horse battery", "another long password"
NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
TODAY = NOON.date()
IN_WEST = Area(AreaKind.TOWNSHIP, WEST)
IN_EAST = Area(AreaKind.TOWNSHIP, EAST)
TO_SIGN_IN = (303, "/sign-in?next=%2Fplanning")


class Clock:
    """What the server takes for the time."""

    now = NOON


class Office:
    """The people's own table, as the administrator's command line changes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def do(self, action: Callable[..., object], *given: object, **named: object) -> object:
        with self._engine.begin() as connection:
            return action(connection, *given, actor=MANAGER, at=NOON, **named)

    def join(
        self, role: Role = Role.PLANNER, area: Area = BUREAU, password: str | None = PASSWORD
    ) -> tuple[UUID, str]:
        """Somebody new with a login of their own."""
        login = f"p{uuid4().hex}"
        person = self.do(actions.add_person, login, "张三<b>")
        self.do(actions.grant, person, role, area, today=TODAY)
        if password is not None:
            self.do(actions.set_password, person, auth.hashed(login, password))
        return person, login

    def power(self, person: UUID) -> int:
        """The number of the one power that somebody holds."""
        with self._engine.begin() as connection:
            asked = select(Power.id).where(Power.person_id == person)
            return connection.execute(asked).scalar_one()

    def code(self, person: UUID) -> str:
        code = auth.new_code()
        self.do(actions.issue_codes, {person: auth.code_digest(code)})
        return code

    def token(self, person: UUID, *scopes: str, life: timedelta | None = None) -> str:
        secret = auth.new_secret(auth.TOKEN)
        self.do(actions.issue_token, person, "gateway", auth.digest(secret), scopes,
                life=life, today=TODAY)  # fmt: skip
        return secret


Open = Callable[..., TestClient]


def enter(browser: TestClient, login: str, password: str = PASSWORD, next: str = "/planning"):
    """What a browser does whose user fills the form."""
    page = browser.get("/sign-in", params={"next": next})
    fields = {"login": login, "password": password, "csrf": field(page)}
    return browser.post("/sign-in", params={"next": next}, data=fields)


def field(page) -> str:
    return re.search(r'name="csrf" value="(\w+)"', page.text)[1]


def token_of(page) -> str:
    return re.search(r'<meta name="csrf" content="(\w+)">', page.text)[1]


def led(answer) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("location", "")


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def by_form(client: TestClient, login: str, password: str = PASSWORD):
    return client.post("/api/token", data={"username": login, "password": password})


def choose(browser: TestClient, page, password: str, again: str = "", old: str = ""):
    fields = {"password": password, "again": again or password, "old": old, "csrf": field(page)}
    return browser.post(str(page.url), data=fields)
