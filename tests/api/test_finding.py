"""Cases found by their number, those where more time was asked for, and how many there are."""

from datetime import timedelta

import pytest
from sqlalchemy import text

ASKED = "UPDATE incidents SET state = 'handling', extension_asked = true WHERE id = :id"
NUMBERED = "UPDATE incidents SET case_no = :number WHERE id = :id"


def listed(client, query: str) -> list[str]:
    return [each["id"] for each in client.get(f"/api/incidents?{query}").json()["items"]]


@pytest.fixture
def numbered(connection, cast, noon) -> dict[str, str]:
    """A case on each side of the town, by their numbers."""
    found = {}
    for number, lon in (("26-001337", 119.905), ("26-001338", 119.915)):
        case = cast.report(lon, 29.705, noon - timedelta(hours=1))
        connection.execute(text(NUMBERED), {"number": number, "id": case})
        found[number] = str(case)
    return found


def test_a_case_is_found_by_its_whole_number_and_by_no_part_of_it(client, numbered):
    assert listed(client, "case_no=26-001337") == [numbered["26-001337"]]
    assert listed(client, "case_no=26-00133") == []


def test_a_number_finds_nothing_where_its_case_is_not_seen(client, numbered, western):
    assert listed(client, "case_no=26-001337") == [numbered["26-001337"]]
    assert listed(client, "case_no=26-001338") == []


def test_cases_where_more_time_was_asked_for_are_listed(client, numbered, connection):
    connection.execute(text(ASKED), {"id": numbered["26-001338"]})

    assert listed(client, "extension_asked=true") == [numbered["26-001338"]]
    assert sorted(listed(client, "")) == sorted(numbered.values())


def test_what_waits_longest_is_first_and_what_a_file_brought_is_apart(client, numbered, cast, noon):
    cast.report(119.905, 29.705, noon - timedelta(days=900))
    fresh = str(cast.report(119.905, 29.705, noon))
    last = list(numbered.values())

    oldest = client.get("/api/incidents?order=oldest&limit=2").json()
    rest = client.get("/api/incidents", params={"order": "oldest", "after": oldest["next"]}).json()

    assert [one["id"] for one in rest["items"]][-1] == fresh
    assert {oldest["items"][1]["id"], rest["items"][0]["id"]} == set(last)
    assert sorted(listed(client, "numbered=true&order=oldest")) == sorted(last)
    assert len(listed(client, "numbered=false")) == 2


def test_a_list_is_counted_whole_and_no_further_than_one_sees(client, numbered, western):
    counted = client.get("/api/incidents/count?numbered=true&limit=1").json()

    assert counted == {"count": 1}
