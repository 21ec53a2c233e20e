"""Photographs that come with the form of Open311."""

import pytest
from anyio import sleep_forever
from sqlalchemy import text

from api import deps, turns
from layers import pictures
from layers.access import Actor, Verb
from tests.api.open311.client import V2, code, form
from tests.pictures import drawn, encoded


def test_photographs_come_with_the_form_and_are_added_once(client, town):
    picture = encoded(drawn(640, 480))
    files = [
        ("media", ("1.jpg", picture, "image/jpeg")),
        ("media", ("2.jpg", picture, "image/jpeg")),
    ]
    sent = form(external_id="with-photos")

    answers = [client.post(f"{V2}/requests.json", data=sent, files=files) for _ in range(2)]
    other = client.post(f"{V2}/requests.json", data=sent, files=files[:1])

    [case] = {answer.json()[0]["service_request_id"] for answer in answers}
    shown = client.get(f"/api/incidents/{case}").json()["photos"]
    assert [(photo["kind"], photo["width"]) for photo in shown] == [("before", 640)] * 2
    assert code(other) == (400, "other_content")


def test_what_is_no_photograph_is_refused_with_its_report(client, town, connection):
    files = [("media", ("1.jpg", b"no picture", "image/jpeg"))]

    answer = client.post(f"{V2}/requests.json", data=form(), files=files)

    rows = connection.execute(text("SELECT count(*) FROM incidents WHERE source = 'open311'"))
    assert code(answer) == (400, "picture_unknown")
    assert rows.scalar_one() == 0


class Taken:
    """A place in a line that does not become free."""

    async def __aenter__(self) -> None:
        await sleep_forever()

    async def __aexit__(self, *_: object) -> None: ...


def test_few_forms_with_photographs_are_read_at_once_for_their_key_is_inside(
    app, client, town, monkeypatch
):
    app.state.bringing = Taken()
    monkeypatch.setattr(turns, "PATIENCE_S", 0.05)
    files = [("media", ("1.jpg", encoded(drawn()), "image/jpeg"))]

    answer = client.post(f"{V2}/requests.json", data=form(), files=files)

    assert code(answer) == (429, "photos_wait")
    assert client.post(f"{V2}/requests.json", data=form()).status_code == 200


def test_nobodys_photographs_are_drawn_who_may_not_report(app, client, town, monkeypatch):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.PLAN}))
    monkeypatch.setattr(pictures, "take", pytest.fail)
    files = [("media", ("1.jpg", encoded(drawn()), "image/jpeg"))]

    answer = client.post(f"{V2}/requests.json", data=form(), files=files)

    assert answer.status_code == 403
