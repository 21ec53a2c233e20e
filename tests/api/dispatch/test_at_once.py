"""Many who send one squad at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api import app as door
from api import deps
from api.settings import Settings
from layers.access import Actor, Verb
from tests.api.conftest import HERE
from tests.api.dispatch.sending import NOON
from tests.cast import EAST, WEST, Cast
from tests.conftest import app_url, database_name, town_of_its_own


@dataclass(frozen=True)
class Crowd:
    """The application over HTTP, each request with a connection of the application's own."""

    engine: Engine
    client: TestClient

    def report(self, matter: str = "S02") -> str:
        with self.engine.begin() as connection:
            grids = dict(map(tuple, connection.execute(text("SELECT code, id FROM grids"))))
            case = Cast(connection, WEST, EAST, grids).report(119.905, 29.706, NOON, "filed")
            given = {"case": case, "matter": matter}
            change = "UPDATE incidents SET matter_code = :matter WHERE id = :case"
            connection.execute(text(change), given)
        return str(case)

    def step(self, case: str, verb: str, **more: object):
        said = {"event_id": str(uuid4()), "happened_at": NOON.isoformat()} | more
        return self.client.post(f"/api/incidents/{case}/steps/{verb}", json=said)

    def held(self) -> list[str]:
        asked = "SELECT id FROM incidents WHERE squad_code = 'S1' AND state IN ('dispatched',"
        with self.engine.connect() as connection:
            found = connection.execute(text(asked + " 'accepted', 'on_scene')")).scalars()
            return [str(case) for case in found]


@pytest.fixture
def crowd(cluster, tmp_path):
    with town_of_its_own(cluster, "race") as engine:
        with engine.begin() as connection:
            connection.execute(text(
                "INSERT INTO matters (code, name_zh, name_en, priority) VALUES ('S09', 'x', 'x', 2)"
            ))  # fmt: skip
        url = cluster.url_of(database_name("race"))
        made = door.create(Settings(var=tmp_path, language="en"), app_url(url))
        made.dependency_overrides[deps.actor] = lambda: Actor("d", frozenset(Verb))
        made.dependency_overrides[deps.now] = lambda: NOON
        with TestClient(made, HERE, raise_server_exceptions=False) as client:
            yield Crowd(engine, client)


def test_of_64_who_send_one_squad_at_once_one_does_and_63_are_told_who_has_it(crowd):
    cases = [crowd.report() for _ in range(64)]

    with ThreadPoolExecutor(64) as many:
        answers = list(many.map(lambda case: crowd.step(case, "dispatch", squad="S1"), cases))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 63
    [sent] = [answer.json() for answer in answers if answer.status_code == 200]
    assert crowd.held() == [sent["id"]]
    told = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(one["code"], one["values"]["cases"]) for one in told} == {
        ("squad_busy", sent["case_no"])
    }


def test_many_who_take_a_squad_away_and_give_it_back_at_once_never_wait_for_each_other(crowd):
    """Urgent cases want the squad of a little one, which is accepted, recalled and sent anew."""
    little, urgent = crowd.report(), [crowd.report("S09") for _ in range(12)]
    crowd.step(little, "dispatch", squad="S1")
    wanted = [(case, "dispatch", {"squad": "S1", "preempt": True}) for case in urgent]
    wanted += [(little, "accept", {}), (little, "recall", {"reason": "x"})]
    wanted += [(little, "dispatch", {"squad": "S1"})] * 2

    with ThreadPoolExecutor(16) as many:
        turns = list(many.map(lambda each: crowd.step(*each[:2], **each[2]), wanted * 2))

    assert {answer.status_code for answer in turns} <= {200, 409}
    [held] = crowd.held()
    assert held in urgent
    steps = crowd.client.get(f"/api/incidents/{little}").json()["steps"]
    assert steps[-1]["to_state"] == "filed"
