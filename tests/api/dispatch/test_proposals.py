"""Squads for all that waits, proposed together and taken pair by pair."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from api import deps
from api.circumstances import Circumstances
from api.dispatching import look
from geo.nearest import straight_line
from layers.access import Actor, Verb, actor_of
from layers.files import silent
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.api.dispatch.sending import NOON, handled, send, solve
from tests.cast import WEST


def test_all_that_wait_in_one_township_are_given_the_squads_of_the_next(
    client, filed, shared_out, western, work
):
    case = filed()

    found = solve(client, work)
    taken = client.post("/api/dispatch/commit", json={"job": found["job"]}).json()["items"]

    assert [(pair["incident"], pair["squad"]) for pair in found["pairs"]] == [(case, "S2")]
    assert [one["sent"] for one in taken] == [True]


def test_all_that_wait_are_given_squads_together(client, filed, work):
    """The west's squad is nearest to both; the farther case has been due for longer."""
    near, far = filed(119.906, 29.705), filed(119.901, 29.701, minutes=40)

    found = solve(client, work)

    assert {(pair["incident"], pair["squad"]) for pair in found["pairs"]} == {
        (near, "S2"), (far, "S1"),
    }  # fmt: skip
    assert (found["cases"], found["crews"], found["left"], found["stale"]) == (2, 2, [], False)
    assert found["late_s"] <= found["one_by_one"]["late_s"]


@pytest.mark.parametrize(
    ("waited", "sent"),
    [(0, ("S2", [])), (60, ("S1", ["resting", "in_hand"]))],
    ids=["in time", "late already"],
)
def test_who_rests_is_proposed_only_where_nobody_else_is_as_much_in_time(
    waited, sent, client, filed, connection, noon, work
):
    handled(connection, filed(), noon - timedelta(minutes=5))
    filed(119.905, 29.706, minutes=waited)

    (pair,) = solve(client, work)["pairs"]

    assert (pair["squad"], pair["reasons"]) == sent


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
