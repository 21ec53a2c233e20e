"""What is written of the work: one line each, in JSON, with nothing of a person in it."""

import io
import logging
import warnings
from collections.abc import Callable, Iterator

import orjson
import pytest
import structlog
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api import logs

SECRET = "张三-110101199003070011"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What was logged since, as a machine reads it."""
    out = io.StringIO()
    before = logging.root.handlers[:], logging.root.level
    logs.configure(stream=out)
    yield lambda: [orjson.loads(line) for line in out.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)


@pytest.fixture
def asked(client: TestClient, lines):
    """Asks, and gives the answer with the line that tells of it."""

    def ask(method: str, path: str, **more):
        answer = client.request(method, path, **more)
        (line,) = [line for line in lines() if line.get("request") == answer.headers["x-request-id"]
                   and line["event"] == "answered"]  # fmt: skip
        return answer, line

    return ask


def test_one_line_tells_of_a_request_by_its_route(asked, cast):
    answer, line = asked("GET", f"/api/grids/{next(iter(cast.grids))}")

    assert answer.status_code == 200
    assert (line["level"], line["event"], line["method"]) == ("info", "answered", "GET")
    assert (line["route"], line["status"]) == ("/api/grids/{code}", 200)
    assert float(line["ms"]) > 0 and str(line["time"]).endswith("Z")
    assert set(line) == {"time", "level", "event", "request", "method", "route", "status", "ms"}


def test_a_job_is_tied_to_the_request_that_put_it(asked, lines):
    answer, line = asked("POST", "/api/plans", json={"week": "2026-W48"})

    (put,) = [line for line in lines() if line["event"] == "job put"]
    assert put["job"] == answer.json()["job"]
    assert put["request"] == line["request"]


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", f"/api/incidents?matter={SECRET}", {}),
        ("GET", f"/api/grids/{SECRET}", {}),
        ("GET", f"/{SECRET}", {}),
        ("GET", "/api/squads", {"headers": {"authorization": "Bearer gpt_secret0123"}}),
        ("GET", "/", {"headers": {"cookie": "gridpatrol=gps_secret0123"}}),
        ("POST", "/api/token", {"data": {"username": SECRET, "password": "secret0123"}}),
        ("POST", "/api/plans", {"json": {"week": SECRET, "capacity": "secret0123"}}),
        ("POST", "/api/nearest-squads", {"json": {"lon": 7, "description": SECRET}}),
    ],
)
def test_nothing_that_was_sent_is_written(asked, lines, method, path, more):
    asked(method, path, **more)

    told = orjson.dumps(lines()).decode()
    assert SECRET not in told and "secret0123" not in told


def test_a_defect_tells_where_it_arose_but_not_what_it_was_about(client, lines, app):
    def broken():
        raise ValueError(SECRET)

    app.dependency_overrides.update(dict.fromkeys(app.dependency_overrides, broken))
    answer = client.get("/api/townships")

    (line,) = [line for line in lines() if line["event"] == "defect"]
    assert answer.status_code == 500
    assert line["request"] == answer.headers["x-request-id"]
    assert str(line["exception"]).endswith("broken\nValueError")
    assert SECRET not in str(line)


def test_an_answer_that_breaks_off_is_told_too(app, client, lines):
    async def half():
        yield b"half"
        raise ValueError(SECRET)

    app.add_api_route("/half", lambda: StreamingResponse(half()))
    client.get("/half")

    assert [line["status"] for line in lines() if line.get("route") == "/half"] == [200]


def test_a_row_that_the_database_quotes_is_not_written(engine: Engine, lines):
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("SELECT CAST(:it AS integer)"), {"it": SECRET})

    structlog.get_logger().error("defect", exc_info=refused.value)

    (line,) = lines()
    assert SECRET in str(refused.value) and SECRET not in str(line)
    assert "InvalidTextRepresentation 22P02" in str(line["exception"])


def test_what_led_to_it_is_told_too(lines):
    try:
        try:
            int(SECRET)
        except ValueError as first:
            raise KeyError(SECRET) from first
    except KeyError:
        structlog.get_logger().exception("stumbled")

    (line,) = lines()
    told = str(line["exception"]).splitlines()
    assert [step for step in told if "test_logs.py" not in step] == [
        "ValueError", "and then", "KeyError",
    ]  # fmt: skip


def test_libraries_speak_the_same_way_and_quote_nothing(lines):
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)  # a server's test may have set it
    logging.getLogger("uvicorn.error").warning("Invalid %s request received.", "HTTP")
    logging.getLogger("asyncio").error("Task failed: %s\nfuture: %s", SECRET, SECRET)
    logging.getLogger("sqlalchemy").info("too fine to be told")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("it will go away", DeprecationWarning, stacklevel=1)

    told = [(line["level"], line["event"], line["logger"]) for line in lines()]
    assert told[:2] == [
        ("warning", "Invalid HTTP request received.", "uvicorn.error"),
        ("error", "Task failed: %s", "asyncio"),
    ]
    assert told[2][2] == "py.warnings" and "it will go away" in told[2][1]


def test_a_terminal_gets_lines_for_people(lines):
    screen = Screen()
    logs.configure(stream=screen)

    structlog.get_logger().info("serving", workers=2)

    assert "serving" in screen.getvalue() and "workers" in screen.getvalue()
    assert not screen.getvalue().startswith("{")
