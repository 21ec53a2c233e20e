"""What all tests in a browser share: they wait as long for what is to be seen as for a page."""

from playwright.sync_api import expect

from tests.web.served import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)
