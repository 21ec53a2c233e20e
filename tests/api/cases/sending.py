"""What is sent to have a case, and to take a step of it."""

from uuid import uuid4

OFFER = "UPDATE matters SET offered = true"


def body(**more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()), "matter": "S02", "lon": 119.905, "lat": 29.705, "accuracy_m": 12.5,
        "occurred_at": "2026-11-16T11:55:00+08:00", "description": "桥下一堆",
    } | more  # fmt: skip


def said(**more: object) -> dict[str, object]:
    given = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00"}
    return given | more


def dispatched(client, **when: object) -> str:
    """A case that a squad has just been sent to."""
    case: str = client.post("/api/incidents", json=body()).json()["id"]
    for verb, given in (("file", {"standard": True}), ("dispatch", {"squad": "S1"})):
        client.post(f"/api/incidents/{case}/steps/{verb}", json=said(**given, **when))
    return case


def listed(client, query: str) -> list[str]:
    return [each["id"] for each in client.get(f"/api/incidents?{query}").json()["items"]]
