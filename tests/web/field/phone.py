"""A grid worker's phone."""

from pathlib import Path

from playwright.sync_api import expect

from tests.web import phone


class Phone(phone.Phone):
    def visit(self) -> None:
        """Opens the page with a signal, until it can do without."""
        self.opened("/field")
        expect(self.page.locator("#shoot")).to_be_visible()
        expect(self.page.locator(".often .button")).to_have_count(2)
        self.page.wait_for_load_state("networkidle")

    def report(self, matter: str, photo: Path) -> None:
        """Three taps: photo, matter, send."""
        self.page.locator("#shoot input").set_input_files(photo)
        self.page.get_by_role("radio", name=matter).check()
        self.send()

    def send(self) -> None:
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.page.locator("#shoot")).to_be_visible()

    def all_arrived(self) -> None:
        expect(self.page.locator("#shoot")).to_be_visible()
        self.synced()

    def waiting(self) -> int:
        return int(self.page.locator(".tile[href='#waiting'] strong").inner_text())
