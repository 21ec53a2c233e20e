"""The deadline of the state that a case is in."""

from collections.abc import Sequence

from layers import clock
from layers.clock import Calendar, Limit
from layers.incidents import rules
from layers.incidents.actions.saying import Case, Changes
from layers.incidents.rules import CHECKING, Done
from layers.matters.rules import LIMITS, limits


def clock_of(case: Case, story: Sequence[Done], changes: Changes, calendar: Calendar) -> Changes:
    """The clock of a case after these changes. What was given beyond a limit is given for that
    state alone."""
    state = str(changes["state"])
    stays = state == case["state"]
    given: Changes = {} if stays else {"extensions": 0, "extension_asked": False}
    since = rules.begun(state, story)
    if since is None:
        return {**given, "due_at": None, "due_limit": None, "due_provisional": False}
    more = int(str(changes.get("extensions", case["extensions"]))) if stays else 0
    limit = _limit(case, rules.STRETCHES[state].limit, more)
    found = clock.due(limit, since, calendar, list(rules.pauses(story)))
    return {**given, "due_at": found.at, "due_limit": str(limit),
            "due_provisional": found.provisional}  # fmt: skip


def _limit(case: Case, name: str, more: int) -> Limit:
    once = CHECKING.get(name) or limits({own: case[own] for own in LIMITS})[name]
    return Limit(once.kind, once.amount * (1 + more))
