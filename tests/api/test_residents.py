"""Residents over HTTP: a report without an account, its secret link, and what keeps spam small."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from api import deps, photos, tickets
from api.cases import digest
from api.limits import Allowance, Proven
from api.residents import BY_LINK, PICTURES, REPORTING, Patience, ResidentReport
from layers.access import Actor, Verb
from layers.errors import Invalid, Unready
from tests.api.conftest import HERE
from tests.cast import WEST
from tests.pictures import drawn, encoded

PICTURE = encoded(drawn())
REPORTS = "/api/public/reports"
PLACE = {"lon": 119.905, "lat": 29.705}
GRID = f"{WEST}001001"
TYPED = {"name": "李四", "phone": "13800001111", "description": "在李四家门口",
         "address": "柳河路 8 号"}  # fmt: skip
QUESTION = """[{"code": "size", "datatype": "singlevaluelist", "zh": "多大", "en": "How large",
    "required": true, "values": [{"key": "big", "zh": "大", "en": "Big"}]}]"""


@pytest.fixture(autouse=True)
def town(cast, connection: Connection):
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered, public, questions) VALUES"
        " ('S02', '垃圾', 'Rubbish', true, true, '[]'),"
        " ('S03', '渣土', 'Rubble', true, true, CAST(:question AS jsonb)),"
        " ('S09', '传销', 'Fraud', true, false, '[]')"
    ), {"question": QUESTION})  # fmt: skip
    return cast


@pytest.fixture
def ticket(client: TestClient, app: FastAPI, noon: datetime) -> Callable[[], str]:
    """One that somebody got a minute ago."""

    def issued(ago: timedelta = timedelta(minutes=1)) -> str:
        app.dependency_overrides[deps.now] = lambda: noon - ago
        found = client.get("/api/public/ticket").json()["ticket"]
        app.dependency_overrides[deps.now] = lambda: noon
        return found

    return issued


@pytest.fixture
def sent(client: TestClient, ticket) -> Callable[..., object]:
    def send(**more: object):
        given = {"id": str(uuid4()), "ticket": ticket(), "matter": "S02", **PLACE} | more
        return client.post(REPORTS, json=given)

    return send


@pytest.fixture
def moved(connection: Connection) -> Callable[[str], None]:
    """Where the only case stands."""

    def go(state: str) -> None:
        connection.execute(text("UPDATE incidents SET state = :state"), {"state": state})

    return go


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def incidents(connection: Connection) -> int:
    return connection.execute(text("SELECT count(*) FROM incidents")).scalar_one()


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


def test_one_ticket_brings_one_report(sent, ticket, connection):
    one = ticket()

    assert sent(ticket=one).status_code == 201
    assert code(sent(ticket=one)) == (409, "link_used")
    assert incidents(connection) == 1


def test_a_ticket_is_neither_made_up_nor_old_nor_used_at_once(sent, ticket):
    good = ticket()
    assert code(sent(ticket=good[:-2] + "AA")) == (422, "no_ticket")
    assert code(sent(ticket="x")) == code(sent(ticket="字" * 9)) == (422, "no_ticket")
    assert code(sent(ticket=ticket(timedelta(hours=13)))) == (409, "ticket_expired")
    assert code(sent(ticket=ticket(timedelta(seconds=1)))) == (429, "form_too_fast")


def test_tickets_of_another_server_are_none_of_ours(noon):
    with pytest.raises(Invalid):
        tickets.token_of(b"a" * 32, tickets.issue(b"b" * 32, noon))


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


# --- Links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 64, "%00", "字"])
def test_a_link_that_is_guessed_leads_nowhere(token, client, sent):
    sent()

    for path in (f"{REPORTS}/{token}", f"/r/{token}"):
        assert client.get(path).status_code == 404


def test_a_link_that_leads_nowhere_says_so_on_a_page_of_the_residents(client):
    answer = client.get(f"/r/{'A' * 22}?lang=en", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "leads nowhere" in answer.text and 'href="/report"' in answer.text
    assert 'href="/"' not in answer.text and "sign-in" not in answer.text


def test_a_link_leaves_no_trace(client, sent):
    token = sent().json()["token"]

    for path in (f"{REPORTS}/{token}", f"/r/{token}", "/report", "/api/public/ticket"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]


def test_no_line_of_the_log_holds_a_link_or_what_was_typed(client, sent):
    with capture_logs() as lines:
        token = sent(**TYPED).json()["token"]
        client.get(f"/r/{token}")
        client.post(f"{REPORTS}/{token}/satisfaction", json={"score": 9})
        client.put(f"{REPORTS}/{token}/photos/x", content=PICTURE)

    log = str(lines)
    assert "/api/public/reports/{token}/satisfaction" in log
    assert not [secret for secret in (token, *TYPED.values()) if secret in log]


def test_only_digests_of_links_are_kept(sent, connection):
    token = sent().json()["token"]
    tables = ("incidents", "enquiries", "journal", "incident_steps")

    kept = [connection.execute(text(f"SELECT string_agg(t::text, '') FROM {table} t")).scalar_one()
            for table in tables]  # fmt: skip

    assert not [table for table in kept if token in table]


def test_what_becomes_of_it_is_told_stage_by_stage(client, sent, connection):
    token = sent(**TYPED).json()["token"]
    case = connection.execute(text("SELECT id FROM incidents")).scalar_one()
    at = f"/api/incidents/{case}/steps"
    step = {"happened_at": "2026-11-16T12:00:00+08:00"}
    said = {"reason": "不属于本单位，问题在李四家"}

    before = client.get(f"{REPORTS}/{token}").json()
    done = client.post(f"{at}/reject", json={**step, "event_id": str(uuid4()), **said})
    rejected = client.get(f"{REPORTS}/{token}").json()
    client.post(f"/api/incidents/{case}/release", json={"texts": True})
    released = client.get(f"{REPORTS}/{token}").json()

    assert done.status_code == 200, done.text
    assert (before["stage"], rejected["stage"]) == ("received", "rejected")
    assert [one["stage"] for one in rejected["stages"]] == ["received", "rejected"]
    assert rejected["reason"] is rejected["description"] is None
    assert (released["reason"], released["description"]) == (said["reason"], TYPED["description"])
    assert "planner" not in str(released)


def test_the_answer_is_shown_to_whoever_asked(client, sent):
    token = sent().json()["token"]
    (enquiry,) = client.get("/api/enquiries").json()["items"]
    client.post(f"/api/enquiries/{enquiry['id']}/answer", json={"text": "明天清运"})

    assert client.get(f"{REPORTS}/{token}").json()["answer"] == "明天清运"
    assert "明天清运" in client.get(f"/r/{token}").text


def test_an_opinion_is_asked_at_the_end(client, sent, moved):
    at = f"{REPORTS}/{sent().json()['token']}"

    early = client.post(f"{at}/satisfaction", json={"score": 5})
    moved("closed")
    rated = client.post(f"{at}/satisfaction", json={"score": 4, "words": "很快"})
    (enquiry,) = client.get("/api/enquiries").json()["items"]

    assert code(early) == (409, "not_ended")
    assert (rated.json()["satisfaction"], rated.json()["opinion"]) == (4, "很快")
    assert (enquiry["satisfaction"], enquiry["opinion"], enquiry["own_rating"]) == (4, "很快", True)
    assert client.post(f"{at}/satisfaction", json={"score": 6}).status_code == 422


def test_nobody_is_called_who_has_said_already_how_satisfied_they_are(client, sent, moved):
    token = sent(phone="13800001111").json()["token"]
    (enquiry,) = client.get("/api/enquiries").json()["items"]
    answered = client.post(f"/api/enquiries/{enquiry['id']}/answer", json={"text": "已清运"}).json()
    moved("closed")

    client.post(f"{REPORTS}/{token}/satisfaction", json={"score": 4})

    (rated,) = client.get("/api/enquiries").json()["items"]
    assert (answered["waits"], rated["waits"]) == ("call_back", None)


# --- The same again -----------------------------------------------------------------------------


def test_what_is_near_can_be_followed_instead(client, sent, moved, ticket, connection):
    sent()
    moved("filed")
    asked = {"matter": "S02", **PLACE}
    (near,) = client.get("/api/public/near", params=asked).json()["items"]

    follow = {"id": str(uuid4()), "ticket": ticket(), "follow": near["id"]}
    followed = [client.post(REPORTS, json=follow) for _ in range(2)]
    shown = client.get(f"{REPORTS}/{followed[0].json()['token']}").json()

    assert (near["stage"], near["metres"]) == ("filed", 0)
    assert [answer.status_code for answer in followed] == [201, 200]
    assert shown["stage"] == "filed"
    assert incidents(connection) == 1
    assert client.put(photo_of(followed[0]), content=PICTURE).status_code == 404
    assert shown["photos"] is None


def test_nobody_is_led_to_what_is_near_but_of_a_matter_that_says_nothing(
    client, sent, moved, connection
):
    sent()
    moved("filed")

    connection.execute(text("UPDATE matters SET similar_m = 0"))

    assert client.get("/api/public/near", params={"matter": "S02", **PLACE}).json() == {"items": []}


# --- Photographs --------------------------------------------------------------------------------


def photo_of(answer) -> str:
    return f"{REPORTS}/{answer.json()['token']}/photos/{uuid4()}"


def test_photographs_are_drawn_anew_three_at_most_and_while_the_case_is_open(
    client, app, sent, noon, connection
):
    answer = sent()
    one = photo_of(answer)

    first, again = (client.put(one, content=PICTURE).status_code for _ in range(2))
    more = [client.put(photo_of(answer), content=PICTURE) for _ in range(3)]
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(days=1, seconds=1)
    late = client.put(photo_of(fresh := sent()), content=PICTURE)
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(days=9)
    open_yet = client.put(photo_of(fresh), content=PICTURE).status_code
    case = connection.execute(text("SELECT id FROM incidents LIMIT 1")).scalar_one()

    assert (first, again) == (201, 200)
    assert [each.status_code for each in more] == [201, 201, 409]
    assert (late.status_code, open_yet) == (201, 201)
    assert code(client.put(one.replace(one[-4:], "ffff"), content=PICTURE))[0] == 409
    shown = client.get(f"/api/incidents/{case}").json()["photos"]
    assert {photo["kind"] for photo in shown} == {"before"}
    connection.execute(text("UPDATE incidents SET state = 'closed'"))
    assert code(client.put(photo_of(fresh), content=PICTURE)) == (409, "photos_closed")


def test_the_link_tells_how_many_photographs_arrived(client, sent):
    answer = sent()
    at = answer.json()["token"]

    counted = [client.get(f"{REPORTS}/{at}").json()["photos"]]
    for content in (PICTURE, b"no picture"):
        client.put(photo_of(answer), content=content)
        counted.append(client.get(f"{REPORTS}/{at}").json()["photos"])

    assert counted == [0, 1, 1]
    assert "1 arrived" in client.get(f"/r/{at}?lang=en").text


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff" + b"0" * 99])
def test_what_is_no_photograph_is_refused(content, client, sent):
    assert client.put(photo_of(sent()), content=content).status_code == 422


def test_a_photograph_without_a_link_is_not_even_read(client):
    path = f"{REPORTS}/{'A' * 22}/photos/{uuid4()}"

    assert client.put(path, content=PICTURE).status_code == 404
    assert client.put(path, content=b"0" * 1_000_001).status_code == 413


def test_pictures_of_residents_never_keep_those_of_the_staff_waiting(
    client, app, sent, connection, monkeypatch
):
    monkeypatch.setattr(photos, "PATIENCE_S", 0.01)
    app.state.taking_public.total_tokens = 0
    answer = sent()
    case = connection.execute(text("SELECT id FROM incidents")).scalar_one()

    of_resident = client.put(photo_of(answer), content=PICTURE)
    of_staff = client.put(f"/api/incidents/{case}/photos/{uuid4()}", content=PICTURE,
                          params={"kind": "before"})  # fmt: skip

    assert code(of_resident) == (429, "photos_wait")
    assert of_staff.status_code == 201


def test_a_link_may_try_so_many_pictures_those_that_are_refused_too(client, sent):
    answer, other = sent(), sent()
    tried = [client.put(photo_of(answer), content=b"x") for _ in range(int(PICTURES.burst) + 1)]

    assert [one.status_code for one in tried] == [422] * int(PICTURES.burst) + [429]
    assert code(tried[-1]) == (429, "photos_wait")
    assert client.put(photo_of(other), content=PICTURE).status_code == 201


# --- How much -----------------------------------------------------------------------------------


@pytest.fixture
def away(app: FastAPI) -> TestClient:
    """Somebody on the network."""
    return TestClient(app, HERE, raise_server_exceptions=False, client=("198.51.100.7", 50_000))


def test_an_address_may_send_so_many_and_others_still_may(app, client, away, connection):
    answers = [away.post(REPORTS, json={}) for _ in range(int(REPORTING.burst) + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert code(answers[-1]) == (429, "too_many_reports")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 1 / REPORTING.each_s
    assert client.post(REPORTS, json={}).status_code == 422


def test_a_link_may_be_used_so_often(client, sent, app):
    app.state.patience = Patience.fresh()
    at = f"{REPORTS}/{sent().json()['token']}"
    client.get(at)

    answers = [client.get(at).status_code for _ in range(int(BY_LINK.burst) + 1)]

    assert answers == [200] * int(BY_LINK.burst) + [429]


def test_links_that_lead_nowhere_are_counted_by_their_address(client, sent, away, app):
    few = Proven(BY_LINK, Allowance(burst=3, each_s=0.001))
    app.state.patience = replace(Patience.fresh(), by_link=few)
    known = f"{REPORTS}/{sent().json()['token']}"

    def guessed(sender: TestClient) -> list[int]:
        return [sender.post(f"/r/{n}/satisfaction", data={"score": 1}).status_code
                for n in range(4)]  # fmt: skip

    assert away.get(known).status_code == 200
    assert guessed(away) == [404, 404, 429, 429]
    assert guessed(client) == [404] * 4
    assert away.get(known).status_code == 200


# --- Pages --------------------------------------------------------------------------------------


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(id|ticket)" value="([^"]+)"', page))


@pytest.fixture
def form(client: TestClient, app: FastAPI, noon: datetime) -> Callable[[], dict[str, str]]:
    """What a page of a minute ago brings along."""

    def opened() -> dict[str, str]:
        app.dependency_overrides[deps.now] = lambda: noon - timedelta(minutes=1)
        page = client.get(f"/report?grid={GRID}&lang=zh").text
        app.dependency_overrides[deps.now] = lambda: noon
        return hidden(page)

    return opened


def test_the_form_is_sent_without_a_script(client, form, connection):
    given = form() | {"matter": "S03", "where": "here", "answer:S03:size": "big", **TYPED}

    first, again = (
        client.post(f"/report?grid={GRID}", data=given, follow_redirects=False) for _ in range(2)
    )

    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    assert incidents(connection) == 1
    assert connection.execute(text("SELECT answers FROM incidents")).scalar_one() == {"size": "big"}
    assert "Received" in client.get(first.headers["location"] + "?lang=en").text


def test_a_form_that_is_refused_comes_back_as_it_was(client, form, connection):
    given = form() | {"matter": "S03", "where": "here", **TYPED}

    answer = client.post(f"/report?grid={GRID}&lang=zh", data=given, follow_redirects=False)

    assert answer.status_code == 422
    assert hidden(answer.text) == {name: given[name] for name in ("id", "ticket")}
    assert "在李四家门口" in answer.text and 'role="alert"' in answer.text
    assert re.search(r'value="S03" checked', answer.text)
    assert incidents(connection) == 0


def test_a_form_of_another_site_is_refused(client, form):
    given = form() | {"matter": "S02", "where": "here"}

    answer = client.post(
        f"/report?grid={GRID}", data=given, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


def test_the_page_names_the_place_and_offers_what_everybody_may_report(client):
    page = client.get(f"/report?grid={GRID}&lang=en").text
    unknown = client.get("/report?grid=nonsense&place=%3Cb%3E&lang=en")

    assert "West south · 西街" in page
    assert "Rubbish" in page and "Fraud" not in page
    assert unknown.status_code == 200 and "<b>" not in unknown.text


def test_the_telephone_of_the_bureau_stands_on_each_page_of_residents(app, client, sent, settings):
    token = sent().json()["token"]

    def pages() -> list[str]:
        paths = ("/report", f"/r/{token}", f"/r/{'A' * 22}")
        return [client.get(path, headers={"Accept": "text/html"}).text for path in paths]

    without = pages()
    app.state.settings = settings.model_copy(update={"telephone": "0578 123-4567"})

    assert ["tel:" in page for page in without] == [False] * 3
    assert ['href="tel:0578123-4567"' in page for page in pages()] == [True] * 3


def test_an_opinion_is_given_without_a_script(client, sent, moved):
    token = sent().json()["token"]
    moved("closed")

    answer = client.post(f"/r/{token}/satisfaction", data={"score": "2", "words": "太慢"},
                         follow_redirects=False)  # fmt: skip
    empty = client.post(f"/r/{token}/satisfaction", data={})

    assert (answer.status_code, urlsplit(answer.headers["location"]).path) == (303, f"/r/{token}")
    assert "太慢" in client.get(f"/r/{token}").text
    assert empty.status_code == 422


def plain(client: TestClient, token: str) -> str:
    """Where the page's form without a script sends a photograph."""
    found = re.search(r'action="([^"]+/photos/[^"]+)"', client.get(f"/r/{token}").text)
    return found[1] if found else ""


