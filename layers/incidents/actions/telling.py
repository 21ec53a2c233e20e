"""What a squad must hear of though its page is not open: an order, and that it was called back."""

from layers.incidents.actions.saying import Changes, Turn
from layers.queue.actions import put

TOLD = ("dispatch", "recall")


def tell(turn: Turn, changes: Changes) -> None:
    """Write it down for the bureau's message gateway, in the transaction of the step."""
    said, case = turn.said, turn.case
    if said.verb not in TOLD:
        return
    due = changes["due_at"]
    told: dict[str, object] = {
        "event": said.verb, "event_id": str(said.event_id), "incident": str(case["id"]),
        "squad": said.squad or case["squad"], "due_at": due and str(due),
    }  # fmt: skip
    put(turn.connection, "message", told, actor=turn.actor, at=turn.at)
