"""The pages on the phone at the door: for everybody, with nobody's data, whole without a signal."""

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


@pytest.fixture(params=["field", "squad"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def files(client: TestClient, name: str) -> list[str]:
    """What the service worker keeps on the phone."""
    base, listed = re.search(
        rf'from "(.*)/phone/worker.js";\nserve\("{name}", (.*)\);',
        client.get(f"/{name}/worker.js").text,
    ).groups()  # type: ignore[union-attr]
    return [f"{base}/{path}" for path in json.loads(listed)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_for_everybody_and_holds_nobodys_data(stranger, name, language):
    answer = stranger.get(f"/{name}", params={"lang": language}, follow_redirects=False)

    assert answer.status_code == 200
    title = theme.word(f"{name}.title", language)
    assert f"<title>{title}</title>" in answer.text and f'lang="{language}"' in answer.text
    assert "csrf" not in answer.text and "data-login" not in answer.text


def test_only_pages_on_the_phone_may_ask_for_camera_and_position(stranger, name):
    assert "camera=(self)" in stranger.get(f"/{name}").headers["permissions-policy"]
    assert "camera=()" in stranger.get("/sign-in").headers["permissions-policy"]


def test_all_that_the_page_needs_is_kept_on_the_phone(stranger, name):
    kept = files(stranger, name)

    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', stranger.get(f"/{name}").text)
    assert set(named) <= set(kept)
    for path in kept:
        answer = stranger.get(path)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], path


def test_what_scripts_load_only_when_it_is_wanted_is_kept_too(stranger, name):
    names = {path.split("/", 3)[3] for path in files(stranger, name)}

    assert {"phone/outbox/sender.js", "words/phone.zh.js", f"{name}/app.js"} <= names
    other = "squad/" if name == "field" else "field/"
    assert not {path for path in names if path.startswith(("desk/", other)) or "leaflet" in path}


def test_the_worker_may_serve_the_page_above_its_own_address(stranger, name):
    answer = stranger.get(f"/{name}/worker.js")

    assert answer.headers["service-worker-allowed"] == f"/{name}"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "private, no-cache"


def test_the_page_can_be_put_among_the_apps_of_a_phone(stranger, name):
    manifest = stranger.get(f"/{name}/app.webmanifest", params={"lang": "en"}).json()

    assert manifest["start_url"] == manifest["scope"] == f"/{name}"
    assert manifest["name"] == theme.word(f"{name}.title", "en")
    assert [stranger.get(icon["src"]).content[:4] for icon in manifest["icons"]] == [b"\x89PNG"] * 3
