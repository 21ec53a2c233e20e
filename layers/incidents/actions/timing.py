"""The deadline of the state that a case is in."""

from collections.abc import Sequence
from datetime import datetime

from layers import clock
from layers.clock import Calendar, Limit
from layers.incidents import rules
from layers.incidents.actions.saying import Case, Changes
from layers.incidents.rules import CHECKING, Done
from layers.matters.rules import LIMITS, is_complex, limits


def clock_of(case: Case, story: Sequence[Done], changes: Changes, calendar: Calendar) -> Changes:
    """The clock of a case after these changes: the story's last step made them. What was asked and
    given beyond a limit holds for that one clock."""
    state = str(changes["state"])
    run = rules.running(state, story)
    kept: Changes = {"promised_by": promise(case, state, story, calendar)}
    goes_on = rules.same_clock(rules.running(case["state"], story[:-1]), run)
    if not goes_on:
        kept["extension_asked"] = False
    if run is None:
        return {**kept, "due_at": None, "due_limit": None, "due_provisional": False}
    limit = _limit(case, run.stretch, rules.times_extended(run, story))
    found = clock.due(limit, run.since, calendar, list(rules.pauses(story)))
    return {**kept, "due_at": found.at, "due_limit": str(limit),
            "due_provisional": found.provisional}  # fmt: skip


def promise(case: Case, state: str, story: Sequence[Done], calendar: Calendar) -> datetime | None:
    """By when somebody should be there, counted from the report; None where that is not waited
    for."""
    if state not in rules.PROMISED:
        return None
    since = rules.promised_since(case["received_at"], story)
    limit = _limit(case, rules.STRETCHES[rules.DISPATCHED], 0)
    return clock.due(limit, since, calendar, list(rules.pauses(story))).at


def _limit(case: Case, stretch: rules.Stretch, more: int) -> Limit:
    own = {name: case[name] for name in LIMITS}
    name = (stretch.of_complex if is_complex(own) else None) or stretch.limit
    once = CHECKING.get(name) or limits(own)[name]
    return Limit(once.kind, once.amount * (1 + more))
