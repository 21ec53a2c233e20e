"""The grids that nobody on duty reaches in time."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from api import deps
from api.reach import KEPT
from layers.access import Actor, Verb, actor_of
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.cast import MATTER


def test_reach_tells_the_grids_that_nobody_on_duty_reaches_in_time(client, cast, crawling):
    found = client.get("/api/reach").json()

    assert (found["squads"], found["grids"], found["late"], found["method"]) == (1, 4, 2, "road")
    assert [row["name"] for row in found["items"]] == ["West north", "East north"]
    assert found["items"][1]["seconds"] == pytest.approx((968 + 1108) * 3.6 / 2.4, rel=0.01)
    assert [(row["name"], row["grids"], row["late"]) for row in found["townships"]] == [
        ("西街", 2, 1), ("东街", 2, 1),
    ]  # fmt: skip


def test_a_second_squad_on_duty_closes_the_gap(client, cast, crawling, connection):
    connection.execute(text("UPDATE squads SET on_duty = true"))

    assert [row["name"] for row in client.get("/api/reach").json()["items"]] == []


def test_reach_at_another_time_goes_by_the_roster(client, cast, crawling, connection, noon):
    evening = noon + timedelta(hours=6)
    shift = "INSERT INTO shifts (squad_code, starts_at, ends_at) VALUES ('S2', :starts, :ends)"
    times = {"starts": evening, "ends": evening + timedelta(hours=8)}
    connection.execute(text(shift), times)

    now = client.get("/api/reach").json()
    then = client.get(
        "/api/reach", params={"at": (evening + timedelta(hours=1)).isoformat()}
    ).json()

    assert (now["squads"], now["late"]) == (1, 2)
    assert (then["squads"], then["late"]) == (2, 0)
    page = client.get("/maps/reach.html", params={"lang": "en", "at": then["at"]})
    assert "somebody on duty reaches each of the 4 grids" in page.text


def test_with_nobody_on_duty_or_able_to_come_no_grid_is_reached(
    client, cast, crawling, connection, noon
):
    connection.execute(text("UPDATE squads SET on_duty = false"))

    found = client.get("/api/reach", params={"limit": 3}).json()
    away = "UPDATE squads SET on_duty = true, out_of_service = 'break', out_of_service_at = :at"
    connection.execute(text(away), {"at": noon})
    broken_off = client.get("/api/reach").json()

    assert (found["squads"], found["late"], len(found["items"])) == (0, 4, 3)
    assert (broken_off["squads"], broken_off["late"]) == (0, 4)
    assert {row["seconds"] for row in found["items"]} == {None}
    rest = client.get("/api/reach", params={"limit": 3, "after": found["next"]}).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)


def test_reach_is_of_what_is_in_sight(client, cast, crawling, western):
    found = client.get("/api/reach").json()

    assert (found["grids"], [row["name"] for row in found["townships"]]) == (2, ["西街"])


TABLE = """INSERT INTO jurisdictions (matter_code, township_code, unit_code, part, valid_from)
    VALUES ('S02', :township, 'OURS', 'responsible', '2020-01-01')"""


@pytest.mark.parametrize(("township", "told"), [("west", (2, [])), ("east", (1, ["West north"]))])
def test_who_sends_in_one_township_is_reached_by_squads_of_the_next_that_may_come(
    township, told, client, app, cast, crawling, connection
):
    connection.execute(MATTER)
    connection.execute(text(
        "INSERT INTO units (code, name, kind, valid_from) VALUES ('OURS', 'x', 'other', '2020-1-1')"
    ))  # fmt: skip
    connection.execute(text("UPDATE squads SET on_duty = true, unit_code = 'OURS'"))
    connection.execute(text(TABLE), {"township": getattr(cast, township)})
    west = [Grant(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, cast.west), date(2026, 1, 1))]
    app.dependency_overrides[deps.actor] = lambda: actor_of("x", west, date(2026, 11, 16))

    found = client.get("/api/reach").json()

    assert (found["squads"], [row["name"] for row in found["items"]]) == told


def test_reach_is_reckoned_once_for_all_its_pages(client, app, cast, crawling, connection, noon):
    def late():
        return [row["name"] for row in client.get("/api/reach").json()["items"]]

    first = late()
    connection.execute(text("UPDATE squads SET position = ST_Point(119.915, 29.715, 4326),"
                            " position_at = :at WHERE code = 'S1'"), {"at": noon})  # fmt: skip
    again = late()
    app.dependency_overrides[deps.now] = lambda: noon + KEPT
    moved = late()
    connection.execute(text("UPDATE squads SET on_duty = false"))
    nobody = late()
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.LEAD}), frozenset())

    assert first == again == ["West north", "East north"]
    assert moved not in (first, nobody) and len(nobody) == 4
    assert late() == []


@pytest.mark.parametrize("role", list(Role))
def test_reach_is_told_to_who_sends_leads_or_plans(role, client, app, cast):
    actor = actor_of("x", [Grant(role, BUREAU, date(2026, 1, 1))], date(2026, 1, 1))
    app.dependency_overrides[deps.actor] = lambda: actor
    told = {Role.DISPATCHER, Role.LEADER, Role.PLANNER}

    answers = [client.get(path).status_code for path in ("/api/reach", "/maps/reach.html")]

    assert answers == [200 if role in told else 403] * 2


def test_the_map_of_reach_has_its_finding_in_the_title(client, cast, crawling):
    page = client.get("/maps/reach.html", params={"lang": "en"})
    picture = client.get("/maps/reach.png")

    assert "nobody on duty reaches 2 of 4 grids within 30 minutes" in page.text
    assert "1 squads on duty" in page.text
    assert picture.headers["content-type"] == "image/png"
