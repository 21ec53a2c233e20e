"""The closed loop of a case: who does what when, and by when it must be done. Pure.

States and verbs are those of the public surface; they are codes, and their words are in the
catalogue. The order follows the seven steps of GB/T 30428: report, file, dispatch, handle, give
feedback, check and close, evaluate.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from layers.clock import Limit, Pause, limit_of
from layers.errors import Conflict
from layers.flow import BEFORE, SAME, Flow, Step
from layers.roles import Verb

REPORTED, TO_CHECK, FILED, REJECTED = "reported", "to_check", "filed", "rejected"
DISPATCHED, ACCEPTED, ON_SCENE = "dispatched", "accepted", "on_scene"
HANDLING, HANDLED, TO_RECHECK = "handling", "handled", "to_recheck"
CLOSED, MERGED = "closed", "merged"
ENDED = (CLOSED, REJECTED)
CHECKS = (TO_CHECK, TO_RECHECK)
"""In these the workers of a grid are to look."""
OPEN = (
    REPORTED, TO_CHECK, FILED, DISPATCHED, ACCEPTED, ON_SCENE, HANDLING, HANDLED, TO_RECHECK,
)  # fmt: skip
SENT = (DISPATCHED, ACCEPTED, ON_SCENE, HANDLING)
"""In these a squad has the case."""
TAKEN_UP = (FILED, *SENT, HANDLED, TO_RECHECK, CLOSED)
"""In these everybody may know of the case, if its matter is public."""

REASON, TEXT, RESULT, STANDARD = "reason", "text", "result", "standard"
SQUAD, INTO, UNTIL, REPORT = "squad", "into", "until", "report"
PHOTO, PHOTO_BEFORE, PHOTO_AFTER = "photo", "photo_before", "photo_after"


def _step(
    verb: str, states: tuple[str, ...], target: str, powers: Verb | tuple[Verb, ...], *needs: str
) -> Step:
    held = powers if isinstance(powers, tuple) else (powers,)
    return Step(verb, states, target, frozenset(held), frozenset(needs))


FLOW = Flow((
    _step("return_report", (REPORTED,), REPORTED, Verb.FILE, REASON),
    _step("amend", (REPORTED, TO_CHECK), SAME, Verb.REPORT, REPORT),
    _step("request_check", (REPORTED,), TO_CHECK, Verb.FILE),
    _step("report_check", (TO_CHECK,), REPORTED, Verb.CHECK, RESULT, PHOTO),
    _step("file", (REPORTED,), FILED, Verb.FILE, STANDARD),
    _step("reject", (REPORTED,), REJECTED, Verb.FILE, REASON),
    _step("fix_on_spot", (REPORTED,), CLOSED, Verb.CHECK, PHOTO_BEFORE, PHOTO_AFTER),
    _step("dispatch", (FILED,), DISPATCHED, Verb.DISPATCH, SQUAD),
    _step("send_back", (FILED,), REPORTED, Verb.DISPATCH, REASON),
    _step("accept", (DISPATCHED,), ACCEPTED, Verb.HANDLE),
    _step("decline", (DISPATCHED,), FILED, Verb.HANDLE, REASON),
    _step("recall", (DISPATCHED, ACCEPTED), FILED, Verb.DISPATCH, REASON),
    _step("arrive", (ACCEPTED,), ON_SCENE, Verb.HANDLE),
    _step("give_opinion", (ON_SCENE,), HANDLING, Verb.HANDLE, TEXT),
    _step("finish", (ON_SCENE, HANDLING), HANDLED, Verb.HANDLE, PHOTO_AFTER),
    _step("request_recheck", (HANDLED,), TO_RECHECK, Verb.FILE),
    _step("report_recheck", (TO_RECHECK,), HANDLED, Verb.CHECK, RESULT, PHOTO),
    _step("rework", (HANDLED,), ACCEPTED, (Verb.FILE, Verb.DISPATCH), REASON),
    _step("close", (HANDLED,), CLOSED, Verb.FILE, STANDARD),
    _step("reopen", ENDED, FILED, Verb.FILE, REASON),
    _step("merge", OPEN, MERGED, Verb.FILE, REASON, INTO),
    _step("unmerge", (MERGED,), BEFORE, Verb.FILE, REASON),
    _step("ask_extension", OPEN, SAME, Verb.DISPATCH, REASON),
    _step("extend", OPEN, SAME, Verb.LEAD),
    _step("suspend", OPEN, SAME, Verb.LEAD, REASON, UNTIL),
    _step("resume", OPEN, SAME, Verb.LEAD),
    _step("force_close", OPEN, CLOSED, Verb.LEAD, REASON),
))  # fmt: skip
"""The table. Each return, rejection, recall, rework, merge, reopening and forced end needs a
reason; each check its result and a photograph. `report` is a power over one's own reports."""
WHILE_SUSPENDED = frozenset({"resume", "force_close", "merge"})
BY_LINK = "resident:"
"""So begins the name of whoever reported by a link alone, and cannot put a report right."""


