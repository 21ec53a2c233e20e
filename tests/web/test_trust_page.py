"""A phone meets the server for the first time: what its screen shows, and the code on it."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser, Page

from api import certificates, plain_door
from api.settings import Reached, Settings

pytestmark = pytest.mark.browser
NAMES = ("10.0.0.5", "desk.lan")
DARK_FIELDS = """
async (size) => {
  const shown = document.querySelector(".scan img");
  await shown.decode();
  const canvas = document.createElement("canvas");
  const whole = size + 8;
  canvas.width = canvas.height = whole;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(shown, 0, 0, whole, whole);
  const red = pen.getImageData(0, 0, whole, whole).data.filter((_, at) => at % 4 === 0);
  return Array.from({length: size}, (_, y) =>
    Array.from({length: size}, (_, x) => red[(y + 4) * whole + x + 4] < 128 ? 1 : 0));
}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reached = Reached(names=NAMES, port=8443, authority=True, trust_port=port)
    settings = Settings(var=tmp_path_factory.mktemp("var"), bureau="柳河区城管局", reached=reached)
    certificates.keep(settings.tls, NAMES, datetime.now(UTC))
    with plain_door.open_beside(settings, "127.0.0.1"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_of_360_pixels_can_read_and_touch_all_of_it(phone, address, language):
    phone.goto(f"{address}/trust?lang={language}")

    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    touched = phone.locator("a, summary").all()
    assert min(part.bounding_box()["height"] for part in touched) >= 48
    assert phone.locator("details[open]").count() == 1


def test_it_asks_nothing_else_of_the_network(phone, address):
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    wrong: list[str] = []
    phone.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)

    phone.goto(f"{address}/trust")

    assert [one for one in asked if not one.startswith("data:")] == [f"{address}/trust"]
    assert wrong == []
    assert phone.locator(".button").first.evaluate("it => getComputedStyle(it).display") == "flex"


def test_the_code_on_the_screen_is_the_address_of_the_page(phone, address):
    phone.goto(f"{address}/trust")
    wanted = segno.make_qr(address.replace("127.0.0.1", "10.0.0.5") + "/trust", error="m")

    shown = phone.evaluate(DARK_FIELDS, len(wanted.matrix))

    assert shown == [list(row) for row in wanted.matrix]
    assert phone.locator(".scan .address").inner_text().endswith("/trust")


def test_the_file_is_downloaded_by_its_name(phone, address, tmp_path: Path):
    phone.goto(f"{address}/trust?lang=en")

    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download the certificate").tap()

    assert download.value.suggested_filename == "gridpatrol-ca.crt"
