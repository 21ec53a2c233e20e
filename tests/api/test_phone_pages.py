"""The grid worker's page at the door: for everybody, with nobody's data, whole without a signal."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from maps import theme

STRANGERS = {"accept": "text/html"}


@pytest.fixture
def stranger(app) -> TestClient:
    """Nobody, on a phone that was signed out."""
    return TestClient(app, "http://127.0.0.1", headers=STRANGERS, cookies={})


def files(client: TestClient) -> list[str]:
    """What the service worker keeps on the phone."""
    base, listed = re.search(
        r'from "(.*)/phone/worker.js";\nserve\("field", (.*)\);',
        client.get("/field/worker.js").text,
    ).groups()  # type: ignore[union-attr]
    return [f"{base}/{name}" for name in json.loads(listed)]


@pytest.mark.parametrize(("language", "title"), [("zh", "网格员"), ("en", "Grid worker")])
def test_the_page_is_for_everybody_and_holds_nobodys_data(stranger, language, title):
    answer = stranger.get("/field", params={"lang": language}, follow_redirects=False)

    assert answer.status_code == 200
    assert f"<title>{title}</title>" in answer.text and f'lang="{language}"' in answer.text
    assert "csrf" not in answer.text and "data-login" not in answer.text


def test_only_pages_of_the_field_may_ask_for_camera_and_position(stranger):
    assert "camera=(self)" in stranger.get("/field").headers["permissions-policy"]
    assert "camera=()" in stranger.get("/sign-in").headers["permissions-policy"]


def test_all_that_the_page_needs_is_kept_on_the_phone(stranger):
    kept = files(stranger)

    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', stranger.get("/field").text)
    assert set(named) <= set(kept)
    for path in kept:
        answer = stranger.get(path)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], path


def test_what_scripts_load_only_when_it_is_wanted_is_kept_too(stranger):
    names = {path.split("/", 3)[3] for path in files(stranger)}

    assert {"field/ground.js", "phone/outbox/sender.js", "words/phone.zh.js"} <= names
    assert not {name for name in names if name.startswith("desk/") or "leaflet" in name}


def test_the_worker_may_serve_the_page_above_its_own_address(stranger):
    answer = stranger.get("/field/worker.js")

    assert answer.headers["service-worker-allowed"] == "/field"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "private, no-cache"


def test_the_page_can_be_put_among_the_apps_of_a_phone(stranger):
    manifest = stranger.get("/field/app.webmanifest", params={"lang": "en"}).json()

    assert manifest["start_url"] == manifest["scope"] == "/field"
    assert manifest["name"] == theme.word("field.title", "en")
    assert [stranger.get(icon["src"]).content[:4] for icon in manifest["icons"]] == [b"\x89PNG"] * 3
