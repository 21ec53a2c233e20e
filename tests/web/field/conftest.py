"""A bureau with two matters, the line to it, and a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, delete, insert, update

from api import cluster as clusters
from api.settings import Settings
from layers import db, migrations
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.photos.tables import Photo
from tests.cast import Cast
from tests.conftest import app_url, fresh_database
from tests.web.field.phone import Line, Phone, carried, picture
from tests.web.field.world import RUBBISH, STALL
from tests.web.served import serving


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def line() -> Line:
    return Line()


@pytest.fixture(scope="package")
def address(own: Engine, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=tmp_path_factory.mktemp("var")), line.before) as found:
        yield found


@pytest.fixture(scope="package")
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
