"""A squad's phone, and the orders that come to it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, expect
from sqlalchemy import Engine, update

from layers.clock import Calendar
from layers.incidents.actions.stepping import Said, step
from layers.incidents.tables import Incident
from layers.roles import Area, AreaKind, Role
from layers.squads.tables import Squad
from tests.cast import WEST, Cast
from tests.signed import MANAGER, signed_in
from tests.web import phone
from tests.web.bureau import grids_of

ADDRESS = "解放路 12 号 12 Liberation Road"
DAYS = Calendar(ZoneInfo("Asia/Shanghai"))


class Phone(phone.Phone):
    def visit(self) -> None:
        self.opened("/squad")
        expect(self.page.locator("#where")).to_have_text("西街中队")

    def card(self, case: UUID) -> Locator:
        return self.page.locator(f".order[data-id='{case}']")

    def press(self, case: UUID, name: str) -> None:
        button = self.card(case).get_by_role("button", name=name, exact=True)
        button.or_(self.card(case).get_by_role("link", name=name, exact=True)).tap()

    def send(self, name: str) -> None:
        self.page.locator("form").get_by_role("button", name=name, exact=True).tap()
        expect(self.page.locator("h1")).to_have_text("Orders")


def member(own: Engine, login: str) -> str:
    """Somebody of the western squad; the secret of a session."""
    squad = Area(AreaKind.SQUAD, "S1")
    with own.begin() as connection:
        at = datetime.now(UTC)
        return signed_in(connection, at, Role.SQUAD_MEMBER, login=login, area=squad)


def order(own: Engine, squad: str = "S1", *, minutes_ago: int = 1) -> UUID:
    """Sent to a squad of many crews so many minutes ago, who have half an hour to be there."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    with own.begin() as connection:
        connection.execute(update(Squad).values(crews=99))
        cast = Cast(connection, WEST, "", grids_of(connection))
        case = cast.report(119.9062, 29.7062, at - timedelta(minutes=9), "filed")
        told = {"address": ADDRESS, "description": "摊位占了盲道 Stalls on the guiding path"}
        connection.execute(update(Incident).where(Incident.id == case).values(told))
        said = Said("dispatch", uuid4(), at, squad=squad)
        step(connection, case, said, actor=MANAGER, at=at, calendar=DAYS)
    return case


def recall(own: Engine, case: UUID, reason: str = "another squad is nearer") -> None:
    done(own, case, Said("recall", uuid4(), datetime.now(UTC), reason=reason))


def done(own: Engine, case: UUID, said: Said) -> None:
    """A step that somebody else does."""
    with own.begin() as connection:
        at = said.happened_at
        step(connection, case, said, actor=MANAGER, at=at, calendar=DAYS)