# --- What stands in the way ---------------------------------------------------------------------

MOST_EXTENSIONS = 2


@dataclass(frozen=True)
class Standing:
    """What the table does not say of a case: whether its clock stands, what was asked and given,
    who brought it."""

    suspended_until: date | None
    extension_asked: bool
    extensions: int
    due_at: datetime | None
    reported_by: str | None


def obstacle(verb: str, case: Standing, at: datetime) -> str | None:
    """The code of what keeps a verb from being done that the table has open, if anything does."""
    suspended = case.suspended_until is not None
    if suspended and verb not in WHILE_SUSPENDED:
        return "suspended"
    if verb == "resume" and not suspended:
        return "not_suspended"
    if verb == "return_report" and (case.reported_by or BY_LINK).startswith(BY_LINK):
        return "nobody_amends"
    if verb in ("extend", "ask_extension"):
        return _no_extension(verb, case, at)
    return None


def _no_extension(verb: str, case: Standing, at: datetime) -> str | None:
    if case.due_at is None:
        return "no_clock"
    if at > case.due_at:
        return "overdue_already"
    if case.extensions >= MOST_EXTENSIONS:
        return "extended_enough"
    if case.extension_asked == (verb == "ask_extension"):
        return "extension_asked" if case.extension_asked else "extension_not_asked"
    return None


def check(verb: str, case: Standing, at: datetime) -> None:
    """Raise Conflict if something keeps the verb from being done."""
    code = obstacle(verb, case, at)
    if code is not None:
        raise Conflict(code, step=verb)


# --- When ---------------------------------------------------------------------------------------

LATE = timedelta(minutes=15)
"""What is told so much later than it was done is marked; so is a clock that is so wrong."""
LONGEST_NOTICE = timedelta(days=1)


def notice(limit: Limit) -> timedelta:
    """So long before its deadline a case is due soon: a day where days are counted, or else a third
    of the limit, an hour at most."""
    return LONGEST_NOTICE if limit.kind.whole_days else min(limit.amount / 3, timedelta(hours=1))


@dataclass(frozen=True)
class Stretch:
    """What runs while a case is in a state: a limit, since the last of these verbs."""

    limit: str
    since: tuple[str, ...]


STRETCHES: Mapping[str, Stretch] = {
    TO_CHECK: Stretch("check", ("request_check",)),
    DISPATCHED: Stretch("arrive", ("dispatch",)),
    ACCEPTED: Stretch("arrive", ("dispatch", "rework")),
    ON_SCENE: Stretch("simple", ("arrive",)),
    HANDLING: Stretch("complex", ("arrive",)),
    TO_RECHECK: Stretch("recheck", ("request_recheck",)),
}
"""The clock of each state; in the others none runs. The 30 minutes to arrive are the squad's: they
count from its order, and those from the report are shown beside."""
CHECKING: Mapping[str, Limit] = {"check": limit_of("24h"), "recheck": limit_of("2h")}
"""The other limits are the matter's (layers.matters.rules.LIMITS)."""


@dataclass(frozen=True)
class Done:
    """A step that was done, as the clocks see it."""

    verb: str
    happened_at: datetime
    state: str
    """Where the case was then."""


def begun(state: str, history: Sequence[Done]) -> datetime | None:
    """Since when the clock of a state runs; None where it has none, or has not begun."""
    stretch = STRETCHES.get(state)
    if stretch is None:
        return None
    return next((d.happened_at for d in reversed(history) if d.verb in stretch.since), None)


def pauses(history: Sequence[Done]) -> Iterator[Pause]:
    """When the clocks stood."""
    since: datetime | None = None
    for step in history:
        if step.verb == "suspend":
            since = step.happened_at
        elif step.verb == "resume" and since is not None:
            yield Pause(since, step.happened_at)
            since = None
    if since is not None:
        yield Pause(since, None)


def sent_at(state: str, before: datetime | None, done: Done) -> datetime | None:
    """From when on a squad has the bureau's few minutes to accept its order; None while no order
    waits for that, or its clock stands."""
    if state != DISPATCHED or done.verb == "suspend":
        return None
    return done.happened_at if done.verb in ("dispatch", "resume") else before


def returned(state: str, before: bool, verb: str) -> bool:
    """Whether a report waits for its reporter to put it right."""
    if verb in ("return_report", "amend", "report_check"):
        return verb == "return_report"
    return before and state == REPORTED


def before_merge(history: Sequence[Done]) -> str:
    """The state that a merged case comes back to."""
    before = next((step.state for step in reversed(history) if step.verb == "merge"), None)
    if before is None:  # it came merged, from a file
        raise Conflict("not_merged_here")
    return before