def test_photographs_are_added_without_a_script_each_form_once(client, sent, connection):
    token = sent().json()["token"]
    form, file = plain(client, token), {"photo": ("IMG_1.jpg", PICTURE, "image/jpeg")}

    answers = [client.post(form, files=file, follow_redirects=False) for _ in range(2)]
    nothing = client.post(plain(client, token), files={"photo": ("", b"")})
    wrong = client.post(plain(client, token), files={"photo": ("x.jpg", b"no picture")})
    for _ in range(2):
        client.post(plain(client, token), files=file)

    assert [answer.status_code for answer in answers] == [303, 303]
    assert urlsplit(answers[0].headers["location"]).path == f"/r/{token}"
    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert connection.execute(text("SELECT count(*) FROM photos")).scalar_one() == 3
    assert plain(client, token) == ""


def test_a_form_with_a_photograph_and_no_link_is_not_even_read(client):
    path = f"/r/{'A' * 22}/photos/{uuid4()}"

    assert client.post(path, files={"photo": ("x.jpg", PICTURE)}).status_code == 404
    assert client.post(path, files={"photo": ("x.jpg", b"0" * 1_000_001)}).status_code == 413


def test_nobody_signed_in_is_needed_and_nobody_signed_in_is_named(app, client, sent):
    app.dependency_overrides[deps.actor] = lambda: pytest.fail("asked who is there")

    assert sent().status_code == 201
    assert client.get("/report").status_code == 200


