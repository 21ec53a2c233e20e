"""What waits, by its deadline and by whom: the lists that people at the desk work off."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import text

from tests.api.cases.sending import body, dispatched, listed, said
from tests.cast import WEST


def test_mine_are_those_that_i_reported(client, offered, app, planner):
    mine = client.post("/api/incidents", json=body()).json()["id"]

    listed = client.get("/api/incidents?mine=true").json()["items"]

    assert [each["id"] for each in listed] == [mine]


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
