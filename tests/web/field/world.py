"""Grid workers of the south-west, and what was reported there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from api import auth
from layers.people import actions
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.signed import KEPT, MANAGER, signed_in
from tests.web.bureau import RUBBISH, STALL, all_of, grids_of, id_of
from tests.web.field.phone import Phone

__all__ = [
    "RUBBISH", "STALL", "again", "all_of", "check", "end_sessions", "id_of", "to_check", "worker",
]  # fmt: skip
GRID = Area(AreaKind.GRID, f"{WEST}001001")


def worker(own: Engine, login: str) -> str:
    """A grid worker of the south-west; the secret of a session."""
    with own.begin() as connection:
        if id_of(connection, login):
            raise AssertionError("each test has its own people")
        return signed_in(connection, datetime.now(UTC), Role.GRID_WORKER, login=login, area=GRID)


def to_check(own: Engine, count: int) -> list[UUID]:
    """Cases whose check was sent to the south-west."""
    at = datetime.now(UTC) - timedelta(hours=2)
    with own.begin() as connection:
        cast = Cast(connection, WEST, "", grids_of(connection))
        return [cast.report(119.904 + n / 1e4, 29.704, at, "to_check") for n in range(count)]


def check(phone: Phone, case: UUID, photo: Path) -> None:
    page = phone.page
    page.locator(f"a[href='#case/{case}']").first.click()
    page.get_by_role("radio", name="It is so", exact=True).check()
    page.locator("form .camera input").set_input_files(photo)
    phone.send()


def end_sessions(own: Engine, login: str) -> None:
    with own.begin() as connection:
        person = id_of(connection, login)
        assert person
        actions.end_all_sessions(connection, person, actor=MANAGER, at=datetime.now(UTC))


def again(own: Engine, login: str) -> str:
    """Signed in once more; the secret of the new session."""
    secret = auth.new_secret(auth.SESSION)
    with own.begin() as connection:
        person = id_of(connection, login)
        assert person
        attempt = actions.Attempt(person, KEPT, None, (), login)
        actions.sign_in(connection, attempt, auth.digest(secret), at=datetime.now(UTC))
    return secret
