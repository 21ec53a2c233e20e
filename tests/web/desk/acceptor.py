"""What an acceptor does and sees at the desk."""

from playwright.sync_api import Page

STREET = (119.905, 29.705)


def tab_to(page: Page, selector: str) -> None:
    """By the tabulator key alone, in reading order."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(selector).first.evaluate(
            "(one, all) => document.activeElement.matches(all)", selector
        ):
            return
    raise AssertionError(f"{selector} is not reached")


def in_queue(page: Page, name: str):
    return page.locator(f"#tabs [data-queue={name}] .count")
