"""The API does what its description says, as every role, whatever it is sent.

A few requests for each operation here; `GRIDPATROL_REQUESTS=30000` asks for so many in all.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as wish
from hypothesis.strategies import SearchStrategy
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import app as door
from api import cluster as clusters
from api import deps
from api.circumstances import Circumstances
from api.settings import Settings
from layers import db
from layers.files import silent
from layers.hotspots import actions as hotspots
from layers.plans import actions as plans
from tests.api.walk.roles import DAY, DISTINCT, EVERYTHING, ROLES
from tests.api.walk.world import WEEK
from tests.cast import EAST, Cast
from tests.conftest import app_url, migrated_database

CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
)  # fmt: skip
NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
FOREIGN = (EAST, "东街")
FEW = 2
MAY_BE_AWAY = ("/readyz", "/readyz/worker")
ENDLESS = ("/api/stream",)
HOST = {"Host": "127.0.0.1"}


@pytest.fixture(scope="module")
def application(
    cluster: clusters.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FastAPI]:
    """The application on the small town, in which what is asked for is really done."""
    url = migrated_database(cluster, "test_contract")
    settings = Settings(var=tmp_path_factory.mktemp("var"), language="en")
    engine = db.connect(url)
    with engine.begin() as connection:
        cast = Cast.settle(connection)
        for number in range(10):
            cast.report(119.9031 + number * 1e-4, 29.7042, NOON - timedelta(days=1 + number))
            cast.report(119.9153, 29.7042, NOON - timedelta(days=3 + number))
        around = Circumstances(settings, EVERYTHING, NOON, silent)
        hotspots.study(connection, hotspots.Parameters(DAY, settings.zone), **around.common())
        plans.draft(connection, plans.Wish(WEEK, settings.zone), **around.common())
    engine.dispose()
    made = door.create(settings, app_url(url))
    made.dependency_overrides[deps.now] = lambda: NOON
    yield made
    made.state.engine.dispose()


def share(operations: int) -> int:
    """Requests for each operation and role."""
    asked = int(os.environ.get("GRIDPATROL_REQUESTS", "0"))
    return max(FEW, asked // (operations * len(ROLES)))


@pytest.fixture(scope="module")
def requests(application: FastAPI) -> list[SearchStrategy[Case]]:
    """What each operation can be sent: made once for all roles, for it takes seconds."""
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", application, headers=HOST)
    operations = [found.ok() for found in schema.get_all_operations()]
    return [one.as_strategy() for one in operations if one.path not in MAY_BE_AWAY + ENDLESS]


@pytest.mark.parametrize("role", [*DISTINCT])
def test_every_answer_is_as_described(
    role, application: FastAPI, requests: list[SearchStrategy[Case]]
):
    actor = ROLES[role]
    application.dependency_overrides[deps.actor] = lambda: actor

    bounded = actor.townships is not None
    answered = [try_out(one, share(len(requests)), bounded=bounded) for one in requests]

    assert answered and min(answered) > 0


def try_out(cases: SearchStrategy[Case], requests: int, *, bounded: bool) -> int:
    """How many answers were looked at."""
    answered = 0

    @seed(1)
    @wish(
        max_examples=requests, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases)
    def tried(case) -> None:
        nonlocal answered
        answer = case.call(headers=HOST)
        case.validate_response(answer, checks=CHECKS)
        sent = f"{case.path_parameters}{case.query}{case.body}"
        leaked = [word for word in FOREIGN if word.encode() in answer.content and word not in sent]
        assert not (bounded and leaked), (case.formatted_path, leaked)
        answered += 1

    tried()
    return answered
