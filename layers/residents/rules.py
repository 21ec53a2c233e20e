"""What a resident is told of a case, and until when an opinion of it can be changed. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum, auto

from layers.errors import Conflict
from layers.incidents import rules

SOURCE = "resident"
MOST_PHOTOS = 3
PHOTOS_UNTIL = timedelta(days=1)
"""After the report came: a phone may lie without a signal for so long."""
MAY_CHANGE = timedelta(days=7)
"""An opinion, after it was first given."""


class Stage(StrEnum):
    """Where a case stands, in the order in which most cases go."""

    RECEIVED = auto()
    CHECKED = auto()
    FILED = auto()
    ON_ITS_WAY = auto()
    WORKED_ON = auto()
    INSPECTED = auto()
    DONE = auto()
    REJECTED = auto()


STAGES: Mapping[str, Stage] = {
    rules.REPORTED: Stage.RECEIVED, rules.TO_CHECK: Stage.CHECKED, rules.FILED: Stage.FILED,
    rules.DISPATCHED: Stage.ON_ITS_WAY, rules.ACCEPTED: Stage.ON_ITS_WAY,
    rules.ON_SCENE: Stage.WORKED_ON, rules.HANDLING: Stage.WORKED_ON,
    rules.HANDLED: Stage.INSPECTED, rules.TO_RECHECK: Stage.INSPECTED,
    rules.CLOSED: Stage.DONE, rules.REJECTED: Stage.REJECTED,
}  # fmt: skip
"""Merged is missing: shown is what a report was merged into."""
ORDER = list(Stage)


def reached(history: Iterable[tuple[str, datetime]]) -> dict[Stage, datetime]:
    """When a case first came to each stage; where it went back, the later ones are not told."""
    found: dict[Stage, datetime] = {}
    for state, at in history:
        if (stage := STAGES.get(state)) is not None:
            earlier = ORDER[: ORDER.index(stage)]
            found = {one: since for one, since in found.items() if one in (*earlier, stage)}
            found.setdefault(stage, at)
    return found


def check_photo(state: str, *, received_at: datetime, beside: int, at: datetime) -> None:
    """Raise unless one more photograph may come: while the case is open, and from a phone that
    lay without a signal for a day."""
    if beside >= MOST_PHOTOS:
        raise Conflict("case_full", most=MOST_PHOTOS)
    if state in rules.ENDED and at > received_at + PHOTOS_UNTIL:
        raise Conflict("photos_closed")


def may_add(state: str, photos: int | None) -> int:
    """How many more photographs may come with one's own report, where its case is open."""
    return 0 if photos is None or state in rules.ENDED else max(MOST_PHOTOS - photos, 0)


def may_rate(state: str, rated_at: datetime | None, at: datetime) -> bool:
    """Whether somebody may say how satisfied they are, or say it anew."""
    return state in rules.ENDED and (rated_at is None or at <= rated_at + MAY_CHANGE)


def check_rating(state: str, rated_at: datetime | None, at: datetime) -> None:
    if state not in rules.ENDED:
        raise Conflict("not_ended")
    if not may_rate(state, rated_at, at):
        raise Conflict("rated_already")
