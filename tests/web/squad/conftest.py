"""The same bureau, and a phone of its western squad."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, delete, update

from api import cluster as clusters
from layers.duty.tables import DutyEvent
from layers.incidents.tables import Incident, Step
from layers.photos.tables import Photo
from layers.squads.tables import Shift, Squad
from tests.web.bureau import at_work, settled
from tests.web.phone import Line, carried, picture
from tests.web.squad.phone import Phone


@pytest.fixture(scope="package")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    with settled(cluster, "test_web_squad") as engine:
        yield engine


@pytest.fixture(scope="package")
def line() -> Line:
    return Line()


@pytest.fixture(scope="package")
def address(own: Engine, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with at_work(own, line, tmp_path_factory.mktemp("var")) as found:
        yield found


@pytest.fixture(scope="package")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(picture())
    return path


@pytest.fixture
def phone(chromium: Browser, address: str, tmp_path: Path) -> Iterator[Phone]:
    with carried(Phone, chromium, address, tmp_path / "phone") as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_sent(own: Engine, line: Line) -> None:
    line.quiet()
    with own.begin() as connection:
        for table in (Photo, Step, Incident, DutyEvent, Shift):
            connection.execute(delete(table))
        connection.execute(update(Squad).values(out_of_service=None, out_of_service_at=None))
