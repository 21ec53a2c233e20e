"""Sending squads: who is recommended, joint proposals, and many at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, text

from api import app as door
from api import deps
from api.circumstances import Circumstances
from api.dispatching import look
from api.settings import Settings
from geo.nearest import straight_line
from layers.access import Actor, Verb, actor_of
from layers.files import silent
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.api.conftest import HERE
from tests.cast import EAST, MATTER, WEST, Cast
from tests.conftest import app_url, database_name, town_of_its_own

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
UNITS = """INSERT INTO units (code, name, kind, valid_from)
    VALUES ('OURS', 'x', 'other', '2020-01-01'), ('THEIRS', 'x', 'other', '2020-01-01')"""
TABLE = """INSERT INTO jurisdictions (matter_code, township_code, unit_code, part, valid_from)
    VALUES ('S02', :township, 'OURS', 'responsible', '2020-01-01')"""


@pytest.fixture
def filed(connection: Connection, cast: Cast, noon: datetime):
    """A case that waits for a squad, since some minutes."""
    connection.execute(MATTER)

    def made(lon: float = 119.905, lat: float = 29.706, minutes: int = 20) -> str:
        return str(cast.report(lon, lat, noon - timedelta(minutes=minutes), "filed"))

    return made


@pytest.fixture
def shared_out(connection: Connection, cast: Cast) -> None:
    """The squad of the east alone is competent, in the west."""
    connection.execute(MATTER)
    connection.execute(text(UNITS))
    connection.execute(text(TABLE), {"township": WEST})
    units = "UPDATE squads SET unit_code = CASE code WHEN 'S1' THEN 'THEIRS' ELSE 'OURS' END"
    connection.execute(text(units))


def send(client, case: str, squad: str, **more):
    said = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00", "squad": squad}
    return client.post(f"/api/incidents/{case}/steps/dispatch", json=said | more)


def recommend(client, case: str):
    return client.get(f"/api/incidents/{case}/nearest-squads").json()


def test_the_competent_squad_comes_across_the_border_and_the_nearer_is_told(
    client, filed, shared_out
):
    found = recommend(client, filed())

    [best] = found["items"]
    [over] = found["passed_over"]
    assert (best["squad"], best["reasons"]) == (
        "S2", ["home_station", "responsible", "other_area"],
    )  # fmt: skip
    assert (over["squad"], over["why"], over["competent"]) == ("S1", ["not_competent"], False)
    assert (found["no_table"], found["township"]) == (False, WEST)


@pytest.fixture
def western(app) -> None:
    """Whoever is there sends squads in the west alone."""
    grant = Grant(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST), NOON.date())
    app.dependency_overrides[deps.actor] = lambda: actor_of("west", [grant], NOON.date())


def test_who_sends_in_one_township_is_told_of_the_competent_squad_of_the_next_and_sends_it(
    client, filed, shared_out, western, work
):
    near, later = filed(), filed()

    found = recommend(client, near)
    way = client.get(f"/api/incidents/{near}/ways/S2")
    sent = send(client, near, "S2").json()
    again = send(client, later, "S2").json()

    assert [squad["code"] for squad in client.get("/api/squads").json()["items"]] == ["S1"]
    assert [one["squad"] for one in found["items"]] == ["S2"]
    assert (way.status_code, way.json()["squad"]) == (200, "S2")
    assert (sent["state"], sent["squad"], sent["squads"]) == (
        "dispatched", "S2", {"S2": "东街中队"},
    )  # fmt: skip
    assert sent["steps"][-1]["details"]["recommendation"]["rank"] == 1
    assert again["code"] == "squad_busy"
    assert client.get("/api/incidents/count?nobody_competent=true").json() == {"count": 0}


def test_all_that_wait_in_one_township_are_given_the_squads_of_the_next(
    client, filed, shared_out, western, work
):
    case = filed()

    found = solve(client, work)
    taken = client.post("/api/dispatch/commit", json={"job": found["job"]}).json()["items"]

    assert [(pair["incident"], pair["squad"]) for pair in found["pairs"]] == [(case, "S2")]
    assert [one["sent"] for one in taken] == [True]


def test_who_sends_nobody_reads_that_the_competent_squad_is_across_the_border(
    client, app, filed, shared_out
):
    case = filed()

    def told(role: Role) -> list[str]:
        grant = Grant(role, Area(AreaKind.TOWNSHIP, WEST), NOON.date())
        app.dependency_overrides[deps.actor] = lambda: actor_of("west", [grant], NOON.date())
        return recommend(client, case)["shortfall"]

    assert told(Role.ACCEPTOR) == ["competent_elsewhere"]
    assert told(Role.DISPATCHER) == []


def test_who_has_a_case_is_busy_and_who_just_had_one_rests(client, filed, connection, noon):
    first, second = filed(), filed()
    send(client, first, "S1")
    busy = recommend(client, second)
    connection.execute(
        text("UPDATE incidents SET state = 'handling' WHERE id = :case"), {"case": first}
    )
    ended = """INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state,
        to_state, by, happened_at, received_at, late, details) VALUES (:case, 90,
        gen_random_uuid(), 'give_opinion', 'x', 'x', 'x', :at, :at, false, '{}')"""
    connection.execute(text(ended), {"case": first, "at": noon - timedelta(minutes=5)})
    rested = recommend(client, second)

    assert [(one["squad"], one["why"], one["busy"]) for one in busy["passed_over"]] == [
        ("S1", ["busy"], 1)
    ]
    assert [one["squad"] for one in rested["items"]] == ["S2", "S1"]
    assert rested["items"][1]["reasons"][-2:] == ["resting", "in_hand"]
    assert rested["items"][1]["penalty_s"] == 600 + 60
    assert [one["why"] for one in rested["passed_over"]] == [["resting", "in_hand"]]


def test_a_case_for_which_nobody_is_competent_is_told_and_listed(
    client, filed, shared_out, connection
):
    """Nor is anybody of a unit that has no squads."""
    lost, kept = filed(119.915, 29.705), filed()

    found = recommend(client, lost)
    listed = client.get("/api/incidents?nobody_competent=true").json()["items"]

    assert (found["items"], found["shortfall"]) == ([], ["none_competent"])
    assert [case["id"] for case in listed] == [lost]
    assert client.get("/api/incidents/count?nobody_competent=true").json() == {"count": 1}
    assert recommend(client, kept)["shortfall"] == []

    connection.execute(text("UPDATE squads SET unit_code = 'THEIRS'"))

    assert client.get("/api/incidents/count?nobody_competent=true").json() == {"count": 2}
    assert recommend(client, kept)["shortfall"] == ["none_competent"]


def test_where_a_squad_stood_when_it_was_sent_is_kept_with_the_step(client, filed):
    second, unlikely = filed(), filed()

    kept = send(client, second, "S2").json()["steps"][-1]["details"]["recommendation"]
    other = send(client, unlikely, "S2", override=True, reason="x").json()["steps"][-1]["details"]

    assert (kept["rank"], kept["of"], kept["method"]) == (2, 2, "great_circle")
    assert kept["seconds"] > 60
    assert (other["recommendation"]["rank"], other["overridden"]) == (None, ["squad_busy"])


def test_who_is_competent_is_listed(client, shared_out):
    [row] = client.get("/api/jurisdictions").json()["items"]

    assert (row["matter"], row["township"], row["unit"], row["part"], row["valid_from"]) == (
        "S02", WEST, "OURS", "responsible", "2020-01-01",
    )  # fmt: skip
    assert client.get("/api/jurisdictions?unit=THEIRS").json()["items"] == []


def test_a_table_is_sent_by_the_browser(client, shared_out, work):
    """The newest file says that the other unit is called in too."""
    file = "matter,township,unit,part\nS02,*,THEIRS,协办\n".encode()

    job = work(client, client.post("/api/imports/jurisdiction", files={"file": ("管辖.csv", file)}))

    assert (job["state"], job["result"]["new"]) == ("done", 1)
    [_, row] = client.get("/api/jurisdictions").json()["items"]
    assert (row["unit"], row["part"], row["township"], row["valid_from"]) == (
        "THEIRS", "joint", None, None,
    )  # fmt: skip


# --- All that wait, together --------------------------------------------------------------------


def solve(client, work) -> dict:
    job = work(client, client.post("/api/dispatch/solve", json={}))
    assert job["state"] == "done", job
    return client.get(f"/api/dispatch/proposals/{job['id']}").json()


def test_all_that_wait_are_given_squads_together(client, filed, work):
    """The west's squad is nearest to both; the farther case has been due for longer."""
    near, far = filed(119.906, 29.705), filed(119.901, 29.701, minutes=40)

    found = solve(client, work)

    assert {(pair["incident"], pair["squad"]) for pair in found["pairs"]} == {
        (near, "S2"), (far, "S1"),
    }  # fmt: skip
    assert (found["cases"], found["crews"], found["left"], found["stale"]) == (2, 2, [], False)
    assert found["late_s"] <= found["one_by_one"]["late_s"]


