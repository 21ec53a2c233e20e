from pathlib import Path

import pytest

from tests.maps import town


@pytest.fixture(scope="session")
def web():
    """Where `npm ci` was run."""
    return Path(__file__).parents[2] / "var" / "web"


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


@pytest.fixture(params=["incidents", "hotspots", "frequency", "squads", "reach", "partition",
                        "closure"])  # fmt: skip
def sheet(request, about, grids, townships):
    return town.sheet(request.param, about, grids, townships)
