"""Tokens for programs: told once, meant if they have no end, and ended alone."""

import hashlib

import pytest
from sqlalchemy import select

from layers.journal.tables import Entry
from layers.people.tables import Token


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