def test_a_proposal_is_taken_pair_by_pair_and_what_is_stale_is_told(client, filed, work):
    near, far = filed(119.906, 29.705), filed(119.901, 29.701, minutes=40)
    found = solve(client, work)
    send(client, near, "S2")
    filed()

    again = client.get(f"/api/dispatch/proposals/{found['job']}").json()
    taken = client.post("/api/dispatch/commit", json={"job": found["job"]}).json()["items"]
    repeated = client.post("/api/dispatch/commit", json={"job": found["job"]}).json()["items"]

    assert {pair["incident"]: pair["stale"] for pair in again["pairs"]} == {
        near: "not_waiting", far: None,
    }  # fmt: skip
    assert (again["stale"], again["new"]) == (True, 1)
    told = {one["incident"]: one["problem"] and one["problem"]["code"] for one in taken}
    assert told == {near: "not_open", far: None}
    assert [one["sent"] for one in repeated] == [one["sent"] for one in taken]
    kept = client.get(f"/api/incidents/{far}").json()
    assert (kept["state"], kept["squad"]) == ("dispatched", "S1")
    assert kept["steps"][-1]["details"]["recommendation"]["proposal"] == found["job"]


def test_what_somebody_else_changed_or_sent_meanwhile_makes_a_pair_stale_and_is_not_sent(
    client, app, filed, work
):
    near, far = filed(119.906, 29.705), filed(119.901, 29.701, minutes=40)
    found = solve(client, work)
    said = {"event_id": str(uuid4()), "happened_at": NOON.isoformat(), "reason": "x"}
    one = app.dependency_overrides[deps.actor]
    app.dependency_overrides[deps.actor] = lambda: Actor("another", frozenset(Verb))
    client.post(f"/api/incidents/{near}/steps/prioritise", json=said | {"priority": 2})
    send(client, filed(), "S1")
    app.dependency_overrides[deps.actor] = one

    again = client.get(f"/api/dispatch/proposals/{found['job']}").json()
    pairs = [{"incident": near, "squad": "S2"}, {"incident": far, "squad": "S1"}]
    said = {"job": found["job"], "pairs": pairs}
    taken = client.post("/api/dispatch/commit", json=said).json()["items"]

    assert {pair["incident"]: pair["stale"] for pair in again["pairs"]} == {
        near: "changed", far: "not_free",
    }  # fmt: skip
    assert (again["stale"], again["new"]) == (True, 0)
    assert {one["incident"]: one["problem"]["code"] for one in taken} == {
        near: "stale", far: "squad_busy",
    }  # fmt: skip


