"""Grid workers and their phones: what is reported once arrives once, whatever happens between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from api import cluster as clusters
from api.settings import Settings
from layers import db, migrations
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.people.tables import Person
from layers.photos.tables import Photo
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import app_url, fresh_database
from tests.signed import signed_in
from tests.web.phone import Line, Phone, carried, picture
from tests.web.served import PATIENCE_MS, serving

pytestmark = pytest.mark.browser
GRID = Area(AreaKind.GRID, f"{WEST}001001")
RUBBISH, STALL = "Exposed rubbish", "Street stall"


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = fresh_database(cluster, "test_web_field")
    migrations.upgrade(url)
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
        for code, zh, en in (("S01", "占道经营", STALL), ("S02", "暴露垃圾", RUBBISH)):
            matter = {"code": code, "name_zh": zh, "name_en": en, "kind": "event",
                      "offered": True, "photos_before": 1, "photos_after": 1}  # fmt: skip
            connection.execute(insert(Matter).values(matter))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def line() -> Line:
    return Line()


@pytest.fixture(scope="module")
def address(own: Engine, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=tmp_path_factory.mktemp("var")), line.before) as found:
        yield found


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(picture())
    return path


@pytest.fixture
def phone(chromium: Browser, address: str, tmp_path: Path) -> Iterator[Phone]:
    with carried(chromium, address, tmp_path / "phone") as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_reported(own: Engine, line: Line) -> None:
    line.lose = lambda _: False
    with own.begin() as connection:
        for table in (Photo, Step, Incident):
            connection.execute(delete(table))
        connection.execute(update(Matter).values(offered=True))


def worker(own: Engine, login: str) -> str:
    """A grid worker of the south-west; the secret of a session."""
    with own.begin() as connection:
        if id_of(connection, login):
            raise AssertionError("each test has its own people")
        return signed_in(connection, datetime.now(UTC), Role.GRID_WORKER, login=login, area=GRID)


def id_of(connection: Connection, login: str) -> UUID | None:
    return connection.execute(select(Person.id).where(Person.login == login)).scalar_one_or_none()


def all_of(own: Engine, *columns) -> list[tuple]:
    with own.begin() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def to_check(own: Engine, count: int) -> list[UUID]:
    """Cases whose check was sent to the south-west."""
    at = datetime.now(UTC) - timedelta(hours=2)
    with own.begin() as connection:
        cast = Cast(connection, WEST, "", grids_of(connection))
        return [cast.report(119.904 + n / 1e4, 29.704, at, "to_check") for n in range(count)]


def grids_of(connection: Connection) -> dict[str, int]:
    return {row.code: row.id for row in connection.execute(text("SELECT code, id FROM grids"))}


# --- The flight mode ----------------------------------------------------------------------------


def test_twenty_reports_and_five_checks_survive_a_killed_browser_and_arrive_once(
    own: Engine, phone: Phone, photo: Path
):
    checks = to_check(own, 5)
    secret = worker(own, "lin.yi")
    phone.sign_in(secret)
    phone.visit()
    expect(phone.page.locator("a[href^='#case/']")).to_have_count(5)

    phone.context.set_offline(True)
    for n in range(20):
        phone.report(STALL if n % 2 else RUBBISH, photo)
    for case in checks:
        check(phone, case, photo)
    assert phone.waiting() == 20 * 2 + 5 * 2
    assert all_of(own, Incident.id, Incident.state) == [(case, "to_check") for case in checks]
    phone.kill()
    phone.start(offline=True).goto("/field")
    phone.sign_in(secret)  # a browser writes its cookies down only every half minute
    expect(phone.page.locator(".tile[href='#waiting'] strong")).to_have_text("50")
    phone.context.set_offline(False)

    expect(phone.page.locator("#synced")).to_have_text("All sent", timeout=2 * PATIENCE_MS)
    reported = all_of(own, Incident.id, Incident.reported_by)
    assert len(reported) == 25
    assert sum(by is not None for _, by in reported) == 20
    steps = all_of(own, Step.incident_id, Step.verb, Step.event_id)
    assert sorted(verb for _, verb, _ in steps) == ["report"] * 20 + ["report_check"] * 5
    assert {case for case, verb, _ in steps if verb == "report_check"} == set(checks)
    photos = all_of(own, Photo.incident_id)
    assert sorted(photos) == sorted((case,) for case, _ in reported)
    assert in_order(own)


def check(phone: Phone, case: UUID, photo: Path) -> None:
    page = phone.page
    page.locator(f"a[href='#case/{case}']").first.click()
    page.get_by_role("radio", name="It is so", exact=True).check()
    page.locator("form .camera input").set_input_files(photo)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#shoot")).to_be_visible()


def in_order(own: Engine) -> bool:
    """Each case's report before its photo, the photo before the step that shows it."""
    with own.begin() as connection:
        wrong = connection.execute(text(
            "SELECT count(*) FROM photos p JOIN incident_steps s USING (incident_id)"
            " WHERE (s.verb = 'report') <> (s.received_at <= p.received_at)"))  # fmt: skip
        return wrong.scalar_one() == 0
