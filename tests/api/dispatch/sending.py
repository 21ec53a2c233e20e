"""Sending squads over HTTP, one by one or for all that waits."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, text

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


def send(client, case: str, squad: str, **more):
    said = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00", "squad": squad}
    return client.post(f"/api/incidents/{case}/steps/dispatch", json=said | more)


def recommend(client, case: str):
    return client.get(f"/api/incidents/{case}/nearest-squads").json()


def handled(connection: Connection, case: str, at: datetime) -> None:
    """The west's squad has gone from a case at a time; it handles it on."""
    for statement in GONE:
        connection.execute(text(statement), {"case": case, "at": at})


GONE = (
    "UPDATE incidents SET state = 'handling', squad_code = 'S1' WHERE id = :case",
    """
    INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
        happened_at, received_at, late, details)
    VALUES (:case, 90, gen_random_uuid(), 'give_opinion', 'x', 'x', 'x', :at, :at, false, '{}')
    """,
)


def solve(client, work) -> dict:
    job = work(client, client.post("/api/dispatch/solve", json={}))
    assert job["state"] == "done", job
    return client.get(f"/api/dispatch/proposals/{job['id']}").json()