def test_a_dispatcher_may_take_other_pairs_than_those_proposed(client, filed, work):
    near = filed()
    found = solve(client, work)

    pairs = [{"incident": near, "squad": "S2"}, {"incident": near, "squad": "S1"}]
    taken = client.post("/api/dispatch/commit", json={"job": found["job"], "pairs": pairs}).json()

    assert [one["sent"] for one in taken["items"]] == [True, False]


def test_a_pair_that_came_back_is_sent_anew_when_it_is_seen_anew(client, filed, work):
    case = filed()
    found = solve(client, work)

    def commit() -> dict:
        seen = client.get(f"/api/incidents/{case}").json()["version"]
        pair = {"incident": case, "squad": "S1", "version": seen}
        said = {"job": found["job"], "pairs": [pair]}
        return client.post("/api/dispatch/commit", json=said).json()["items"][0]

    commit()
    said = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00", "reason": "x"}
    client.post(f"/api/incidents/{case}/steps/recall", json=said)
    again = commit()

    assert again["sent"]
    assert client.get(f"/api/incidents/{case}").json()["state"] == "dispatched"


def test_a_proposal_that_could_not_be_made_is_told_as_that(client, connection, cast):
    job = client.post("/api/dispatch/solve", json={}).json()["job"]
    early = client.get(f"/api/dispatch/proposals/{job}").json()
    failed = 'UPDATE jobs SET state = \'failed\', problem = \'{"code": "defect", "values": {}}\''
    connection.execute(text(failed + " WHERE id = :job"), {"job": job})

    late = client.get(f"/api/dispatch/proposals/{job}")

    assert early["code"] == "not_solved_yet"
    assert (late.status_code, late.json()["code"]) == (409, "not_solved")


