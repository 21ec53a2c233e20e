"""A small bureau and its server, and dispatchers with and without a map."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text

from api import cluster as clusters
from api.settings import Settings
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import CHROMIUM, QUIET, app_url
from tests.signed import signed_in
from tests.web.board.dispatcher import CLOSE, MISSING, STREET, Case, leave_map
from tests.web.bureau import grids_of, settled
from tests.web.served import cookie, opened, serving


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    with settled(cluster, "test_board") as engine:
        with engine.begin() as connection:
            connection.execute(text(
                "INSERT INTO places (key, name, place, x, y, datum)"
                " VALUES ('1', '柳河路', ST_Point(119.908, 29.708, 4326), 119.908, 29.708, 'wgs84')"
            ))  # fmt: skip
        yield engine


@pytest.fixture(scope="module")
def address(own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=tmp_path_factory.mktemp("var"))) as found:
        yield found


@pytest.fixture
def secret(own: Engine) -> str:
    west, now = Area(AreaKind.TOWNSHIP, WEST), datetime.now(UTC)
    with own.begin() as connection:
        return signed_in(connection, now, Role.DISPATCHER, login=str(uuid4()), area=west)


@pytest.fixture
def page(chromium: Browser, address: str, secret: str) -> Iterator[Page]:
    """A dispatcher's, whose map was left over the street."""
    with opened(chromium, address, cookie(secret), MISSING) as (page, _):
        leave_map(page, CLOSE)
        yield page


@pytest.fixture(scope="module")
def blind(chromium: Browser) -> Iterator[Browser]:
    """One without WebGL."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=[*QUIET, "--disable-3d-apis"]
    )
    yield browser
    browser.close()


@pytest.fixture
def mapless(blind: Browser, address: str, secret: str) -> Iterator[Page]:
    with opened(blind, address, cookie(secret), MISSING) as (page, _):
        yield page
        expect(page.locator("#no-map")).to_contain_text("there is no map")


@pytest.fixture
def case(own: Engine) -> Case:
    """A filed case on the street, or so many degrees east of it."""

    def filed(east: float = 0, state: str = "filed", **changes: object) -> str:
        with own.begin() as connection:
            cast = Cast(connection, WEST, "", grids_of(connection))
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            identity = cast.report(STREET[0] + east, STREET[1], hour_ago, state)
            for name, value in {"case_no": f"26-{identity.int % 10**6:06d}", **changes}.items():
                connection.execute(
                    text(f"UPDATE incidents SET {name} = :value WHERE id = :id"),
                    {"value": value, "id": identity},
                )
            return str(identity)

    return filed


@pytest.fixture(autouse=True)
def nothing(own: Engine) -> None:
    """Each begins with empty queues and no shifts."""
    with own.begin() as connection:
        for table in ("incident_steps", "incidents", "duty_events", "shifts"):
            connection.execute(text(f"DELETE FROM {table}"))


@pytest.fixture
def roster(own: Engine) -> Iterator[Callable[[int, int], None]]:
    """A shift of the squad of the west, from and to so many hours from now."""

    def planned(first: int, last: int) -> None:
        now = datetime.now(UTC)
        hours = {"from": now + timedelta(hours=first), "to": now + timedelta(hours=last)}
        with own.begin() as connection:
            connection.execute(text(
                "INSERT INTO shifts (squad_code, planned_at, starts_at, ends_at, members, vehicle,"
                " skills) VALUES ('S1', :from, :from, :to, 2, 'none', '{拖车}')"
            ), hours)  # fmt: skip

    yield planned
    with own.begin() as connection:
        connection.execute(text("UPDATE squads SET out_of_service = NULL"))
