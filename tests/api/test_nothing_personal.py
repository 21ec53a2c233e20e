"""A phone number is planted wherever people type, and nothing that is told repeats it."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api import app as door
from api import cluster as clusters
from api import deps, logs, worker
from api.cli import console
from api.deps import OPERATOR
from api.settings import Settings
from layers import db
from tests.api.conftest import HERE
from tests.cast import Cast
from tests.conftest import addresses, app_url, migrated_database

PHONE = "13800001111"
TYPED = ("138 0000 1111", PHONE)
HEAD = "案件编号,发生时间,经度,纬度,描述,反映人,联系电话\n"
GOOD = f"A1,2026-11-10 08:30,119.905,29.705,垃圾,李四 {PHONE},{PHONE}\n"
BAD = f"A2,2026-11-10 08:30,0,0,垃圾,李四,{PHONE}\n"
SPOKEN = f"A3,2026-11-10 08:30,119.905,29.705,电话 {PHONE},,\n"
REFUSES = "ALTER TABLE incidents ADD CONSTRAINT refuses CHECK (description NOT LIKE '%电话%')"


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[tuple[str, Engine]]:
    """A database with the small town, which refuses descriptions with the word for telephone."""
    url = migrated_database(cluster, "test_personal")
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
        connection.execute(text(REFUSES))
    yield url, engine
    engine.dispose()


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """The log of this process."""
    out, before = io.StringIO(), (logging.root.handlers[:], logging.root.level)
    logs.configure(stream=out)
    yield out
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One folder with one key, as the database knows it."""
    return Settings(var=tmp_path_factory.mktemp("var"), language="en")


@pytest.fixture
def client(own, settings: Settings) -> Iterator[TestClient]:
    """The application as it is, on its own transactions."""
    made = door.create(settings, app_url(own[0]))
    made.dependency_overrides[deps.actor] = lambda: OPERATOR
    with TestClient(made, HERE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def take_in(client, own, settings) -> Callable[[str], dict[str, object]]:
    """Sends a file, lets the worker do it once, and gives the job."""
    engine = db.connect(app_url(own[0]))
    with own[1].begin() as connection:
        connection.execute(text("DELETE FROM jobs"))

    def taken(content: str) -> dict[str, object]:
        files = {"file": (f"{PHONE}.csv", content.encode())}
        answer = client.post("/api/imports/incidents", files=files)
        worker.do_next(engine, settings)
        return client.get(answer.headers["location"]).json()

    yield taken
    engine.dispose()


def personal(*texts: object) -> list[str]:
    return [typed for one in texts for typed in TYPED if typed in str(one)]


def test_an_import_tells_how_many_and_not_whom(take_in, told):
    job = take_in(HEAD + GOOD + BAD)

    assert (job["result"]["new"], job["result"]["refused"]) == (1, 1)
    assert "job done" in told.getvalue()
    assert not personal(told.getvalue(), job["result"])


def test_a_file_without_names_above_its_columns_is_refused_without_its_first_row(take_in, told):
    job = take_in(GOOD)

    assert (job["state"], job["problem"]["code"]) == ("failed", "columns_missing")
    assert not personal(told.getvalue(), job["problem"])


def test_a_row_that_the_database_refuses_is_quoted_nowhere(take_in, told, own, cluster):
    begun = cluster.log.stat().st_size

    job = take_in(HEAD + SPOKEN)

    with cluster.log.open() as log:
        log.seek(begun)
        server = log.read()
    assert job["problem"]["code"] == "defect"
    assert "job failed" in told.getvalue() and "IntegrityError" in told.getvalue()
    assert "refuses" in server
    assert not personal(told.getvalue(), job["problem"], server)


def test_no_answer_and_no_line_repeats_what_was_sent(client, take_in, told, own):
    take_in(HEAD + GOOD)
    with own[1].begin() as connection:
        case = connection.execute(text("SELECT id FROM incidents")).scalar_one()
    at = f"/api/incidents/{case}"
    words = {"description": f"电话 {PHONE}", "reason": f"电话 {PHONE}"}

    answers = [
        client.put(f"{at}/reporter", json={"phone": PHONE * 20}),
        client.put(f"{at}/reporter", json={"phone": PHONE, "kept_until": f"at {PHONE}"}),
        client.put(f"{at}/reporter", json={"address": f"{PHONE}\x01"}),
        client.post("/api/reporters/find", json={"email": f"tel {PHONE}"}),
        client.post("/api/reporters/find", json={"phone": f"{PHONE} {PHONE}"}),
        client.post("/api/reporters/find", content=f"{{{PHONE}".encode()),
        client.post(f"{at}/redact", json=words),
    ]

    assert [answer.status_code for answer in answers] == [422] * 6 + [500]
    assert not personal(told.getvalue(), *(answer.text for answer in answers))
    assert not personal(*(answer.headers for answer in answers))


def test_a_command_tells_a_defect_without_the_row(
    own, told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    for name, address in addresses(own[0]).items():
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("GRIDPATROL_VAR", str(tmp_path))
    console.settings.cache_clear()
    file = tmp_path / "cases.csv"
    file.write_text(HEAD + SPOKEN)
    monkeypatch.setattr(sys, "argv", ["gridpatrol", "import", "incidents", str(file)])

    code = console.run()

    console.settings.cache_clear()
    said = capsys.readouterr()
    assert code == 1 and "IntegrityError" in said.err
    assert not personal(said.out, said.err)


def test_a_map_a_list_and_a_page_show_no_reporter(client, take_in, told):
    take_in(HEAD + GOOD)

    pages = ("/api/incidents", "/api/overview", "/maps/incidents.html", "/", "/admin")
    shown = [client.get(path) for path in pages]

    assert [answer.status_code for answer in shown] == [200] * len(shown)
    assert not personal(*(answer.text for answer in shown))