def test_cases_that_get_nobody_say_why(client, filed, shared_out, work):
    lost, first, second = filed(119.915, 29.705), filed(), filed()

    found = solve(client, work)

    assert len(found["pairs"]) == 1
    assert {one["incident"]: one["why"] for one in found["left"]} == {
        lost: "none_competent",
        ({first, second} - {found["pairs"][0]["incident"]}).pop(): "none_free",
    }
    assert (found["new"], found["stale"]) == (0, False)


def test_cases_say_too_that_whoever_could_go_is_out_of_service(
    client, filed, connection, work, noon
):
    filed()
    away = "UPDATE squads SET out_of_service = 'vehicle', out_of_service_at = :at"
    connection.execute(text(away), {"at": noon})

    found = solve(client, work)

    assert [one["why"] for one in found["left"]] == ["none_on_duty"]


def test_what_is_not_ones_own_to_send_and_whose_clock_stands_is_not_given_squads(
    filed, connection, settings, noon
):
    """Nor is whoever is off duty sent, nor one to more than its crews."""
    grants = [Grant(Role.LEADER, BUREAU, noon.date()),
              Grant(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST), noon.date())]  # fmt: skip
    own, stands, _elsewhere = filed(), filed(), filed(119.915)
    later = "UPDATE incidents SET suspended_until = '2027-01-01' WHERE id = :case"
    connection.execute(text(later), {"case": stands})
    connection.execute(text("UPDATE squads SET crews = 2, on_duty = code = 'S1'"))
    has_one = "UPDATE incidents SET squad_code = 'S1', state = 'accepted' WHERE id = :case"
    connection.execute(text(has_one), {"case": filed()})
    around = Circumstances(settings, actor_of("x", grants, noon.date()), noon, silent)

    found = look(connection, around, lambda _: straight_line())

    assert [str(case["id"]) for case in found.cases] == [own]
    assert [row.code for row in found.squads] == ["S1", "S2"]
    assert found.problem.slots.tolist() == [1, 0]


def test_only_who_dispatches_asks_for_a_proposal(client, app, cast):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.FILE}))

    assert client.post("/api/dispatch/solve", json={}).status_code == 403


# --- Many at once -------------------------------------------------------------------------------


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
