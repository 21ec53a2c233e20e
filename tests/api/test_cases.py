"""Reports and steps over HTTP: once, whole, and in words when they are refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api import app as door
from api import cluster as clusters
from api import deps
from layers import db
from layers.access import WORKER, Actor, Verb
from layers.people import actions as people
from layers.roles import Area, AreaKind, Role
from tests.api.conftest import HERE
from tests.cast import WEST, Cast
from tests.conftest import app_url, migrated_database

DAY = timedelta(days=1)
OFFER = "UPDATE matters SET offered = true"


def body(**more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()), "matter": "S02", "lon": 119.905, "lat": 29.705, "accuracy_m": 12.5,
        "occurred_at": "2026-11-16T11:55:00+08:00", "description": "桥下一堆",
    } | more  # fmt: skip


def said(**more: object) -> dict[str, object]:
    given = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00"}
    return given | more


@pytest.fixture
def offered(connection, cast, noon) -> Cast:
    cast.report(119.905, 29.705, noon)
    connection.execute(text(OFFER))
    return cast


def test_a_report_is_answered_with_its_case(client, offered):
    sent = body(moved={"lon": 119.9051, "lat": 29.7051})

    answer = client.post("/api/incidents", json=sent)

    case = answer.json()
    assert answer.status_code == 201
    assert (case["id"], case["state"], case["version"]) == (sent["id"], "reported", 1)
    assert (case["grid"], case["township"]) == (f"{WEST}001001", WEST)
    assert case["steps"][0]["verb"] == "report"
    assert {"file", "reject", "request_check"} <= set(case["verbs"])
    assert client.get(f"/api/incidents/{sent['id']}").json() == case


def test_the_same_report_is_200_whatever_the_order_of_its_fields_and_another_409(client, offered):
    sent = body()
    first = client.post("/api/incidents", json=sent)

    again = client.post("/api/incidents", json=dict(reversed(sent.items())))
    other = client.post("/api/incidents", json=sent | {"description": "x"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json()
    assert other.json()["code"] == "other_content"


def test_a_place_on_another_datum_is_kept_as_it_came_and_moved(client, offered):
    sent = body(lon=119.9098, lat=29.7024, datum="gcj02")

    case = client.post("/api/incidents", json=sent).json()

    assert (case["x"], case["y"], case["datum"]) == (119.9098, 29.7024, "gcj02")
    assert abs(case["lon"] - 119.9098) > 0.003


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"matter": "no such"}, "no_matter"), ({"lon": 200}, "malformed"), ({"x": 1}, "malformed"),
     ({"occurred_at": "2026-11-16T12:00:00"}, "malformed"),
     ({"description": "\x00"}, "malformed")],
)  # fmt: skip
def test_a_report_that_cannot_be_kept_is_told_why(wrong, code, client, offered, connection):
    before = connection.execute(text("SELECT count(*) FROM incidents")).scalar_one()

    answer = client.post("/api/incidents", json=body(**wrong))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == before


@pytest.mark.parametrize("route", ["", "/batch"])
def test_a_time_with_an_offset_that_no_database_takes_is_the_same_moment(route, client, offered):
    sent = body(occurred_at="2026-11-17T02:55:00+23:00")

    given = {"items": [{"report": sent}]} if route else sent
    answer = client.post(f"/api/incidents{route}", json=given)

    assert answer.is_success
    case = client.get(f"/api/incidents/{sent['id']}").json()
    assert case["occurred_at"] == "2026-11-16T03:55:00Z"


def test_an_id_that_is_out_of_sight_is_404_as_if_it_were_none(client, offered, western, noon):
    foreign = offered.report(119.915, 29.705, noon)

    answers = [
        client.post("/api/incidents", json=body(id=str(foreign))),
        client.post(f"/api/incidents/{foreign}/steps/file", json=said(standard=True)),
        client.post(f"/api/incidents/{uuid4()}/steps/file", json=said(standard=True)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize("together", [False, True])
def test_whoever_lost_sight_of_a_case_is_told_that_their_step_was_done_before(
    together, client, offered, western, connection, noon
):
    case = str(offered.report(119.905, 29.705, noon))
    step = said(standard=True)

    def sent(step: dict[str, object], verb: str = "file") -> tuple[int, dict]:
        if not together:
            answer = client.post(f"/api/incidents/{case}/steps/{verb}", json=step)
            return answer.status_code, answer.json()
        items = [{"step": {"incident": case, "verb": verb, **step}}]
        [one] = client.post("/api/incidents/batch", json={"items": items}).json()["items"]
        return one["status"], one["body"]

    assert sent(step)[0] == 200
    away = "UPDATE incidents SET grid_id = :there WHERE id = :case"
    connection.execute(text(away), {"there": offered.grids[f"{offered.east}001001"], "case": case})

    status, answer = sent(step)
    assert (status, answer["code"]) == (409, "done_before")
    assert answer["values"]["id"] == step["event_id"]
    others = [sent(said(standard=True)), sent(step, "reject")]
    assert [(status, answer["code"]) for status, answer in others] == [(404, "no_incident")] * 2


def test_a_step_is_answered_with_the_case_and_again_the_same(client, offered):
    case = client.post("/api/incidents", json=body()).json()["id"]
    step = said(standard=True, seen_version=1)

    first = client.post(f"/api/incidents/{case}/steps/file", json=step)
    again = client.post(f"/api/incidents/{case}/steps/file", json=step)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert [done["verb"] for done in again.json()["steps"]] == ["report", "file"]


def test_a_step_that_is_not_open_tells_the_state_and_what_is(client, offered):
    case = client.post("/api/incidents", json=body()).json()["id"]

    answer = client.post(f"/api/incidents/{case}/steps/arrive", json=said())

    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "not_open")
    assert told["values"]["state"] == "reported"
    assert "file" in told["values"]["verbs"]
    assert "Reported" in told["title"]


def test_the_deadline_and_what_is_overdue_come_from_the_server(client, offered, app, noon):
    case = client.post("/api/incidents", json=body()).json()["id"]
    client.post(f"/api/incidents/{case}/steps/file", json=said(standard=True))
    sent = client.post(f"/api/incidents/{case}/steps/dispatch", json=said(squad="S1")).json()
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(minutes=30)
    on_time = client.get("/api/incidents?overdue=true").json()["items"]

    app.dependency_overrides[deps.now] = lambda: noon + timedelta(minutes=30, seconds=1)
    overdue = client.get("/api/incidents?overdue=true").json()["items"]

    assert sent["due"] == {"at": "2026-11-16T04:30:00Z", "soon_at": "2026-11-16T04:20:00Z",
                           "limit": "30m", "provisional": False}  # fmt: skip
    assert (on_time, [each["id"] for each in overdue]) == ([], [case])


def test_what_is_past_its_promise_is_overdue_and_stays_so_when_a_squad_is_sent(
    client, offered, later
):
    case = client.post("/api/incidents", json=body()).json()["id"]
    client.post(f"/api/incidents/{case}/steps/file", json=said(standard=True))
    on_time = listed(client, "overdue=true")

    later(timedelta(minutes=40))
    waiting = listed(client, "overdue=true")
    now = "2026-11-16T12:40:00+08:00"
    sent = said(squad="S1", happened_at=now)
    told = client.post(f"/api/incidents/{case}/steps/dispatch", json=sent).json()

    assert (on_time, waiting) == ([], [case])
    assert told["promised_by"] < told["due"]["at"]
    assert listed(client, "overdue=true") == [case]
    assert listed(client, "due_soon=true") == []


def test_a_batch_is_judged_item_by_item_in_its_order(client, offered):
    first, second = body(), body(matter="no such")
    step = said(standard=True) | {"incident": first["id"], "verb": "file"}

    answer = client.post("/api/incidents/batch", json={"items": [
        {"report": first}, {"report": second}, {"step": step}, {"report": first}, {"step": step},
        {"else": 1}, {"step": said() | {"incident": first["id"], "verb": "arrive"}},
    ]})  # fmt: skip

    items = answer.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 200, 200, 200, 422, 409]
    assert items[2]["body"]["state"] == "filed"
    assert client.get(f"/api/incidents/{second['id']}").status_code == 404


def test_a_report_in_a_batch_is_the_same_as_one_by_itself(client, offered):
    sent = body()

    alone = client.post("/api/incidents", json=sent)
    together = client.post("/api/incidents/batch", json={"items": [{"report": sent}]})

    assert (alone.status_code, together.json()["items"][0]["status"]) == (201, 200)


def test_a_new_report_is_answered_as_it_is_shown_from_then_on(client, offered):
    sent = body(accuracy_m=30)

    told = client.post("/api/incidents", json=sent).json()

    assert told == client.get(f"/api/incidents/{sent['id']}").json()
    assert told["grid"] and told["steps"][0]["verb"] == "report"


def test_queued_reports_are_kept_together_and_each_is_judged_alone(client, offered):
    first, far, third = body(), body(occurred_at="1999-01-01T00:00:00Z"), body()
    twice = first | {"description": "something else"}

    answer = client.post("/api/incidents/batch", json={"items": [
        {"report": first}, {"report": far}, {"report": {}}, {"report": twice}, {"report": first},
        {"report": third},
    ]})  # fmt: skip

    items = answer.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 422, 409, 200, 201]
    assert items[1]["body"]["code"] == "bad_moment"
    assert [item["body"]["id"] for item in (items[0], items[4], items[5])] == [
        first["id"], first["id"], third["id"],
    ]  # fmt: skip


def test_a_report_that_the_database_cannot_keep_fails_alone_in_its_batch(
    client, offered, connection
):
    broken = "no room for this one"
    connection.execute(text(f"ALTER TABLE incidents ADD CHECK (description <> '{broken}')"))

    items = [{"report": body(description=said)} for said in ("one", broken, "three")]
    answer = client.post("/api/incidents/batch", json={"items": items}).json()["items"]

    assert [item["status"] for item in answer] == [201, 500, 201]
    assert answer[1]["body"]["code"] == "defect"


def test_mine_are_those_that_i_reported(client, offered, app, planner):
    mine = client.post("/api/incidents", json=body()).json()["id"]

    listed = client.get("/api/incidents?mine=true").json()["items"]

    assert [each["id"] for each in listed] == [mine]


QUESTIONS = """[{"code": "size", "datatype": "singlevaluelist", "required": true, "zh": "大小",
    "en": "Size", "values": [{"key": "s", "zh": "小", "en": "small"}]},
    {"code": "pieces", "datatype": "number", "zh": "件数", "en": "Pieces"}]"""


@pytest.mark.parametrize(
    ("given", "code"),
    [({}, "answer_needed"), ({"size": "xl"}, "bad_answer"), ({"size": ["s", "s"]}, "bad_answer"),
     ({"size": "s", "pieces": "many"}, "bad_answer"), ({"size": "s", "colour": 1}, "no_question")],
)  # fmt: skip
def test_what_a_matter_asks_is_answered(given, code, client, offered, connection):
    connection.execute(text("UPDATE matters SET questions = CAST(:q AS jsonb)"), {"q": QUESTIONS})

    answer = client.post("/api/incidents", json=body(answers=given))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_answers_are_kept_as_their_kind_is(client, offered, connection):
    connection.execute(text("UPDATE matters SET questions = CAST(:q AS jsonb)"), {"q": QUESTIONS})

    case = client.post("/api/incidents", json=body(answers={"size": "s", "pieces": 3})).json()

    assert case["answers"] == {"size": "s", "pieces": 3.0}


def test_a_returned_report_is_put_right_by_whoever_made_it(client, offered):
    sent = body()
    case = f"/api/incidents/{client.post('/api/incidents', json=sent).json()['id']}"
    returned = client.post(f"{case}/steps/return_report", json=said(reason="看不清")).json()
    now = {name: sent[name] for name in ("matter", "lon", "lat")} | {"description": "桥东"}

    amended = client.post(f"{case}/steps/amend", json=said(report=now)).json()

    assert (returned["returned"], "amend" in returned["verbs"]) == (True, True)
    assert (amended["returned"], amended["description"]) == (False, "桥东")
    assert client.post("/api/incidents", json=sent).status_code == 200


def test_a_release_is_shown_and_said_again_changes_nothing(client, offered, connection):
    case = f"/api/incidents/{client.post('/api/incidents', json=body()).json()['id']}"

    answers = [client.post(f"{case}/release", json={"texts": True}).json() for _ in range(2)]

    assert answers[0] == answers[1] == client.get(case).json()
    assert answers[0]["released"]
    told = text("SELECT count(*) FROM journal WHERE verb = 'release'")
    assert connection.execute(told).scalar_one() == 1


# --- Queues -------------------------------------------------------------------------------------


@pytest.fixture
def later(app, noon) -> Callable[[timedelta], None]:
    """Time passes at the doors."""

    def passed(by: timedelta) -> None:
        app.dependency_overrides[deps.now] = lambda: noon + by

    return passed


def dispatched(client, **when: object) -> str:
    """A case that a squad has just been sent to."""
    case: str = client.post("/api/incidents", json=body()).json()["id"]
    for verb, given in (("file", {"standard": True}), ("dispatch", {"squad": "S1"})):
        client.post(f"/api/incidents/{case}/steps/{verb}", json=said(**given, **when))
    return case


def listed(client, query: str) -> list[str]:
    return [each["id"] for each in client.get(f"/api/incidents?{query}").json()["items"]]


def test_an_order_that_nobody_accepts_in_time_is_listed(client, offered, later):
    case = dispatched(client)
    by = client.get(f"/api/incidents/{case}").json()["acknowledge_by"]
    later(timedelta(minutes=5))
    in_time = listed(client, "unacknowledged=true")
    later(timedelta(minutes=5, seconds=1))
    late = listed(client, "unacknowledged=true")

    accepted = client.post(f"/api/incidents/{case}/steps/accept", json=said()).json()

    assert (by, in_time, late) == ("2026-11-16T04:05:00Z", [], [case])
    assert accepted["acknowledge_by"] is None
    assert listed(client, "unacknowledged=true") == []


def test_the_bureau_says_how_soon_an_order_is_accepted(client, offered, app, settings, later):
    case = dispatched(client)
    app.state.given = app.state.settings = settings.model_copy(update={"acknowledge": "1h"})

    shown = client.get(f"/api/incidents/{case}").json()

    assert shown["acknowledge_by"] == "2026-11-16T05:00:00Z"


def test_an_order_whose_clock_stands_need_not_be_accepted_before_it_goes_on(client, offered, later):
    case = f"/api/incidents/{dispatched(client)}"
    standing = client.post(f"{case}/steps/suspend", json=said(reason="雨", until="2026-11-20"))
    later(timedelta(hours=1))

    resumed = client.post(
        f"{case}/steps/resume", json=said(happened_at="2026-11-16T13:00:00+08:00")
    )

    assert standing.json()["acknowledge_by"] is None
    assert resumed.json()["acknowledge_by"] == "2026-11-16T05:05:00Z"


def test_what_falls_due_soon_is_listed_and_what_is_past_is_not(client, offered, later):
    case = dispatched(client)

    soon = [listed(client, f"due_within={minutes}") for minutes in (29, 30)]
    later(timedelta(minutes=31))

    assert soon == [[], [case]]
    assert listed(client, "due_within=60") == []
    assert listed(client, "overdue=true") == [case]


@pytest.mark.parametrize(("limit", "minutes"), [("30m", 20), ("4h", 180), ("1d", 720)])
def test_a_case_is_due_soon_from_the_moment_that_the_gateway_is_told_it(
    limit, minutes, client, connection, offered, later
):
    connection.execute(text("UPDATE matters SET arrive_limit = :limit"), {"limit": limit})
    case = dispatched(client)
    soon = []

    for after in (timedelta(minutes=minutes, seconds=-1), timedelta(minutes=minutes)):
        later(after)
        soon.append(listed(client, "due_soon=true"))

    noon = datetime.fromisoformat("2026-11-16T04:00:00Z")
    shown = client.get(f"/api/incidents/{case}").json()["due"]["soon_at"]
    assert soon == [[], [case]]
    assert datetime.fromisoformat(shown) == noon + timedelta(minutes=minutes)


def test_what_waits_to_be_sent_goes_by_when_somebody_was_promised(client, connection, offered):
    slow, quick = (client.post("/api/incidents", json=body()).json()["id"] for _ in range(2))
    for case, limit in ((slow, "2h"), (quick, "30m")):
        connection.execute(text("UPDATE matters SET arrive_limit = :limit"), {"limit": limit})
        client.post(f"/api/incidents/{case}/steps/file", json=said(standard=True))

    asked = {"state": "filed", "order": "promised", "limit": 1}
    first = client.get("/api/incidents", params=asked).json()
    pages = [first, client.get("/api/incidents", params=asked | {"after": first["next"]}).json()]

    told = [(page["items"][0]["id"], page["items"][0]["promised_by"]) for page in pages]
    assert told == [(quick, "2026-11-16T04:30:00Z"), (slow, "2026-11-16T06:00:00Z")]


def test_what_waits_by_a_promise_stands_and_falls_due_among_the_deadlines(
    client, connection, offered, later
):
    sent = dispatched(client)
    connection.execute(text("UPDATE matters SET arrive_limit = '15m'"))
    waits = client.post("/api/incidents", json=body()).json()["id"]
    filed = client.post(f"/api/incidents/{waits}/steps/file", json=said(standard=True)).json()

    queue = [one for one in listed(client, "order=due") if one in (sent, waits)]
    within = listed(client, "due_within=15")
    later(timedelta(minutes=9))
    early = listed(client, "due_soon=true")
    later(timedelta(minutes=10))

    assert (queue, within) == ([waits, sent], [waits])
    assert (early, listed(client, "due_soon=true")) == ([], [waits])
    assert (filed["due"], filed["soon_at"]) == (None, "2026-11-16T04:10:00Z")


def test_what_has_ended_is_not_among_what_is_open(client, offered):
    case = dispatched(client)
    open_ones = listed(client, "open=true")

    client.post(f"/api/incidents/{case}/steps/force_close", json=said(reason="重复"))

    assert case in open_ones
    assert listed(client, "open=true") == [one for one in open_ones if one != case]


def test_a_queue_by_deadline_ends_with_what_has_none(client, offered, later, connection):
    connection.execute(text("UPDATE squads SET crews = 2"))
    later(timedelta(minutes=1))
    second = dispatched(client, happened_at="2026-11-16T12:01:00+08:00")
    unfiled = client.post("/api/incidents", json=body()).json()["id"]
    first = dispatched(client)
    ids, after = [], ""

    while after is not None:
        page = client.get(f"/api/incidents?order=due&limit=1&mine=true&after={quote(after)}").json()
        ids += [each["id"] for each in page["items"]]
        after = page["next"]

    assert ids == [first, second, unfiled]


@pytest.mark.parametrize(
    ("powers", "source"),
    [({Verb.REPORT, Verb.CHECK}, "grid_worker"), ({Verb.REPORT, Verb.FILE}, "staff")],
)
def test_a_report_that_names_no_source_has_that_of_its_reporter(
    powers, source, app, client, offered
):
    app.dependency_overrides[deps.actor] = lambda: Actor("ann", frozenset(powers))

    answer = client.post("/api/incidents", json=body())

    assert answer.json()["source"] == source


def test_the_desk_is_told_what_a_grid_worker_reported_from_outside_the_own_grids(
    app, client, offered, connection, noon
):
    own = Area(AreaKind.GRID, f"{WEST}001001")
    person = people.add_person(connection, "ann", "", actor=WORKER, at=noon)
    powers = {"actor": WORKER, "at": noon, "today": noon.date()}
    people.grant(connection, person, Role.GRID_WORKER, own, until=noon.date() + DAY, **powers)
    by_desk = app.dependency_overrides[deps.actor]
    ann = Actor(str(person), frozenset({Verb.REPORT, Verb.CHECK}), frozenset(), grids={own.code})
    places = {"own": {}, "next": {"lon": 119.915}, "nowhere": {"lon": 119.95},
              "after": {"lon": 119.915, "occurred_at": "2026-11-17T09:00:00+08:00"}}  # fmt: skip

    def beyond(where: dict[str, object]) -> bool:
        app.dependency_overrides[deps.actor] = lambda: ann
        told = client.post("/api/incidents", json=body(**where)).json()
        app.dependency_overrides[deps.actor] = by_desk
        return client.get(f"/api/incidents/{told['id']}").json()["beyond_own"]

    found = {name: beyond(where) for name, where in places.items()}

    assert found == {"own": False, "next": True, "nowhere": True, "after": False}


@pytest.mark.parametrize(
    ("powers", "refused"),
    [
        ({Verb.REPORT, Verb.CHECK}, {"12345", "resident"}),
        ({Verb.REPORT, Verb.CONTACT}, {"grid_worker"}),
        ({Verb.REPORT, Verb.HANDLE}, {"grid_worker", "12345", "resident"}),
    ],
)
def test_what_a_report_comes_from_is_said_by_whoever_may_say_so(
    powers, refused, app, client, offered
):
    app.dependency_overrides[deps.actor] = lambda: Actor("ann", frozenset(powers))
    told = {source: body(source=source) for source in ("grid_worker", "12345", "resident", "staff")}

    items = [{"report": one} for one in told.values()]
    answer = client.post("/api/incidents/batch", json={"items": items})

    judged = dict(zip(told, answer.json()["items"], strict=True))
    assert {source for source, one in judged.items() if one["status"] == 403} == refused
    assert {one["status"] for one in judged.values()} == {201, 403}


def test_many_reports_of_residents_in_one_grid_are_marked_and_stay(
    connection, client, offered, noon, settings, app
):
    few = settings.model_copy(update={"flood": 3, "flood_minutes": 10})
    app.state.given = app.state.settings = few
    at = [noon - timedelta(minutes=minutes) for minutes in (0, 4, 9, 60)]
    close, middle, far, before = (offered.report(119.905, 29.705, when) for when in at)
    own = offered.report(119.905, 29.705, noon)
    connection.execute(text("UPDATE incidents SET source = 'staff' WHERE id = :own"), {"own": own})
    connection.execute(text("UPDATE incidents SET case_no = id::text"))

    items = client.get(f"/api/incidents?grid={WEST}001001").json()["items"]

    flood = {item["id"]: item["flood"] for item in items}
    assert [flood[str(one)] for one in (close, middle, far)] == [True] * 3
    assert [flood[str(one)] for one in (before, own)] == [False] * 2
    assert client.get(f"/api/incidents/{middle}").json()["flood"] is True
    assert set(listed(client, "flood=true")) == {one for one in flood if flood[one]}
    count = client.get("/api/incidents/count?flood=true").json()["count"]
    assert count == sum(flood.values())


# --- At once ------------------------------------------------------------------------------------


@pytest.fixture
def own(cluster: clusters.Cluster, noon) -> Engine:
    url = migrated_database(cluster, "test_cases")
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection).report(119.905, 29.705, noon)
        connection.execute(text(OFFER))
    yield engine
    engine.dispose()


@pytest.fixture
def at_once(own: Engine, settings, noon) -> Callable[[str, list[dict[str, object]]], list[int]]:
    """The answers to requests sent all at the same time, each really committed."""
    address = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    made = door.create(settings, address)
    chief = Actor(str(UUID(int=7)), frozenset(Verb))
    made.dependency_overrides[deps.actor] = lambda: chief
    made.dependency_overrides[deps.now] = lambda: noon

    def sent(path: str, bodies: list[dict[str, object]]) -> list[int]:
        with TestClient(made, HERE) as client, ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(lambda b: client.post(path, json=b).status_code, bodies))

    return sent


def counted(own: Engine, table: str, where: str = "true") -> int:
    with own.begin() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()


def test_sixty_four_of_one_id_leave_one_row(own, at_once):
    sent = body()

    answers = at_once("/api/incidents", [sent] * 64)

    assert sorted(answers) == [200] * 63 + [201]
    assert counted(own, "incidents", "reported_by IS NOT NULL") == 1
    assert counted(own, "incident_steps") == counted(own, "journal") == 1


def test_one_of_many_who_file_and_reject_at_once_wins(own, at_once):
    sent = body()
    at_once("/api/incidents", [sent])

    answers = at_once(f"/api/incidents/{sent['id']}/steps/file",
                      [said(standard=True, seen_version=1) for _ in range(16)])  # fmt: skip

    assert sorted(answers) == [200] + [409] * 15
    assert counted(own, "incident_steps", f"incident_id = '{sent['id']}'") == 2


def test_sixty_four_of_one_event_are_one_step(own, at_once):
    sent, step = body(), said(standard=True)
    at_once("/api/incidents", [sent])

    answers = at_once(f"/api/incidents/{sent['id']}/steps/file", [step] * 64)

    assert answers == [200] * 64
    assert counted(own, "incident_steps", f"incident_id = '{sent['id']}'") == 2


# --- Odd, but it happens ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code"),
    [("2500-01-01T00:00:00Z", "malformed"), ("2199-12-31T23:59:59Z", "bad_moment"),
     ("1969-01-01T00:00:00Z", "bad_moment")],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_refused(at, code, client, offered):
    answer = client.post("/api/incidents", json=body(occurred_at=at))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_event_of_another_case_is_409_alone_and_in_a_batch(client, offered):
    one, two, part = body(), body(), body()
    for sent in (one, two, part):
        client.post("/api/incidents", json=sent)
    step, merge = said(standard=True), {"verb": "merge", "reason": "x"}
    client.post(f"/api/incidents/{one['id']}/steps/file", json=step)
    client.post(f"/api/incidents/{part['id']}/steps/merge", json=said(reason="x", into=two["id"]))

    alone = client.post(f"/api/incidents/{two['id']}/steps/file", json=step)
    items = [
        {"step": said(event_id=step["event_id"], incident=two["id"], into=one["id"], **merge)},
        {"report": body()},
    ]
    together = client.post("/api/incidents/batch", json={"items": items}).json()["items"]

    assert (alone.status_code, alone.json()["code"]) == (409, "other_content")
    assert [item["status"] for item in together] == [409, 201]
    left = client.get(f"/api/incidents/{part['id']}").json()
    assert left["merged_into"] == two["id"], "of what is refused nothing is done"


def test_one_report_that_meets_what_is_there_keeps_no_other_of_its_batch_away(
    client, offered, connection
):
    kept, step, brought = body(), said(standard=True), body(source="staff")
    client.post("/api/incidents", json=kept)
    client.post(f"/api/incidents/{kept['id']}/steps/file", json=step)
    connection.execute(
        text("UPDATE incidents SET source = 'staff', external_id = :id WHERE id = :kept"),
        {"id": brought["id"], "kept": kept["id"]},
    )

    reports = [body(id=step["event_id"]), brought, body()]
    items = [{"report": report} for report in reports]
    answer = client.post("/api/incidents/batch", json={"items": items}).json()["items"]

    assert [item["status"] for item in answer] == [201, 409, 201]
    assert answer[1]["body"]["code"] == "other_content"


def test_a_report_that_was_kept_is_200_though_its_matter_is_no_longer_offered(
    client, offered, connection
):
    sent = body()
    client.post("/api/incidents", json=sent)
    connection.execute(text("UPDATE matters SET offered = false"))

    assert client.post("/api/incidents", json=sent).status_code == 200


def test_numbers_go_on_behind_a_million_and_a_repeat_takes_none(client, offered, connection):
    connection.execute(text("SELECT setval('case_numbers', 999998)"))
    sent = body()

    told = [client.post("/api/incidents", json=each).json()["case_no"]
            for each in (sent, sent, sent, body(), body())]  # fmt: skip

    assert told == ["26-999999"] * 3 + ["26-1000000", "26-1000001"]
