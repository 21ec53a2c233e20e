from pathlib import Path

import pytest

from tests.maps import town

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def web():
    """Where `npm ci` was run."""
    folder = Path(__file__).parents[2] / "var" / "web"
    if not (folder / "node_modules").is_dir():
        pytest.skip(f"no browser libraries in {folder}: run npm ci there")
    return folder


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def grids():
    return town.grids()


@pytest.fixture(scope="session")
def townships(grids):
    return town.townships(grids)


@pytest.fixture(params=["zh", "en"])
def language(request):
    return request.param


@pytest.fixture
def about(language):
    return town.about(language)


@pytest.fixture(params=["incidents", "hotspots", "frequency", "squads", "partition"])
def sheet(request, about, grids, townships):
    return town.sheet(request.param, about, grids, townships)
