"""The people as an administrator meets them over HTTP: coming, being found, and from a file."""

import hashlib

import pytest
from sqlalchemy import select

from api import deps
from layers.access import Actor, Verb
from layers.journal.tables import Entry
from layers.people.tables import Person
from tests.api.people.office import FORMULA, SCRIPT, logins
from tests.cast import EAST, WEST

# --- Coming and being found ---------------------------------------------------------------------


def test_whoever_is_taken_on_gets_a_code_that_is_told_once(client, people, connection):
    taken = people(name="张三", role="dispatcher", area=WEST)
    person, code = taken["person"], taken["code"]["secret"]

    kept = connection.execute(select(Person.code_hash)).scalar_one()
    shown = client.get(f"/api/people/{person['id']}")

    assert (
        person["powers"][0] | {"role": "dispatcher", "area": WEST, "area_name": "西街"}
        == person["powers"][0]
    )
    assert kept == hashlib.sha256(code.replace("-", "").encode()).digest()
    assert code not in shown.text
    assert shown.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"login": "zhang.san"}, "login_taken"),
        ({"login": "a b"}, "bad_login"),
        ({"login": "new", "name": "x" * 101}, "bad_name"),
        ({"login": "new", "role": "grid_worker"}, "area_needed"),
        ({"login": "new", "role": "auditor", "area": WEST}, "area_not_for_role"),
        ({"login": "new", "area": "nowhere"}, "unknown_area"),
        ({"login": "new", "role": "resident"}, "role_not_given"),
        ({"login": "new", "since": "2026-11-15"}, "day_past"),
        ({"login": "new", "until": "2026-11-16"}, "power_ends_first"),
        ({"login": "new\n"}, "malformed"),
        ({"login": "new", "password": "given"}, "malformed"),
    ],
)
def test_a_newcomer_who_cannot_be_taken_is_refused_in_words(client, people, body, code):
    people()

    answer = client.post("/api/people", json={"role": "planner", **body})

    assert answer.json()["code"] == code
    assert logins(client.post("/api/people/search", json={})) == ["zhang.san"]


def test_people_are_found_and_come_in_pages(client, people):
    people("a", "leader")
    people("b", "squad_leader", area="S1")
    people("c", "grid_worker", area=f"{WEST}001001")
    people("d", "planner", area=EAST)

    first = client.post("/api/people/search", json={"limit": 3})
    second = client.post("/api/people/search", json={"limit": 3, "after": first.json()["next"]})
    west = client.post("/api/people/search", json={"area": WEST})

    assert (logins(first), logins(second)) == (["a", "b", "c"], ["d"])
    assert logins(west) == ["b", "c"]
    assert west.json()["items"][0]["powers"][0]["area_name"] == "西街中队"
    assert logins(client.post("/api/people/search", json={"role": "leader"})) == ["a"]
    assert logins(client.post("/api/people/search", json={"state": "waiting", "text": "D"})) == [
        "d"
    ]


def test_the_roles_say_what_they_may_do_and_where(client):
    roles = {role["role"]: role for role in client.get("/api/roles").json()["items"]}

    assert "resident" not in roles
    assert roles["squad_member"]["kinds"] == ["squad", "township"]
    assert roles["auditor"] == {"role": "auditor", "verbs": ["audit"], "kinds": ["bureau"]}


def test_names_are_kept_as_they_are_typed(client, people):
    people("a", name=SCRIPT)
    people("b", name=FORMULA)

    found = client.post("/api/people/search", json={}).json()["items"]

    assert [person["name"] for person in found] == [SCRIPT, FORMULA]


def test_looking_at_a_person_is_written_down_with_who_looked(client, people, connection):
    person = people()["person"]

    client.get(f"/api/people/{person['id']}")

    row = connection.execute(select(Entry).where(Entry.verb == "read")).one()
    assert (row.actor, row.kind, row.subject) == ("planner", "people", person["id"])


# --- From a file --------------------------------------------------------------------------------


def upload(client, text: str, **more: str):
    file = {"file": ("staff.csv", text.encode(), "text/csv")}
    return client.post("/api/imports/people", files=file, data=more)


STAFF = "login,name,role,area\nli.si,李四,grid_worker,339901101\nwang.wu,王五,king,\n"


def test_people_come_from_a_file_and_what_was_refused_is_shown_to_who_manages_them(
    client, app, cast, work
):
    job = work(client, upload(client, STAFF))
    refused = client.get(f"/api/imports/{job['id']}/refused")
    app.dependency_overrides[deps.actor] = lambda: Actor("planner", frozenset({Verb.IMPORT}))
    hidden = client.get(f"/api/imports/{job['id']}/refused")

    assert (job["layer"], job["result"]["new"], job["result"]["refused"]) == ("people", 1, 1)
    assert "wang.wu" in refused.text
    assert "李四" not in str(job)
    assert (hidden.status_code, hidden.json()["code"]) == (403, "may_not")


def test_people_are_not_imported_by_who_only_imports(client, app, cast, settings):
    app.dependency_overrides[deps.actor] = lambda: Actor("planner", frozenset({Verb.IMPORT}))

    answer = upload(client, STAFF)

    assert (answer.status_code, answer.json()["code"]) == (403, "may_not")
    assert not (settings.var / "uploads").exists()
