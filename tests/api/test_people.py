"""The people as an administrator meets them over HTTP."""

import hashlib
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select

from api import deps
from layers.access import Actor, Verb
from layers.journal.tables import Entry
from layers.people.tables import Person, Session, Token
from layers.roles import VERBS, Role
from tests.cast import EAST, WEST

CODE = r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}"
SCRIPT, FORMULA = "<script>alert(1)</script>", '=HYPERLINK("http://evil.example")'


@pytest.fixture
def people(client, cast):
    """Takes somebody on and gives what the API says of them."""

    def taken(login: str = "zhang.san", role: str = "planner", **more: object) -> dict[str, object]:
        answer = client.post("/api/people", json={"login": login, "role": role, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return taken


@pytest.fixture
def change(client):
    """Does something to a person and gives the person as they are then."""

    def changed(person: dict[str, object], what: str, **body: object) -> dict[str, object]:
        answer = client.post(f"/api/people/{person['id']}/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return changed


def sign_in(connection: Connection, person: dict[str, object], noon) -> None:
    row = {"id": uuid4(), "person_id": UUID(person["id"]), "token_hash": uuid4().bytes,
           "made_at": noon, "seen_at": noon, "expires_at": noon + timedelta(days=1)}  # fmt: skip
    connection.execute(Session.__table__.insert().values(row))


def choose_password(connection: Connection, person: dict[str, object]) -> None:
    chosen = Person.__table__.update().where(Person.id == UUID(person["id"]))
    connection.execute(chosen.values(password_hash="chosen", code_hash=None))


def logins(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [person["login"] for person in answer.json()["items"]]


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


# --- Powers -------------------------------------------------------------------------------------


def test_a_power_is_given_for_some_days_and_ended_on_one(people, change):
    person = people()["person"]

    given = change(person, "powers", role="leader", since="2026-12-01", until="2027-01-01")
    power = next(power for power in given["powers"] if power["role"] == "leader")
    ended = change(person, f"powers/{power['id']}/end", on="2026-12-15")

    assert (power["valid_from"], power["valid_to"]) == ("2026-12-01", "2027-01-01")
    assert next(p for p in ended["powers"] if p["id"] == power["id"])["valid_to"] == "2026-12-15"


def test_a_transfer_moves_somebody_on_a_day(people, change):
    person = people(role="grid_worker", area=f"{WEST}001001")["person"]
    power = person["powers"][0]["id"]

    moved = change(
        person, f"powers/{power}/transfer", role="grid_worker", area=EAST, on="2026-12-01"
    )

    assert [(p["area"], p["valid_from"], p["valid_to"]) for p in moved["powers"]] == [
        (EAST, "2026-12-01", None),
        (f"{WEST}001001", "2026-11-16", "2026-12-01"),
    ]


def test_a_transfer_to_nowhere_leaves_the_power_as_it_was(client, people, connection):
    person = people()["person"]
    path = f"/api/people/{person['id']}/powers/{person['powers'][0]['id']}/transfer"

    refused = client.post(path, json={"role": "planner", "area": "nowhere"})

    assert refused.json()["code"] == "unknown_area"
    assert client.get(f"/api/people/{person['id']}").json()["powers"][0]["valid_to"] is None


# --- Leaving, coming back, losing things --------------------------------------------------------


def test_a_lost_phone_is_signed_out_and_who_leaves_is_out(people, change, connection, noon):
    person = people()["person"]
    sign_in(connection, person, noon)
    sign_in(connection, person, noon)

    before = change(person, "name", name="张三")
    after = change(person, "sign-out")
    gone = change(person, "disable")
    back = change(person, "enable")

    assert (before["name"], before["sessions"], after["sessions"]) == ("张三", 2, 0)
    assert (gone["state"], back["state"]) == ("disabled", "active")
    assert gone["left_at"] is not None
    assert not back["has_password"]


def test_a_code_voids_the_password(client, people, connection, noon):
    person = people()["person"]
    choose_password(connection, person)
    sign_in(connection, person, noon)

    made = client.post(f"/api/people/{person['id']}/code").json()
    shown = client.get(f"/api/people/{person['id']}").json()

    assert (shown["has_password"], shown["sessions"]) == (False, 0)
    assert made["until"].startswith("2026-11-30")
    assert made["secret"] != people("b")["code"]["secret"]


def test_the_last_administrator_stays(client, people, change, connection):
    root = people("root", "administrator")["person"]
    choose_password(connection, root)
    power = root["powers"][0]["id"]

    for what in ("disable", f"powers/{power}/end"):
        answer = client.post(f"/api/people/{root['id']}/{what}", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")

    choose_password(connection, people("second", "administrator")["person"])
    assert change(root, "disable")["state"] == "disabled"


def test_codes_for_all_without_a_password_come_as_a_file_that_runs_nothing(
    client, people, connection
):
    choose_password(connection, people("a", name="has one")["person"])
    people("b", name=FORMULA, area=WEST)
    people("c", name="丙")

    unsaid = client.post("/api/people/codes", json={})
    answer = client.post("/api/people/codes", json={"again": True})
    western = client.post("/api/people/codes", json={"area": WEST, "again": True})

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert (unsaid.status_code, unsaid.json()["code"]) == (409, "codes_out")
    assert unsaid.json()["values"] == {"codes": 2}
    assert answer.headers["cache-control"] == "no-store"
    assert lines[0] == '"login","name","code"'
    assert lines[1].startswith('"b","\'=HYPERLINK(""')
    assert [line.split(",")[0] for line in lines[1:]] == ['"b"', '"c"']
    assert len(western.content.splitlines()) == 2
    rows = connection.execute(select(Entry.details).where(Entry.verb == "read")).scalars().all()
    assert {"rows": 2} in rows


# --- Tokens -------------------------------------------------------------------------------------


def test_a_token_is_told_once_and_kept_as_a_digest(client, people, connection):
    person = people()["person"]
    path = f"/api/people/{person['id']}/tokens"

    made = client.post(path, json={"name": "gateway", "scopes": ["plan"], "days": 90})
    secret = made.json()["secret"]
    listed = client.get("/api/tokens")
    row = connection.execute(select(Token)).one()

    assert made.status_code == 201
    assert row.token_hash == hashlib.sha256(secret.encode()).digest()
    assert (
        listed.json()["items"][0] | {"login": "zhang.san", "scopes": ["read", "plan"]}
        == listed.json()["items"][0]
    )
    assert secret not in listed.text
    assert not [
        entry
        for entry in connection.execute(select(Entry.details)).scalars()
        if secret in str(entry)
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "no end"},
        {"name": "both", "days": 1, "endless": True},
        {"name": "forever and a day", "days": 3651},
        {"name": "", "days": 1},
        {"name": "unknown", "days": 1, "scopes": ["rule"]},
    ],
)
def test_a_token_without_an_end_must_be_meant(client, people, body):
    path = f"/api/people/{people()['person']['id']}/tokens"

    assert client.post(path, json=body).json()["code"] == "malformed"
    assert client.post(path, json={"name": "meant", "endless": True}).status_code == 201


def test_a_token_is_ended_alone_and_leaves_the_list(client, people, change):
    person = people()["person"]
    for name in ("one", "other"):
        client.post(f"/api/people/{person['id']}/tokens", json={"name": name, "days": 1})
    one = next(t for t in client.get("/api/tokens").json()["items"] if t["name"] == "one")

    after = change(person, f"tokens/{one['id']}/end")

    assert [t["name"] for t in client.get("/api/tokens").json()["items"]] == ["other"]
    assert next(t for t in after["tokens"] if t["id"] == one["id"])["ended_at"] is not None
    again = client.post(f"/api/people/{person['id']}/tokens/{one['id']}/end")
    assert (again.status_code, again.json()["code"]) == (404, "no_token")


def test_the_list_of_tokens_comes_in_pages(client, people):
    person = people()["person"]
    for number in range(3):
        client.post(f"/api/people/{person['id']}/tokens", json={"name": f"{number}", "days": 1})

    first = client.get("/api/tokens?limit=2").json()
    second = client.get("/api/tokens", params={"limit": 2, "after": first["next"]}).json()

    assert {t["name"] for t in first["items"] + second["items"]} == {"0", "1", "2"}


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


# --- Nobody else --------------------------------------------------------------------------------


def routes(person: str) -> list[tuple[str, str, dict[str, object] | None]]:
    one = f"/api/people/{person}"
    given = {"role": "planner"}
    return [
        ("POST", "/api/people/search", {}),
        ("POST", "/api/people", {"login": "new", **given}),
        ("POST", "/api/people/codes", {}),
        ("GET", one, None),
        ("POST", f"{one}/name", {"name": "other"}),
        ("POST", f"{one}/disable", None),
        ("POST", f"{one}/enable", None),
        ("POST", f"{one}/sign-out", None),
        ("POST", f"{one}/code", None),
        ("POST", f"{one}/powers", given),
        ("POST", f"{one}/powers/1/end", {}),
        ("POST", f"{one}/powers/1/transfer", given),
        ("POST", f"{one}/tokens", {"name": "t", "days": 1}),
        ("POST", f"{one}/tokens/{uuid4()}/end", None),
        ("GET", "/api/tokens", None),
        ("GET", "/api/roles", None),
    ]


@pytest.mark.parametrize("role", [role for role in Role if Verb.MANAGE not in VERBS[role]])
def test_no_other_role_sees_or_changes_people(client, app, people, role):
    person = people()["person"]
    app.dependency_overrides[deps.actor] = lambda: Actor("somebody", VERBS[role])

    for method, path, body in routes(person["id"]):
        answer = client.request(method, path, json=body)

        assert (answer.status_code, answer.json()["code"]) == (403, "may_not"), path
        assert "zhang.san" not in answer.text


def test_who_manages_people_somewhere_only_manages_nobody(client, western, people):
    answer = client.post("/api/people/search", json={})

    assert answer.json()["code"] == "may_not_there"


def test_somebody_who_is_not_there_is_not_found(client, cast):
    nobody = str(uuid4())

    for method, path, body in routes(nobody):
        if nobody in path:
            assert client.request(method, path, json=body).status_code == 404, path


def test_whoever_searches_is_written_down_with_how_many_were_shown(client, connection, cast):
    shown = client.post("/api/people/search", json={"limit": 5}).json()["items"]

    noted = connection.execute(select(Entry.details).where(Entry.verb == "read")).scalars().all()
    assert {"rows": len(shown)} in noted
