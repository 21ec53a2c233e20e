"""Many who send the same at once: one report, one step, one winner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api import app as door
from api import cluster as clusters
from api import deps
from layers import db
from layers.access import Actor, Verb
from tests.api.cases.sending import OFFER, body, said
from tests.api.conftest import HERE
from tests.cast import Cast
from tests.conftest import app_url, migrated_database


@pytest.fixture
def own(cluster: clusters.Cluster, noon) -> Engine:
    url = migrated_database(cluster, "test_cases")
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection).report(119.905, 29.705, noon)
        connection.execute(text(OFFER))
    yield engine
    engine.dispose()


@pytest.fixture
def at_once(own: Engine, settings, noon) -> Callable[[str, list[dict[str, object]]], list[int]]:
    """The answers to requests sent all at the same time, each really committed."""
    address = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    made = door.create(settings, address)
    chief = Actor(str(UUID(int=7)), frozenset(Verb))
    made.dependency_overrides[deps.actor] = lambda: chief
    made.dependency_overrides[deps.now] = lambda: noon

    def sent(path: str, bodies: list[dict[str, object]]) -> list[int]:
        with TestClient(made, HERE) as client, ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(lambda b: client.post(path, json=b).status_code, bodies))

    return sent


def counted(own: Engine, table: str, where: str = "true") -> int:
    with own.begin() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()


def test_sixty_four_of_one_id_leave_one_row(own, at_once):
    sent = body()

    answers = at_once("/api/incidents", [sent] * 64)

    assert sorted(answers) == [200] * 63 + [201]
    assert counted(own, "incidents", "reported_by IS NOT NULL") == 1
    assert counted(own, "incident_steps") == counted(own, "journal") == 1


def test_one_of_many_who_file_and_reject_at_once_wins(own, at_once):
    sent = body()
    at_once("/api/incidents", [sent])

    answers = at_once(f"/api/incidents/{sent['id']}/steps/file",
                      [said(standard=True, seen_version=1) for _ in range(16)])  # fmt: skip

    assert sorted(answers) == [200] + [409] * 15
    assert counted(own, "incident_steps", f"incident_id = '{sent['id']}'") == 2


def test_batches_that_name_the_same_cases_in_other_orders_never_wait_for_each_other(own, at_once):
    reports = [body() for _ in range(12)]
    at_once("/api/incidents", reports)

    def batch(order: int) -> dict[str, object]:
        steps = [said(standard=True) | {"incident": one["id"], "verb": "file"} for one in reports]
        return {"items": [{"step": one} for one in steps[::order]]}

    answers = at_once("/api/incidents/batch", [batch(order) for order in (1, -1) * 8])

    assert answers == [200] * 16
    assert counted(own, "incidents", "state = 'filed'") == 12


def test_sixty_four_of_one_event_are_one_step(own, at_once):
    sent, step = body(), said(standard=True)
    at_once("/api/incidents", [sent])

    answers = at_once(f"/api/incidents/{sent['id']}/steps/file", [step] * 64)

    assert answers == [200] * 64
    assert counted(own, "incident_steps", f"incident_id = '{sent['id']}'") == 2
