"""POST /api/imports/{layer}: an upload becomes a job, its refused rows a file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api import deps, uploads
from layers.access import Actor, Verb
from tests.api.conftest import HERE

CASES = (
    "案件编号,发生时间,经度,纬度,描述\n"
    "A1,2026-11-10 08:30,119.905,29.705,<b>好</b>\n"
    "A2,2026-11-10 08:30,0,0,零\n"
    "A3,,119.905,29.705,空\n"
).encode("gb18030")


def send(client, layer="incidents", content=CASES, name="案件.csv", **options):
    return client.post(f"/api/imports/{layer}", files={"file": (name, content)}, data=options)


def test_good_rows_go_in_and_bad_ones_come_back(client, cast, work):
    answer = send(client)

    job = work(client, answer)

    assert job["state"] == "done"
    result = job["result"]
    assert (result["total"], result["new"], result["refused"]) == (3, 1, 2)
    assert {reason["code"] for reason in result["reasons"]} == {"zero_coordinates", "missing"}
    incident = client.get("/api/incidents").json()["items"][0]
    assert (incident["external_id"], incident["description"]) == ("A1", "<b>好</b>")
    refused = client.get(f"/api/imports/{job['id']}/refused")
    assert "attachment" in refused.headers["content-disposition"]
    assert "A2" in refused.text and "A1" not in refused.text


def test_a_dry_run_keeps_nothing(client, cast, work):
    job = work(client, send(client, dry_run="true"))

    assert job["result"]["new"] == 1
    assert client.get("/api/incidents").json()["items"] == []


def test_the_owners_word_on_the_file_is_heard(client, cast, work):
    theirs = b"nr,when,e,n\n7,2026-11-10 08:30,119.905,29.705\n"
    options = {"columns": "external_id=nr, occurred_at=when,lon=e,lat=n", "timezone": "UTC"}

    job = work(client, send(client, content=theirs, name="x.csv", **options))

    assert job["result"]["new"] == 1, job
    incident = client.get("/api/incidents").json()["items"][0]
    assert incident["occurred_at"] == "2026-11-10T08:30:00Z"


def test_a_file_that_nothing_can_be_made_of_is_told_in_words(client, cast, work):
    job = work(client, send(client, content=b"a,b\n1,2\n", name="x.csv"))

    assert job["state"] == "failed"
    assert job["problem"]["code"] in ("columns_missing", "no_place_columns")
    assert job["problem"]["title"].startswith(("Columns are missing", "No columns"))


def test_nothing_refused_leaves_no_file(client, cast, work):
    job = work(
        client, send(client, content="\n".join(CASES.decode("gb18030").split("\n")[:2]).encode())
    )

    answer = client.get(f"/api/imports/{job['id']}/refused")

    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_refused")


def test_the_file_lies_in_a_folder_of_its_own_under_a_safe_name(client, cast, settings):
    send(client, name="../../../etc/pass wd;.csv")

    kept = [path for path in settings.var.rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["pass wd_.csv"]
    assert kept[0].parent.parent == settings.var / "uploads"
    assert kept[0].read_bytes() == CASES


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("案件 2026.csv", "案件 2026.csv"),
        ("..", "file"),
        ("C:\\Users\\me\\grids.shp", "grids.shp"),
        ("a\x00b\n.csv", "a_b_.csv"),
        (".bashrc", "bashrc"),
        ("x" * 300 + ".geojson", "x" * 200 + ".geojson"),
        ("案" * 120 + ".csv", "案" * 66 + ".csv"),
    ],
)
def test_names_of_files_are_made_safe(given, kept):
    assert uploads.safe_name(given) == kept


def test_a_file_named_as_the_refused_rows_stays_as_it_was_sent(client, cast, work, settings):
    job = work(client, send(client, name="refused.csv"))

    sent = next((settings.var / "uploads").glob("*/refused.csv"))
    assert sent.read_bytes() == CASES
    refused = client.get(f"/api/imports/{job['id']}/refused")
    assert "A2" in refused.text and "A1" not in refused.text
    assert 'filename="refused.csv"' in refused.headers["content-disposition"]


def test_a_long_chinese_name_is_kept(client, cast, settings):
    assert send(client, name="案" * 120 + ".csv").status_code == 202

    assert len(list((settings.var / "uploads").glob("*/案*.csv"))) == 1


def test_an_upload_and_its_folders_are_on_the_disk_before_the_job_is(
    client, cast, settings, monkeypatch
):
    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda opened: (synced.append(inode(opened)), fsync(opened)))

    send(client)

    folder = next((settings.var / "uploads").iterdir())
    kept = [folder / "案件.csv", folder, folder.parent, settings.var]
    assert synced == [inode(path) for path in kept]


def inode(named: int | Path) -> int:
    return os.stat(named).st_ino  # noqa: PTH116  (an open file too)


def test_the_parts_of_a_shapefile_stay_together(client, cast, settings):
    parts = [("file", (f"g.{ending}", b"x")) for ending in ("shp", "shx", "dbf", "prj")]

    answer = client.post("/api/imports/grids", files=parts)

    assert answer.status_code == 202
    folder = next((settings.var / "uploads").iterdir())
    assert sorted(path.suffix for path in folder.iterdir()) == [".dbf", ".prj", ".shp", ".shx"]


def test_two_files_at_once_are_refused(client, cast):
    two = [("file", ("a.csv", CASES)), ("file", ("b.csv", CASES))]

    answer = client.post("/api/imports/incidents", files=two)

    assert (answer.status_code, answer.json()["code"]) == (422, "one_file_at_a_time")


def test_a_file_beyond_the_limit_is_refused_and_not_kept(client, cast, settings):
    answer = send(client, content=b"x" * 200_001)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not list(settings.var.iterdir())


def test_a_file_that_does_not_say_how_long_it_is_meets_the_same_limit(client, cast):
    def endless():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(300):
            yield b"x" * 1000
        yield b"\r\n--b--\r\n"

    answer = client.post(
        "/api/imports/incidents", content=endless(),
        headers={"content-type": "multipart/form-data; boundary=b"},
    )  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


STRANGER, PLANNER = None, Actor("x", frozenset({Verb.PLAN}))
IMPORTER = Actor("x", frozenset({Verb.IMPORT}))


@pytest.mark.parametrize(
    ("actor", "layer", "refused"),
    [(STRANGER, "grids", (401, "not_signed_in")), (PLANNER, "grids", (403, "may_not")),
     (IMPORTER, "people", (403, "may_not")), (IMPORTER, "buildings", (422, "malformed"))],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/octet-stream"])
def test_who_may_not_import_is_refused_before_anything_is_read(app, actor, layer, refused, kind):
    app.dependency_overrides[deps.actor] = lambda: actor
    if actor is STRANGER:
        del app.dependency_overrides[deps.actor]
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield b"x"

    with TestClient(app, HERE) as client:
        answer = client.post(
            f"/api/imports/{layer}", content=body(), headers={"content-type": kind}
        )

    assert (answer.status_code, answer.json()["code"]) == refused
    assert not read


def test_another_sites_page_cannot_make_a_browser_send_a_file(app):
    del app.dependency_overrides[deps.actor]
    kind = {"content-type": "multipart/form-data; boundary=b", "cookie": "gridpatrol=gps_x"}

    with TestClient(app, HERE) as client:
        answer = client.post("/api/imports/grids", content=iter([b"--b--"]), headers=kind)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_our_page")


def test_another_kind_of_form_may_not_be_as_large_as_a_file(app, settings):
    del app.dependency_overrides[deps.actor]
    app.state.given = app.state.settings = settings.model_copy(update={"largest_upload": 9_000_000})

    def body() -> Iterator[bytes]:
        yield from [b"a=1&" * 25_000] * 30

    with TestClient(app, HERE) as stranger:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        answer = stranger.post("/api/imports/grids", content=body(), headers=kind)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_who_sends_a_file_slowly_keeps_nobody_else_from_the_database(app, client, cast):
    taken = []

    def slowly() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for line in CASES.splitlines(keepends=True):
            taken.append(app.state.room.borrowed_tokens)
            yield line
        yield b"\r\n--b--\r\n"

    answer = client.post(
        "/api/imports/incidents", content=slowly(),
        headers={"content-type": "multipart/form-data; boundary=b"},
    )  # fmt: skip

    assert answer.status_code == 202
    assert set(taken) == {0}
    assert app.state.room.borrowed_tokens == 0


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        ("buildings", {}),
        ("grids", {"datum": "mars"}),
        ("grids", {"timezone": "Mars/Olympus"}),
        ("grids", {"columns": "code="}),
        ("grids", {"valid_from": "yesterday"}),
        ("grids", {"dryrun": "true"}),
    ],
)
def test_options_that_cannot_be_meant_are_refused(client, cast, layer, options):
    answer = send(client, layer, **options)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_without_a_file_there_is_nothing_to_import(client, cast):
    answer = client.post("/api/imports/grids", data={"datum": "wgs84"})

    assert answer.json()["code"] in ("malformed", "refused")
    assert answer.status_code in (400, 422)


def test_a_result_cannot_point_outside_the_uploads(client, cast, work, connection, settings: Path):
    job = work(client, send(client))
    (settings.var / "secret").write_text("secret")
    connection.execute(
        text("UPDATE jobs SET result = jsonb_set(result, '{refused_file}', '\"../secret\"')")
    )

    assert client.get(f"/api/imports/{job['id']}/refused").status_code == 404


def test_another_actors_job_is_not_shown(client, cast):
    from api import deps
    from layers.access import Actor

    answer = send(client)
    client.app.dependency_overrides[deps.actor] = lambda: Actor("other", frozenset())

    assert client.get(answer.headers["location"]).status_code == 404


def test_an_actor_without_the_power_cannot_import(client, cast, app):
    from api import deps
    from layers.access import Actor

    app.dependency_overrides[deps.actor] = lambda: Actor("reader", frozenset())

    assert send(client).json()["code"] == "may_not"
