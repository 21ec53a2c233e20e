"""What holds for every answer: headers, known hosts, own pages only, sizes, problem documents."""

import errno
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api import app as door
from api import deps, network, uploads
from api.settings import Reached, Settings
from layers.access import transaction

PAGES = ("/", "/planning", "/api/docs")


def test_it_is_alive_and_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_without_its_tables_it_is_not_ready(client, cluster):
    empty = cluster.url_of("postgres")
    with TestClient(door.create(Settings(), empty), "http://127.0.0.1") as bare:
        answer = bare.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "migrations_pending")


def test_a_database_that_is_away_is_503_with_a_time_to_try_again(tmp_path: Path):
    nowhere = f"postgresql://nobody@/nothing?host={tmp_path}"
    somebody = {"authorization": "Bearer gps_anything"}
    app = door.create(Settings(), nowhere)
    with TestClient(app, "http://127.0.0.1", headers=somebody) as cut_off:
        answers = [cut_off.get(path) for path in ("/readyz", "/api/townships")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all(answer.json()["code"] == "database_away" for answer in answers)
    assert all(answer.headers["retry-after"] == "5" for answer in answers)


def test_a_read_that_takes_long_is_given_up(app, client, engine, monkeypatch):
    del app.dependency_overrides[deps.opening]
    monkeypatch.setattr(deps, "PATIENCE_S", 0.05)

    with engine.begin() as other:
        other.execute(text("LOCK TABLE matters IN ACCESS EXCLUSIVE MODE"))
        answer = client.get("/api/matters")

    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")


def test_metrics_count_by_route_and_not_by_path(client, cast):
    client.get(f"/api/grids/{next(iter(cast.grids))}")

    told = client.get("/metrics").text
    assert 'gridpatrol_requests_total{route="/api/grids/{code}",status="200"}' in told
    assert next(iter(cast.grids)) not in told


@pytest.mark.parametrize("path", [*PAGES, "/api/grids", "/nothing", "/assets/theme.css"])
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert len(headers["x-request-id"]) == 36
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_no_other_host_and_carry_no_inline_script(client, path):
    page = client.get(path).text

    assert "http://" not in page and "https://" not in page and "//" not in page.replace("</", "")
    assert "<script>" not in page and "<style" not in page and " style=" not in page


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.5:8000"])
def test_a_foreign_name_for_this_machine_is_not_served(client, host):
    answer = client.get("/api/townships", headers={"host": host})

    assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "127.8.8.8"])
def test_the_loopback_is_served_under_each_of_its_names(client, host):
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.fixture
def on_the_network(settings, url):
    """Reached over the address 10.0.0.5 of this machine, which is called desk.lan."""
    reached = Reached(names=("desk.lan", "10.9.9.9"))
    served = settings.model_copy(update={"reached": reached})
    with TestClient(door.create(served, url), "https://10.0.0.5:8443") as client:
        yield client


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("desk.lan:8443", 200),
        ("DESK.lan.", 200),
        ("10.0.0.5:8443", 200),
        ("10.9.9.9", 200),
        ("127.0.0.1", 200),
        ("10.0.0.6:8443", 421),
        ("evil.example", 421),
        ("desk.lan.evil.example", 421),
        ("[::1", 421),
    ],
)
def test_it_is_served_under_its_names_and_the_address_that_was_asked(on_the_network, host, status):
    assert on_the_network.get("/healthz", headers={"host": host}).status_code == status


@pytest.mark.parametrize("at", ["::ffff:10.0.0.5", "10.0.0.5"])
def test_an_address_may_arrive_in_the_newer_way_of_writing(at):
    assert network.same_address("10.0.0.5", at)
    assert not network.same_address("10.0.0.6", at)


