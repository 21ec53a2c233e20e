"""What a dispatcher reads of the ground itself."""

import pytest
from playwright.sync_api import Page, expect

from tests.cast import WEST

pytestmark = pytest.mark.browser


def test_a_click_anywhere_in_a_grid_tells_its_name_and_number(page: Page):
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()

    page.locator("#ground").click(position={"x": 150, "y": 250})

    expect(page.locator(".held p").first).to_have_text(f"West south {WEST}001001")
