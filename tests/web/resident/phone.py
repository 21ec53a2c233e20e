"""What a resident does with any phone, and what came of it."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from tests.cast import WEST

RUBBISH, RUBBLE = "Exposed rubbish", "Rubble"
HERE = f"/report?grid={WEST}001001&lang=en"
OPTIONS = {
    "viewport": {"width": 360, "height": 740}, "locale": "en-GB", "has_touch": True,
    "permissions": ["geolocation"],
    "geolocation": {"longitude": 119.905, "latitude": 29.705, "accuracy": 12},
}  # fmt: skip


def all_of(own: Engine, *columns: object) -> list[tuple]:
    with own.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def arrived(page: Page) -> None:
    page.wait_for_url("**/r/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")


def with_photos(page: Page, photo: Path, many: int) -> None:
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    for n in range(1, many + 1):
        page.locator("#camera input").set_input_files(photo)
        expect(page.locator("#photos img")).to_have_count(n)
    page.wait_for_timeout(3000)  # sooner it would not be taken
    page.get_by_role("button", name="Send").click()