@pytest.mark.parametrize(
    ("path", "camera"),
    [("/", "()"), ("/planning", "()"), ("/field", "(self)"), ("/squad/1", "(self)"),
     ("/fields", "()"), ("/api/squads", "()")],
)  # fmt: skip
def test_only_the_phones_pages_may_ask_for_camera_and_place(client, path, camera):
    policy = client.get(path).headers["permissions-policy"]

    assert policy == f"camera={camera}, microphone=(), geolocation={camera}"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
    ],
)
def test_another_sites_page_cannot_send_anything(client, headers):
    answer = client.post("/api/plans", json={"week": "2026-W48"}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize(
    "headers", [{}, {"sec-fetch-site": "same-origin"}, {"origin": "http://127.0.0.1"}]
)
def test_our_own_page_and_programs_can(client, headers):
    answer = client.post("/api/plans", json={"week": "2026-W48"}, headers=headers)

    assert answer.status_code == 202


def test_a_body_that_is_too_large_is_413(client):
    answer = client.post("/api/plans", json={"week": "x" * 1_000_001})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_full_disk_is_503(client, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploads.shutil, "copyfileobj", full)

    answer = client.post("/api/imports/grids", files={"file": ("a.csv", b"code\n1\n")})

    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")


def test_a_commit_that_fails_is_never_a_success(app, planner):
    """The answer waits for the commit."""

    def doomed():
        with transaction(app.state.engine, planner) as opened:
            yield opened
            opened.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    app.dependency_overrides[deps.connection] = doomed
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.post("/api/plans", json={"week": "2026-W48"})

    assert answer.status_code == 503


def test_a_defect_is_500_without_its_inside(app):
    def broken():
        raise ZeroDivisionError("secret")

    app.dependency_overrides[deps.actor] = broken
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/api/townships")

    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_wrong_method_names_the_right_ones(client):
    answer = client.delete("/api/townships")

    assert (answer.status_code, answer.json()["code"]) == (405, "no_such_method")
    assert "GET" in answer.headers["allow"]


def test_a_problem_speaks_the_language_that_was_asked_for(client):
    asked = [
        client.get("/api/plans/7", headers={"accept-language": "zh-CN"}),
        client.get("/api/plans/7", headers={"accept-language": "en-GB"}),
        client.get("/api/plans/7?lang=zh", headers={"accept-language": "en"}),
    ]

    titles = [answer.json()["title"] for answer in asked]
    assert titles == ["没有计划 7", "There is no plan 7", "没有计划 7"]
    assert client.get(asked[0].json()["type"]).json()["en"] == "There is no plan {id}"


def test_a_person_gets_a_page_where_a_program_gets_a_document(client):
    page = client.get("/nothing", headers={"accept": "text/html,*/*;q=0.8"})

    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert client.get("/api/nothing", headers={"accept": "text/html"}).json()["status"] == 404


def test_what_people_typed_is_escaped_on_every_page(client, cast):
    for path in ("/", "/planning", "/maps/squads.html"):
        page = client.get(path).text
        assert "<城管>" not in page
        assert "&lt;城管&gt;" in page


def test_the_description_is_openapi_and_names_its_refusals(client):
    described = client.get("/api/openapi.json").json()

    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert "503" in operation["responses"], path
            content = operation["responses"]["503"]["content"]
            assert list(content) == ["application/problem+json"]
            good = [code for code in operation["responses"] if code.startswith("2")]
            assert good, path
    assert_references_resolve(described)


def assert_references_resolve(described: dict[str, object]) -> None:
    found = orjson.dumps(described).decode().split('"$ref":"#/')[1:]
    for reference in {part.split('"', 1)[0] for part in found}:
        place = described
        for step in reference.split("/"):
            place = place[step]


def test_assets_are_kept_for_good_below_their_digest(client, app):
    base = app.state.shelf.base
    kept = client.get(f"{base}/shared/desk.css")
    named = client.get("/assets/shared/desk.css")
    again = client.get("/assets/shared/desk.css", headers={"if-none-match": named.headers["etag"]})

    assert "immutable" in kept.headers["cache-control"]
    assert kept.headers["content-encoding"] == "gzip"
    assert kept.content == named.content
    assert named.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["../settings.py", "%2e%2e/words.csv", "desk/start.html", "x"])
def test_nothing_but_assets_is_served_as_such(client, name):
    assert client.get(f"/assets/{name}").status_code == 404
