"""Photographs over HTTP: sent as often as a bad line needs, kept once, shown where the case is."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine, text

from api import app as door
from api import deps, photos
from api.circumstances import Circumstances
from api.jobs import WORK
from api.settings import Settings
from layers import blobs, db
from layers.access import WORKER, Actor, Verb
from layers.files import silent
from layers.photos import actions
from tests.api.conftest import HERE
from tests.cast import Cast
from tests.conftest import app_url, migrated_database
from tests.pictures import PHONE, PLAIN, drawn, encoded, exif, parts, telling

JPEG = encoded(drawn(640, 480), exif=exif((119.906, 29.705)))
MANY = 64
Put = Callable[..., object]


@pytest.fixture
def case(cast: Cast, noon: datetime) -> UUID:
    """In West, reported at noon."""
    return cast.report(119.905, 29.705, noon)


@pytest.fixture
def put(client: TestClient, case: UUID) -> Put:
    def sent(content: object = JPEG, *, photo: UUID | None = None, of: object = case, **query):
        kind = {"kind": "before"} | query
        return client.put(path(of, photo or uuid4()), content=content, params=kind)

    return sent


def path(case: object, photo: object) -> str:
    return f"/api/incidents/{case}/photos/{photo}"


def told(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


# --- Sending ------------------------------------------------------------------------------------


def test_a_photograph_is_created_once_and_the_same_ever_after(put):
    photo = uuid4()

    first, again = put(photo=photo), put(photo=photo)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    shown = first.json()
    assert (shown["id"], shown["kind"], shown["metres"]) == (str(photo), "before", 97)
    assert (shown["width"], shown["height"], shown["by"]) == (640, 480, "planner")


def test_another_photograph_under_the_same_id_is_a_conflict(put):
    photo = uuid4()
    put(photo=photo)

    assert told(put(encoded(drawn()), photo=photo)) == (409, "other_content")
    assert told(put(photo=photo, kind="after")) == (409, "other_content")


def test_neither_a_foreign_case_nor_an_id_of_another_case_tells_anything(put, cast, western, noon):
    east, west = cast.report(119.915, 29.705, noon), cast.report(119.905, 29.705, noon)
    photo = uuid4()
    put(photo=photo)

    foreign, absent = put(of=east), put(of=uuid4())
    assert told(foreign) == told(absent) == (404, "no_incident")
    assert told(put(photo=photo, of=west)) == (404, "no_photo")


def test_who_only_looks_may_not_send(put, app):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.PLAN}))

    assert told(put()) == (403, "may_not_add_photo")


def test_a_stranger_is_told_to_sign_in_before_anything_is_read(app, case):
    del app.dependency_overrides[deps.actor]
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield JPEG

    with TestClient(app, HERE) as stranger:
        answer = stranger.put(path(case, uuid4()), content=body(), params={"kind": "before"})

    assert told(answer) == (401, "not_signed_in")
    assert not read


@pytest.mark.parametrize(
    ("actor", "refused"),
    [(Actor("x", frozenset({Verb.PLAN})), (403, "may_not_add_photo")),
     (Actor("x", frozenset(Verb), frozenset()), (404, "no_incident"))],
)  # fmt: skip
def test_who_may_not_add_it_is_refused_before_anything_is_read(put, app, actor, refused):
    app.dependency_overrides[deps.actor] = lambda: actor
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield JPEG

    assert told(put(body())) == refused
    assert not read


def test_a_case_takes_so_many_photographs_and_still_knows_those_it_has(put, monkeypatch):
    monkeypatch.setattr(actions, "MOST", 2)
    first, second = uuid4(), uuid4()

    sent = [put(photo=photo) for photo in (first, second, uuid4(), first)]

    assert [answer.status_code for answer in sent] == [201, 201, 409, 200]
    assert told(sent[2]) == (409, "case_full")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04", "picture_unknown"), (b"", "picture_unknown"),
     (JPEG[:-900], "picture_damaged")],
)  # fmt: skip
def test_what_is_no_photograph_is_refused_and_leaves_nothing(put, settings, content, code):
    assert told(put(content)) == (422, code)
    assert not settings.blobs.exists()


@pytest.mark.parametrize("query", [{"kind": "selfie"}, {"kind": ""}])
def test_what_it_shows_must_be_said(put, query):
    assert told(put(**query)) == (422, "malformed")


def test_a_body_has_a_bound_whether_its_sender_says_how_long_it_is_or_not(put):
    large = JPEG + bytes(15_000_000)

    def unsaid() -> Iterator[bytes]:
        yield from (large[at : at + 100_000] for at in range(0, len(large), 100_000))

    assert told(put(large)) == (413, "too_large")
    assert told(put(unsaid())) == (413, "too_large")


def test_a_large_photograph_comes_in_by_parts(put):
    large = JPEG + bytes(2_000_000)

    def by_parts() -> Iterator[bytes]:
        yield from (large[at : at + 50_000] for at in range(0, len(large), 50_000))

    assert put(by_parts()).status_code == 201


def test_who_sends_slowly_keeps_nobody_else_from_the_database(put, app):
    taken = []

    def slowly() -> Iterator[bytes]:
        for at in range(0, len(JPEG), 1000):
            taken.append(app.state.room.borrowed_tokens)
            yield JPEG[at : at + 1000]

    assert put(slowly()).status_code == 201
    assert set(taken) == {0}
    assert app.state.room.borrowed_tokens == 0


def test_where_too_many_wait_one_is_told_to_come_again(put, app, monkeypatch):
    monkeypatch.setattr(photos, "PATIENCE_S", 0.01)
    app.state.taking.total_tokens = 0

    answer = put()

    assert told(answer) == (429, "photos_wait")
    assert answer.headers["retry-after"] == "10"


# --- Looking ------------------------------------------------------------------------------------


def test_a_photograph_is_shown_without_what_its_file_told(put, client, case):
    photo = uuid4()
    put(telling(), photo=photo)

    for size in ("", "?size=small"):
        answer = client.get(path(case, photo) + size)
        assert parts(answer.content) == PLAIN
        assert PHONE.encode() not in answer.content
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"] == f'inline; filename="{photo}.jpg"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-cache"


def test_for_lists_there_is_a_small_one(put, client, case):
    photo = uuid4()
    put(photo=photo)

    large, small = client.get(path(case, photo)), client.get(path(case, photo) + "?size=small")

    assert Image.open(BytesIO(large.content)).size == (640, 480)
    assert Image.open(BytesIO(small.content)).size == (320, 240)
    assert large.headers["etag"] != small.headers["etag"]


def test_what_a_browser_has_is_not_sent_again(put, client, case):
    photo = uuid4()
    put(photo=photo)
    etag = client.get(path(case, photo)).headers["etag"]

    again = client.get(path(case, photo), headers={"if-none-match": etag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


def test_who_may_no_longer_see_the_case_is_not_told_that_nothing_changed(put, client, case, app):
    photo = uuid4()
    put(photo=photo)
    etag = client.get(path(case, photo)).headers["etag"]
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset(Verb), frozenset())

    again = client.get(path(case, photo), headers={"if-none-match": etag})

    assert told(again) == (404, "no_photo")


def test_a_picture_whose_file_was_not_restored_is_503(put, client, case, settings):
    photo = uuid4()
    put(photo=photo)
    settings.blobs.rename(settings.blobs.with_name("elsewhere"))

    assert told(client.get(path(case, photo))) == (503, "blob_missing")


# --- In the loop --------------------------------------------------------------------------------


def test_a_case_is_shown_with_its_photographs(put, client, case):
    sent = [put(kind=kind).json() for kind in ("far", "near")]

    shown = client.get(f"/api/incidents/{case}").json()["photos"]
    assert sorted(shown, key=str) == sorted(sent, key=str)


def test_a_step_that_needs_photographs_is_done_with_those_of_its_case_and_keeps_which(
    put, client, case, cast, noon
):
    before, after, elsewhere = (str(uuid4()) for _ in range(3))
    put(photo=before)
    put(photo=after, kind="after")
    put(photo=elsewhere, kind="after", of=cast.report(119.905, 29.705, noon))

    def fixed(*photos: str):
        said = {"event_id": str(uuid4()), "happened_at": noon.isoformat(), "photos": photos}
        return client.post(f"/api/incidents/{case}/steps/fix_on_spot", json=said)

    assert told(fixed(before)) == (422, "step_needs")
    assert told(fixed(before, elsewhere)) == (422, "no_photo")
    done = fixed(before, after).json()
    assert (done["state"], done["steps"][-1]["photos"]) == ("closed", [before, after])


# --- Over time ----------------------------------------------------------------------------------


def test_each_day_the_files_of_no_photograph_are_cleared_away(put, connection, settings, noon):
    put()
    blobs.keep(settings.blobs, b"left lying")
    left = blobs.digest(b"left lying")

    days_later = datetime.now(noon.tzinfo) + timedelta(days=2)
    around = Circumstances(settings, WORKER, days_later, silent)

    assert WORK["blobs"](connection, {}, around) == {"removed": 1}
    assert not list(settings.blobs.rglob(left.hex()))
    assert len([found for found in settings.blobs.rglob("*") if found.is_file()]) == 2


@pytest.fixture
def own(cluster) -> Iterator[tuple[Engine, str]]:
    """A database of this test's own, in which what is done stays done."""
    url = migrated_database(cluster, "test_photos")
    engine = db.connect(url)
    yield engine, url
    engine.dispose()


