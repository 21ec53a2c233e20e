"""Taking somebody on, and doing something to them."""

import pytest


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
