"""The pages of residents without a script, and the sheets of codes to post."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from api import deps
from layers.access import Actor, Verb
from tests.api.conftest import HERE
from tests.api.residents.resident import GRID, PICTURE, TYPED, incidents

# --- Pages --------------------------------------------------------------------------------------


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(id|ticket)" value="([^"]+)"', page))


@pytest.fixture
def form(client: TestClient, app: FastAPI, noon: datetime) -> Callable[[], dict[str, str]]:
    """What a page of a minute ago brings along."""

    def opened() -> dict[str, str]:
        app.dependency_overrides[deps.now] = lambda: noon - timedelta(minutes=1)
        page = client.get(f"/report?grid={GRID}&lang=zh").text
        app.dependency_overrides[deps.now] = lambda: noon
        return hidden(page)

    return opened


def test_the_form_is_sent_without_a_script(client, form, connection):
    given = form() | {"matter": "S03", "where": "here", "answer:S03:size": "big", **TYPED}

    first, again = (
        client.post(f"/report?grid={GRID}", data=given, follow_redirects=False) for _ in range(2)
    )

    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    assert incidents(connection) == 1
    assert connection.execute(text("SELECT answers FROM incidents")).scalar_one() == {"size": "big"}
    assert "Received" in client.get(first.headers["location"] + "?lang=en").text


def test_a_form_that_is_refused_comes_back_as_it_was(client, form, connection):
    given = form() | {"matter": "S03", "where": "here", **TYPED}

    answer = client.post(f"/report?grid={GRID}&lang=zh", data=given, follow_redirects=False)

    assert answer.status_code == 422
    assert hidden(answer.text) == {name: given[name] for name in ("id", "ticket")}
    assert "在李四家门口" in answer.text and 'role="alert"' in answer.text
    assert re.search(r'value="S03" checked', answer.text)
    assert incidents(connection) == 0


def test_a_form_of_another_site_is_refused(client, form):
    given = form() | {"matter": "S02", "where": "here"}

    answer = client.post(
        f"/report?grid={GRID}", data=given, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


def test_the_page_names_the_place_and_offers_what_everybody_may_report(client):
    page = client.get(f"/report?grid={GRID}&lang=en").text
    unknown = client.get("/report?grid=nonsense&place=%3Cb%3E&lang=en")

    assert "West south · 西街" in page
    assert "Rubbish" in page and "Fraud" not in page
    assert unknown.status_code == 200 and "<b>" not in unknown.text


def test_the_telephone_of_the_bureau_stands_on_each_page_of_residents(app, client, sent, settings):
    token = sent().json()["token"]

    def pages() -> list[str]:
        paths = ("/report", f"/r/{token}", f"/r/{'A' * 22}")
        return [client.get(path, headers={"Accept": "text/html"}).text for path in paths]

    without = pages()
    app.state.settings = settings.model_copy(update={"telephone": "0578 123-4567"})

    assert ["tel:" in page for page in without] == [False] * 3
    assert ['href="tel:0578123-4567"' in page for page in pages()] == [True] * 3


def test_an_opinion_is_given_without_a_script(client, sent, moved):
    token = sent().json()["token"]
    moved("closed")

    answer = client.post(f"/r/{token}/satisfaction", data={"score": "2", "words": "太慢"},
                         follow_redirects=False)  # fmt: skip
    empty = client.post(f"/r/{token}/satisfaction", data={})

    assert (answer.status_code, urlsplit(answer.headers["location"]).path) == (303, f"/r/{token}")
    assert "太慢" in client.get(f"/r/{token}").text
    assert empty.status_code == 422


def plain(client: TestClient, token: str) -> str:
    """Where the page's form without a script sends a photograph."""
    found = re.search(r'action="([^"]+/photos/[^"]+)"', client.get(f"/r/{token}").text)
    return found[1] if found else ""


def test_photographs_are_added_without_a_script_each_form_once(client, sent, connection):
    token = sent().json()["token"]
    form, file = plain(client, token), {"photo": ("IMG_1.jpg", PICTURE, "image/jpeg")}

    answers = [client.post(form, files=file, follow_redirects=False) for _ in range(2)]
    nothing = client.post(plain(client, token), files={"photo": ("", b"")})
    wrong = client.post(plain(client, token), files={"photo": ("x.jpg", b"no picture")})
    for _ in range(2):
        client.post(plain(client, token), files=file)

    assert [answer.status_code for answer in answers] == [303, 303]
    assert urlsplit(answers[0].headers["location"]).path == f"/r/{token}"
    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert connection.execute(text("SELECT count(*) FROM photos")).scalar_one() == 3
    assert plain(client, token) == ""


def test_a_form_with_a_photograph_and_no_link_is_not_even_read(client):
    path = f"/r/{'A' * 22}/photos/{uuid4()}"

    assert client.post(path, files={"photo": ("x.jpg", PICTURE)}).status_code == 404
    assert client.post(path, files={"photo": ("x.jpg", b"0" * 1_000_001)}).status_code == 413


# --- Codes to post ------------------------------------------------------------------------------


def test_codes_of_ones_own_grids_are_printed(client, western):
    own, foreign = GRID, "339901102001001"

    page = client.get(f"/report/codes?grids={own}，{foreign}").text
    township = client.get("/report/codes?township=339901101").text
    nothing = client.get(f"/report/codes?grids={foreign}").text

    assert f"{HERE}/report?grid={own}" in page
    assert f"report?grid={foreign}" not in page
    assert township.count('<img src="data:image/svg+xml') == 2
    assert "No such grids" in nothing


def test_a_sheet_of_codes_is_for_those_who_file_or_manage(client, app):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.CHECK}))

    assert client.get("/report/codes").status_code == 403