def test_the_key_is_made_once_for_all_processes_and_kept_from_others(tmp_path):
    file = tmp_path / "keys" / "forms.key"

    first = tickets.key_in(file)
    tickets.key_in.cache_clear()

    assert tickets.key_in(file) == first and len(first) == tickets.KEY_BYTES
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_who_first_need_the_key_at_once_get_the_same(tmp_path, monkeypatch):
    file, link, others = tmp_path / "forms.key", os.link, []

    def after_another(*ends):
        monkeypatch.setattr(os, "link", link)
        others.append(tickets.key_in.__wrapped__(file))
        link(*ends)

    monkeypatch.setattr(os, "link", after_another)
    key = tickets.key_in.__wrapped__(file)

    assert others == [key]
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_key_that_is_cut_off_signs_nothing(tmp_path, content):
    (tmp_path / "forms.key").write_bytes(content)

    with pytest.raises(Unready, match="form_key_damaged"):
        tickets.key_in(tmp_path / "forms.key")


# --- Codes to post ------------------------------------------------------------------------------


def test_codes_of_ones_own_grids_are_printed(client, western):
    own, foreign = GRID, "339901102001001"

    page = client.get(f"/report/codes?grids={own}，{foreign}").text
    township = client.get("/report/codes?township=339901101").text
    nothing = client.get(f"/report/codes?grids={foreign}").text

    assert f"{HERE}/report?grid={own}" in page
    assert f"report?grid={foreign}" not in page
    assert township.count('<img src="data:image/svg+xml') == 2
    assert "No such grids" in nothing


def test_a_sheet_of_codes_is_for_those_who_file_or_manage(client, app):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.CHECK}))

    assert client.get("/report/codes").status_code == 403
