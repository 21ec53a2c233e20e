"""How a phone is told to trust our own authority: the page, the file, the code to scan."""

import hashlib
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import app as door
from api import certificates, plain_door, trust
from api.settings import Reached, Settings
from maps import theme

ADDRESS = "http://10.0.0.5:8080/trust"
REACHED = Reached(names=("10.0.0.5", "desk.lan"), port=8443, authority=True, trust_port=8080)


@pytest.fixture
def open_to_phones(settings: Settings) -> Settings:
    certificates.keep(settings.tls, REACHED.names, datetime.now(UTC))
    return settings.model_copy(update={"reached": REACHED})


@pytest.fixture
def app(open_to_phones: Settings, url: str) -> FastAPI:
    return door.create(open_to_phones, url)


@pytest.fixture
def phone(open_to_phones: Settings) -> TestClient:
    """At the plain door."""
    return TestClient(
        plain_door.create(open_to_phones), "http://10.0.0.5:8080", follow_redirects=False
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_for_everybody_and_needs_nothing_else(client, language):
    answer = client.get(f"/trust?lang={language}", headers={"host": "10.0.0.5:8443"})

    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert re.findall(r'(?:src|href)="(?!data:)([^"]+)"', answer.text)[1:] == [
        "/trust/ca.crt", "https://10.0.0.5:8443/",
    ]  # fmt: skip
    assert "<script" not in answer.text and " style=" not in answer.text
    nonce = re.search(r'<style nonce="([^"]+)"', answer.text)[1]
    assert f"style-src 'self' 'nonce-{nonce}'" in answer.headers["content-security-policy"]


def test_the_file_is_the_authority_whose_fingerprint_the_page_shows(client, open_to_phones):
    file = client.get("/trust/ca.crt")
    page = client.get("/trust").text

    shown = "".join(re.findall(r"<span>([0-9A-F ]{19})</span>", page)).replace(" ", "")
    assert file.headers["content-type"] == "application/x-x509-ca-cert"
    assert file.content == certificates.public(open_to_phones.tls)
    assert shown == hashlib.sha256(file.content).hexdigest().upper()
    assert b"PRIVATE" not in file.content


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.5", ADDRESS),
        ("desk.lan:8443", "http://desk.lan:8080/trust"),
        ("localhost:8443", ADDRESS),  # phones are shown the page on the server's own screen
    ],
)
def test_the_code_leads_a_phone_to_the_plain_page_by_a_name_that_it_can_reach(
    client, host, address
):
    page = client.get("/trust", headers={"host": host}).text

    assert f'<p class="address">{address}</p>' in page


def test_the_plain_door_serves_the_page_and_the_file_and_leads_all_else_to_https(phone):
    answers = {path: phone.get(path) for path in ("/trust", "/trust/ca.crt", "/", "/api/squads?a=1",
                                                  "/sign-in", "/assets/theme.css")}  # fmt: skip

    assert [answer.status_code for answer in answers.values()] == [200, 200, 307, 307, 307, 307]
    assert answers["/api/squads?a=1"].headers["location"] == (
        "https://10.0.0.5:8443/api/squads?a=1"
    )
    assert phone.post("/sign-in").status_code == 405


def test_the_plain_door_leads_nobody_to_another_host(phone):
    answer = phone.get("/", headers={"host": "evil.example"})

    assert answer.status_code == 421
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("scheme", "words"),
    [("http", "./gridpatrol serve --host 0.0.0.0"), ("https", "the bureau&#39;s own certificate")],
)
def test_where_no_authority_of_ours_is_needed_the_page_says_so(settings, url, scheme, words):
    with TestClient(door.create(settings, url), f"{scheme}://127.0.0.1") as client:
        assert words in client.get("/trust").text
        assert client.get("/trust/ca.crt").status_code == 404


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Mobile", "android"),
        ("Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00) Mobile", "vendor"),
        ("Mozilla/5.0 (Linux; Android 13; Redmi K60) Mobile", "vendor"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)", "apple"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "windows"),
        ("", "android"),
    ],
)
def test_the_instructions_for_the_readers_own_device_are_open(client, agent, kind):
    page = client.get("/trust?lang=en", headers={"user-agent": agent}).text

    opened = re.findall(r"<details open>\s*<summary>([^<]+)", page)
    assert opened == [theme.word(f"trust.{kind}", "en")]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_code_and_every_reader_the_fingerprint(open_to_phones):
    shown = trust.introduction(open_to_phones)
    said: list[str] = []
    screen, file = Screen(), io.StringIO()

    trust.tell(shown, said.append, screen)
    trust.tell(shown, said.append, file)

    assert "▄" in screen.getvalue() and not file.getvalue()
    assert ADDRESS in said[0] and ADDRESS in said[1]
    assert [line.strip() for line in said[2:6]] == list(shown.fingerprint)


def test_without_the_plain_door_the_code_leads_to_https(open_to_phones, tmp_path: Path):
    reached = REACHED.model_copy(update={"trust_port": 0, "names": ("fd00::5",)})
    shown = trust.introduction(open_to_phones.model_copy(update={"reached": reached}))

    assert shown.page == "https://[fd00::5]:8443/trust"
    assert shown.home == "https://[fd00::5]:8443/"
