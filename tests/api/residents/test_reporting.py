"""A report without an account: what is taken, what is refused, and where it is."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from api import deps
from api.cases import digest
from api.residents import ResidentReport
from tests.api.residents.resident import GRID, PLACE, REPORTS, TYPED, code, incidents


def test_a_report_is_taken_without_an_account_and_found_by_its_link(client, sent, connection):
    answer = sent(**TYPED, accuracy_m=12)
    token = answer.json()["token"]
    shown = client.get(f"{REPORTS}/{token}")

    assert (answer.status_code, len(token)) == (201, 22)
    assert shown.json()["case_no"] == answer.json()["case_no"]
    assert (shown.json()["stage"], shown.json()["grid"]) == ("received", "West south")
    row = connection.execute(text("SELECT source, state, accuracy_m, released FROM incidents"))
    assert row.one() == ("resident", "reported", 12, False)


def test_who_reported_is_sealed_and_told_to_those_who_call_back_alone(client, sent, connection):
    token = sent(**TYPED).json()["token"]
    case = connection.execute(text("SELECT id FROM incidents")).scalar_one()

    kept = client.get(f"/api/incidents/{case}/reporter").json()
    listed = client.get("/api/enquiries").json()["items"]

    assert (kept["name"], kept["phone"]) == ("李四", "13800001111")
    assert [(one["channel"], one["waits"]) for one in listed] == [("web", "answer")]
    for told in (client.get(f"{REPORTS}/{token}"), client.get(f"/r/{token}"),
                 client.get("/api/journal")):  # fmt: skip
        assert not [typed for typed in TYPED.values() if typed in told.text]


def test_the_same_sent_again_is_the_same_however_old_its_ticket(
    client, app, ticket, noon, connection
):
    given = {"id": str(uuid4()), "ticket": ticket(), "matter": "S02", **PLACE}
    first = client.post(REPORTS, json=given)
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(days=2)

    again = client.post(REPORTS, json=given)
    other = client.post(REPORTS, json={**given, "description": "x"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert code(other) == (409, "other_content")
    assert incidents(connection) == 1


def test_what_was_taken_stays_taken_whatever_becomes_of_its_matter(client, ticket, connection):
    given = {"id": str(uuid4()), "ticket": ticket(), "matter": "S02", **PLACE}
    first = client.post(REPORTS, json=given)
    connection.execute(text("UPDATE matters SET offered = false, public = false"))

    again = client.post(REPORTS, json=given)

    assert (again.status_code, again.json()) == (200, first.json())


def test_no_digest_gives_a_phone_number_away(sent, ticket, connection):
    """Everything else that was sent lies in the database: numbers could be tried one by one."""
    given = {"id": str(uuid4()), "phone": "13800001111"}
    sent(**given)
    kept = connection.execute(text("SELECT content FROM incidents")).scalar_one()
    told = ResidentReport(ticket="", matter="S02", **PLACE, **given)
    guessed = told.model_dump(mode="json", exclude={"ticket", "leave_empty"})

    assert bytes(kept) not in {digest(guessed), digest(told.model_dump(mode="json"))}


def test_a_street_says_where_it_is_and_how_far_that_may_be_off(sent, connection):
    connection.execute(text(
        "INSERT INTO roads (key, name, class, oneway, shape, source_crs) VALUES"
        " ('r1', '柳河路', 'unknown', false,"
        " ST_GeomFromText('MULTILINESTRING((119.901 29.705, 119.909 29.705))', 4326), 'x')"
    ))  # fmt: skip

    answer = sent(lon=None, lat=None, accuracy_m=None, address="柳河路 10 号")

    asked = "SELECT round(ST_X(place)::numeric, 3)::float, round(accuracy_m) FROM incidents"
    assert answer.status_code == 201
    assert connection.execute(text(asked)).one() == (119.905, 388)


def test_what_programs_fill_in_is_refused(sent, connection):
    assert code(sent(leave_empty="https://example.org")) == (403, "not_by_hand")
    assert incidents(connection) == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"matter": "S09"}, (404, "no_matter")), ({"matter": "S03"}, (422, "answer_needed")),
        ({"lon": None, "lat": None}, (422, "place_missing")),
        ({"lon": None, "lat": None, "address": "不知道"}, (422, "address_unknown")),
        ({"lon": 1.0, "lat": 1.0}, (422, "place_far_away")),
        ({"lat": None}, (422, "malformed")), ({"matter": None}, (422, "malformed")),
        ({"follow": str(uuid4())}, (422, "malformed")),
        ({"matter": None, "follow": str(uuid4())}, (404, "no_incident")),
        ({"description": "x" * 2001}, (422, "malformed")),
        ({"phone": "1\x002"}, (422, "malformed")), ({"address": "\x00"}, (422, "malformed")),
        ({"source": "staff"}, (422, "malformed")), ({"answers": {"a": 1}}, (422, "no_question")),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(wrong, told, sent, connection):
    assert code(sent(**wrong)) == told
    assert incidents(connection) == 0


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "'; DROP TABLE incidents; --", "😀"]
)
def test_what_is_typed_is_kept_as_it_is_and_shown_as_text(typed, client, sent, connection):
    token = sent(description=typed, address=typed).json()["token"]
    connection.execute(text("UPDATE incidents SET released = true"))

    shown = client.get(f"{REPORTS}/{token}").json()
    page = client.get(f"/r/{token}").text

    assert (shown["description"], shown["address"]) == (typed, typed)
    assert "<script>alert" not in page


def test_a_posted_grid_says_where_it_is(sent, connection, client):
    token = sent(lon=None, lat=None, grid=GRID).json()["token"]

    assert client.get(f"{REPORTS}/{token}").json()["grid"] == "West south"
    assert round(connection.execute(text("SELECT accuracy_m FROM incidents")).scalar_one()) == 585


def test_a_known_place_in_the_words_says_where_it_is(sent, connection):
    connection.execute(text(
        "INSERT INTO places (key, code, name, place, x, y, datum) VALUES"
        " ('P1', 'P1', '城南桥', ST_Point(119.915, 29.705, 4326), 0, 0, 'wgs84')"
    ))  # fmt: skip

    answers = [sent(lon=None, lat=None, **said).status_code
               for said in ({"address": "城南桥头"}, {"place": "P1"})]  # fmt: skip

    assert answers == [201, 201]


def test_nobody_signed_in_is_needed_and_nobody_signed_in_is_named(app, client, sent):
    app.dependency_overrides[deps.actor] = lambda: pytest.fail("asked who is there")

    assert sent().status_code == 201
    assert client.get("/report").status_code == 200
