"""GET /api/holidays: what deadlines are counted by, and whether the year is published."""

import pytest


def test_the_year_is_this_one_unless_said(client):
    year = client.get("/api/holidays").json()

    assert (year["year"], year["published"], len(year["items"])) == (2026, True, 39)
    assert year["hours"] == "08:00-12:00,14:00-18:00"
    assert year["items"][0] == {
        "date": "2026-01-01", "kind": "rest", "name_zh": "元旦", "name_en": "New Year",
        "notice": "国办发明电〔2025〕7号", "own": False,
    }  # fmt: skip


def test_a_year_that_is_not_published_says_so_until_it_is_imported(client, work):
    before = client.get("/api/holidays?year=2027").json()
    file = {"file": ("days.csv", "date,kind,name\n2027-01-01,rest,元旦\n".encode())}

    job = work(client, client.post("/api/imports/holidays", files=file))

    after = client.get("/api/holidays?year=2027").json()
    assert (before["published"], before["items"]) == (False, [])
    assert job["result"]["new"] == 1
    assert after["published"]
    assert [(day["date"], day["own"]) for day in after["items"]] == [("2027-01-01", True)]


@pytest.mark.parametrize("query", ["year=1999", "year=2100", "year=x", "yaer=2026"])
def test_a_year_out_of_the_calendar_is_refused(client, query):
    answer = client.get(f"/api/holidays?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