def test_a_photograph_that_is_sent_many_times_at_once_is_one_row(own, tmp_path, noon):
    engine, url = own
    with engine.begin() as connection:
        case = Cast.settle(connection).report(119.905, 29.705, noon)
    app, photo = door.create(Settings(var=tmp_path), app_url(url)), uuid4()
    app.dependency_overrides[deps.actor] = lambda: Actor("worker", frozenset({Verb.CHECK}))

    with TestClient(app, HERE) as client, ThreadPoolExecutor(MANY) as phones:
        answers = list(phones.map(
            lambda _: client.put(path(case, photo), content=JPEG, params={"kind": "after"}),
            range(MANY),
        ))  # fmt: skip

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: MANY - 1}
    assert len({answer.content for answer in answers}) == 1
    assert rows(engine, "photos") == rows(engine, "journal") == 1
    assert len([found for found in (tmp_path / "blobs").rglob("*") if found.is_file()]) == 2


def rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_what_is_done_again_is_shown_by_a_new_photograph(put, client, case):
    old, new = str(uuid4()), str(uuid4())
    for photo in (old, new):
        put(photo=photo, kind="after")

    def step(verb: str, **said: object) -> tuple[int, str]:
        given = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00"} | said
        return told(client.post(f"/api/incidents/{case}/steps/{verb}", json=given))

    way = [
        step("file", standard=True), step("dispatch", squad="S1"), step("accept"),
        step("arrive"), step("finish", photos=[old]), step("rework", reason="不净"),
        step("arrive"),
    ]  # fmt: skip
    again = step("finish", photos=[old])

    assert [status for status, _ in way] == [200] * 7
    assert again == (422, "step_needs")
    assert step("finish", photos=[old, new]) == (200, "")
