"""What a squad must hear of though its page is not open: what becomes of an order of its own."""

from layers.incidents.actions.saying import Changes, Turn
from layers.incidents.rules import SENT
from layers.queue.actions import put

TOLD = frozenset({"dispatch", "recall", "rework", "suspend", "resume", "merge", "unmerge",
                  "force_close"})  # fmt: skip


def tell(turn: Turn, changes: Changes) -> None:
    """Write it down for the bureau's message gateway, in the transaction of the step."""
    said, case = turn.said, turn.case
    squad = said.squad or case["squad"]
    if said.verb not in TOLD or squad is None or {case["state"], changes["state"]}.isdisjoint(SENT):
        return
    due = changes["due_at"]
    told: dict[str, object] = {
        "event": said.verb, "event_id": str(said.event_id), "incident": str(case["id"]),
        "squad": squad, "due_at": due and str(due),
    }  # fmt: skip
    put(turn.connection, "message", told, actor=turn.actor, at=turn.at)
