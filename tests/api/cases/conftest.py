"""A town whose matters are offered, and time that passes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from api import deps
from tests.api.cases.sending import OFFER
from tests.cast import Cast


@pytest.fixture
def offered(connection, cast, noon) -> Cast:
    cast.report(119.905, 29.705, noon)
    connection.execute(text(OFFER))
    return cast


@pytest.fixture
def later(app, noon) -> Callable[[timedelta], None]:
    """Time passes at the doors."""

    def passed(by: timedelta) -> None:
        app.dependency_overrides[deps.now] = lambda: noon + by

    return passed
