"""Sending squads over HTTP, one by one or for all that waits."""

from datetime import UTC, datetime
from uuid import uuid4

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


def send(client, case: str, squad: str, **more):
    said = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00", "squad": squad}
    return client.post(f"/api/incidents/{case}/steps/dispatch", json=said | more)


def recommend(client, case: str):
    return client.get(f"/api/incidents/{case}/nearest-squads").json()


def solve(client, work) -> dict:
    job = work(client, client.post("/api/dispatch/solve", json={}))
    assert job["state"] == "done", job
    return client.get(f"/api/dispatch/proposals/{job['id']}").json()
