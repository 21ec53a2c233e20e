"""Powers given, moved and ended; who leaves, comes back or loses things."""

from sqlalchemy import select

from layers.journal.tables import Entry
from tests.api.people.office import FORMULA, choose_password, sign_in
from tests.cast import EAST, WEST

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
