"""Who is recommended for a case, who is passed over, and why."""

from datetime import timedelta

from sqlalchemy import text

from api import deps
from layers.access import actor_of
from layers.roles import Area, AreaKind, Grant, Role
from tests.api.dispatch.sending import NOON, handled, recommend, send
from tests.cast import WEST


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
    handled(connection, first, noon - timedelta(minutes=5))
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
