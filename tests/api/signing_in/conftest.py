"""The office's own database, and browsers that are opened on one server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import app as door
from api import cluster as clusters
from api import deps
from api.settings import Settings
from tests.api.signing_in.office import HERE, OFFICE, Clock, Office, Open
from tests.conftest import app_url, town_of_its_own


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    """The owner's way into a database with the small town."""
    with town_of_its_own(cluster, "test_signing_in") as engine:
        yield engine


@pytest.fixture
def office(own: Engine) -> Office:
    return Office(own)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def browser(own: Engine, clock: Clock, tmp_path: Path) -> Iterator[Open]:
    """Opens a browser at an address; each has cookies of its own, the server is one."""
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    app = door.create(Settings(var=tmp_path, language="en"), url)
    app.dependency_overrides[deps.now] = lambda: clock.now

    def opened(base: str = HERE, address: str = OFFICE) -> TestClient:
        made = TestClient(
            app, base, client=(address, 5000), raise_server_exceptions=False,
            follow_redirects=False, headers={"accept": "text/html"},
        )  # fmt: skip
        made.portal = running.portal
        return made

    with TestClient(app, HERE) as running:
        yield opened
