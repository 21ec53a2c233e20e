"""Tiles past the route: the same as its own, for the same people, and no longer than they hold."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import app as door
from api import deps, tiles
from api.auth import digest
from api.settings import Settings
from layers.access import WORKER, transaction
from layers.journal.actions import note
from layers.people import actions as people
from layers.roles import BUREAU, Area, AreaKind, Role
from tests.api.conftest import HERE
from tests.cast import EAST, WEST
from tests.conftest import app_url, town_of_its_own
from tests.signed import signed_in

TILE = "/tiles/townships,grids/10/853/423.mvt"
PACKED, PLAIN = {"accept-encoding": "gzip"}, {"accept-encoding": "identity"}


@pytest.fixture(scope="module")
def own(cluster) -> Iterator[Engine]:
    with town_of_its_own(cluster, "test_at_hand") as engine:
        yield engine


@pytest.fixture
def server(own: Engine, tmp_path: Path, monkeypatch) -> Iterator[TestClient]:
    monkeypatch.setattr(tiles, "PACKED_FROM", 10)
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    app = door.create(Settings(var=tmp_path, language="en"), url)
    with TestClient(app, HERE, raise_server_exceptions=False) as client:
        until(lambda: app.state.remembered.hears)
        yield client


def until(met: Callable[[], bool], within_s: float = 3.0) -> None:
    """Wait for what the database's word brings about, for less than anything is remembered."""
    deadline = time.monotonic() + within_s
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def somebody(own: Engine, server: TestClient) -> Callable[..., dict[str, str]]:
    """The header of somebody new who sees an area, once the server has heard of it."""
    remembered = server.app.state.remembered

    def joined(area: Area = BUREAU) -> dict[str, str]:
        turn, login = remembered.turn, f"p{uuid4().hex}"
        with own.begin() as connection:
            secret = signed_in(connection, datetime.now(UTC), Role.PLANNER, login=login, area=area)
        until(lambda: remembered.turn > turn)
        return {"authorization": f"Bearer {secret}"}

    return joined


def past_the_route_alone(server: TestClient) -> None:
    """From now on the route can answer nobody."""
    server.app.dependency_overrides[deps.now] = lambda: 1 / 0


@pytest.mark.parametrize("taken", [PACKED, PLAIN])
def test_what_is_at_hand_is_the_same_as_what_was_made(taken, server, somebody):
    headers = somebody() | taken
    made = server.get(TILE, headers=headers)

    past_the_route_alone(server)
    again = server.get(TILE, headers=headers)
    server.app.state.tiles = tiles.Kept()
    anew = server.get(TILE, headers=headers)
    known = server.get(TILE, headers={**headers, "if-none-match": made.headers["etag"]})

    told = ("etag", "content-type", "content-encoding", "cache-control", "vary", "x-frame-options")
    assert made.status_code == 200 and again.content == made.content
    assert anew.content == made.content
    for answer in (again, anew):
        assert [answer.headers.get(n) for n in told] == [made.headers.get(n) for n in told]
    assert again.headers.get("content-encoding") == ("gzip" if taken == PACKED else None)
    assert (known.status_code, known.content) == (304, b"")
    assert len(known.headers["x-request-id"]) == 36


def test_who_sees_something_else_has_another_tile(server, somebody):
    areas = [BUREAU, Area(AreaKind.TOWNSHIP, WEST), Area(AreaKind.TOWNSHIP, EAST)]
    present = [somebody(area) for area in areas]
    tags = [server.get(TILE, headers=one).headers["etag"] for one in present]

    past_the_route_alone(server)
    others = [{**one, "if-none-match": tags[n - 1]} for n, one in enumerate(present)]
    answers = [server.get(TILE, headers=headers) for headers in others]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 3
    assert [EAST.encode() in answer.content for answer in answers] == [True, False, True]


def test_whoever_is_signed_out_has_nothing_more(server, own, somebody):
    headers = somebody()
    known = headers | {"if-none-match": server.get(TILE, headers=headers).headers["etag"]}
    assert server.get(TILE, headers=known).status_code == 304

    secret = headers["authorization"].removeprefix("Bearer ")
    with own.begin() as connection:
        people.sign_out(connection, digest(secret), at=datetime.now(UTC))

    until(lambda: server.get(TILE, headers=known).status_code == 401)


def test_a_changed_layer_is_another_tile_at_once(server, own, somebody):
    headers = somebody()
    known = headers | {"if-none-match": server.get(TILE, headers=headers).headers["etag"]}
    assert server.get(TILE, headers=known).status_code == 304

    with transaction(own, WORKER) as connection:
        later = datetime.now(UTC) + timedelta(seconds=1)
        note(connection, "imported", "grids", "x", actor=WORKER, at=later)

    until(lambda: server.get(TILE, headers=known).status_code == 200)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [(f"{TILE}?zoom=1", 422), ("/tiles/grids,x/3/0/0.mvt", 404), ("/tiles/grids/3/8/0.mvt", 404),
     ("/tiles/grids/3/a/0.mvt", 404)],
)  # fmt: skip
def test_what_is_no_tile_is_refused_as_ever(wrong, status, server, somebody):
    headers = somebody()
    server.get(TILE, headers=headers)

    assert server.get(wrong, headers=headers).status_code == status
