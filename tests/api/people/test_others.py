"""Nobody else sees or changes people, and whoever looks is written down."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from api import deps
from layers.access import Actor, Verb
from layers.journal.tables import Entry
from layers.roles import VERBS, Role


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
