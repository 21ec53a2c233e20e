"""The closed loop of a case: who does what when, and by when it must be done. Pure.

States and verbs are those of the public surface; they are codes, and their words are in the
catalogue. The order follows the seven steps of GB/T 30428: report, file, dispatch, handle, give
feedback, check and close, evaluate.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from layers.clock import Limit, Pause, limit_of
from layers.errors import Conflict, Invalid
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
OCCUPYING = (DISPATCHED, ACCEPTED, ON_SCENE)
"""In these, unless its clock stands, a case holds a crew of its squad. To handle one may take 15
days: meanwhile the squad goes to others."""
PREEMPTIBLE = (DISPATCHED, ACCEPTED)
"""Out of these a case goes back to waiting when its squad is needed for one that presses more."""
TAKEN_UP = (FILED, *SENT, HANDLED, TO_RECHECK, CLOSED)
"""In these everybody may know of the case, if its matter is public and it did not end unfiled."""
UNFILED = (REPORTED, TO_CHECK)

REASON, TEXT, RESULT, STANDARD = "reason", "text", "result", "standard"
SQUAD, INTO, UNTIL, REPORT, PRIORITY = "squad", "into", "until", "report", "priority"
PHOTO, PHOTO_BEFORE, PHOTO_AFTER = "photo", "photo_before", "photo_after"


def _step(
    verb: str, states: tuple[str, ...], target: str, powers: Verb | tuple[Verb, ...], *needs: str
) -> Step:
    held = powers if isinstance(powers, tuple) else (powers,)
    return Step(verb, states, target, frozenset(held), frozenset(needs))


FLOW = Flow((
    _step("return_report", (REPORTED,), REPORTED, Verb.FILE, REASON),
    _step("amend", (REPORTED, TO_CHECK), SAME, (Verb.REPORT, Verb.FILE), REPORT),
    _step("request_check", (REPORTED,), TO_CHECK, Verb.FILE),
    _step("report_check", (TO_CHECK,), REPORTED, Verb.CHECK, RESULT, PHOTO),
    _step("file", (REPORTED,), FILED, Verb.FILE, STANDARD),
    _step("reject", (REPORTED,), REJECTED, Verb.FILE, REASON),
    _step("fix_on_spot", (REPORTED,), CLOSED, Verb.CHECK, PHOTO_BEFORE, PHOTO_AFTER),
    _step("dispatch", (FILED,), DISPATCHED, Verb.DISPATCH, SQUAD),
    _step("send_back", (FILED,), REPORTED, Verb.DISPATCH, REASON),
    _step("accept", (DISPATCHED, ACCEPTED), ACCEPTED, Verb.HANDLE),
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
    _step("prioritise", OPEN, SAME, Verb.DISPATCH, PRIORITY, REASON),
    _step("extend", OPEN, SAME, Verb.LEAD),
    _step("refuse_extension", OPEN, SAME, Verb.LEAD, REASON),
    _step("suspend", OPEN, SAME, Verb.LEAD, REASON, UNTIL),
    _step("resume", OPEN, SAME, Verb.LEAD),
    _step("force_close", OPEN, CLOSED, Verb.LEAD, REASON),
))  # fmt: skip
"""The table. Each return, rejection, recall, rework, merge, reopening and forced end needs a
reason; each check its result and a photograph. `report` is a power over one's own reports; whoever
files them may put any right before that. What
is to be done again is accepted once more, as is every order that comes to a squad."""
PREEMPTED = "preempted"
"""The reason of a recall whose squad was needed for a case that presses more."""
WHILE_SUSPENDED = frozenset({"resume", "force_close", "merge"})
"""Nothing else is done with a case whose clock stands, and each of these ends that."""
GRID_WORKER = "grid_worker"
"""The source of what grid workers report."""
BY_LINK = "resident:"
"""So begins the name of whoever reported by a link alone, and cannot put a report right."""


def priority(own: int | None, of_matter: int) -> int:
    """How much a case presses: as somebody said of it, or else as its matter does."""
    return of_matter if own is None else own


# --- What stands in the way ---------------------------------------------------------------------

MOST_EXTENSIONS, MOST_SUSPENSIONS = 2, 1
LONGEST_SUSPENSION = timedelta(days=365)


@dataclass(frozen=True)
class Flood:
    """So many reports of one grid, each within so long of the one that is looked at."""

    least: int
    within: timedelta


@dataclass(frozen=True)
class Standing:
    """What the table does not say of a case: whether its clock stands, what was asked and given,
    who brought it, whether its squad is to say that it has seen its order."""

    state: str
    suspended_until: date | None
    extension_asked: bool
    extensions: int
    suspensions: int
    due_at: datetime | None
    reported_by: str | None
    sent_at: datetime | None


def obstacle(verb: str, case: Standing, at: datetime) -> str | None:
    """The code of what keeps a verb from being done that the table has open, if anything does."""
    if case.suspended_until is not None and verb not in WHILE_SUSPENDED:
        return "suspended"
    if verb in ("extend", "ask_extension"):
        return _no_extension(verb, case, at)
    code, hinders = HINDRANCES.get(verb, ("", None))
    return code if hinders is not None and hinders(case) else None


HINDRANCES: Mapping[str, tuple[str, Callable[[Standing], bool]]] = {
    "resume": ("not_suspended", lambda case: case.suspended_until is None),
    "return_report": (
        "nobody_amends", lambda case: (case.reported_by or BY_LINK).startswith(BY_LINK)
    ),
    "accept": ("accepted_already", lambda case: case.state == ACCEPTED and case.sent_at is None),
    "suspend": ("suspended_enough", lambda case: case.suspensions >= MOST_SUSPENSIONS),
    "refuse_extension": ("extension_not_asked", lambda case: not case.extension_asked),
}  # fmt: skip


def _no_extension(verb: str, case: Standing, at: datetime) -> str | None:
    """A case is given more time so often at most, in whatever states that was."""
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


def check_until(until: date, today: date) -> None:
    """Raise Invalid unless a clock that is stopped today goes on by itself within a year."""
    if not today < until <= today + LONGEST_SUSPENSION:
        raise Invalid("bad_until", until=until, last=today + LONGEST_SUSPENSION)


# --- When ---------------------------------------------------------------------------------------

LATE = timedelta(minutes=15)
"""What is told so much later than it was done is marked; so is a clock that is so wrong."""
LONGEST_NOTICE = timedelta(days=1)


def is_late(verb: str, happened_at: datetime, received_at: datetime) -> bool:
    """Whether a step is marked so. A clock goes on at its hour, told by nobody."""
    return verb != "resume" and abs(received_at - happened_at) > LATE


def judged_at(verb: str, happened_at: datetime, received_at: datetime) -> datetime:
    """When a step counts as done where a deadline is in its way: what a phone says is believed of
    an extension that was asked for, unless it comes late; an answer counts from when it came."""
    believed = LATE if verb == "ask_extension" else timedelta(0)
    return max(happened_at, received_at - believed)


def notice(limit: Limit) -> timedelta:
    """So long before its deadline a case is due soon: a day where days are counted, or else a third
    of the limit, an hour at most."""
    return LONGEST_NOTICE if limit.kind.whole_days else min(limit.amount / 3, timedelta(hours=1))


@dataclass(frozen=True)
class Stretch:
    """What runs while a case is in a state: a limit, since the last of these verbs. Some matters
    are complex and have another."""

    limit: str
    since: tuple[str, ...]
    of_complex: str | None = None


STRETCHES: Mapping[str, Stretch] = {
    TO_CHECK: Stretch("check", ("request_check",)),
    DISPATCHED: Stretch("arrive", ("dispatch",)),
    ACCEPTED: Stretch("arrive", ("dispatch", "rework")),
    ON_SCENE: Stretch("simple", ("arrive",), of_complex="opinion"),
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


@dataclass(frozen=True)
class Run:
    """A clock that runs: of which stretch, and which step of the history set it going."""

    stretch: Stretch
    step: int
    since: datetime


def running(state: str, history: Sequence[Done]) -> Run | None:
    """The clock of a state; None where it has none, or has not begun. Two states may share one: an
    order that is accepted goes on with the minutes that it was sent with."""
    stretch = STRETCHES.get(state)
    if stretch is None:
        return None
    turns = reversed(list(enumerate(history)))
    begun = ((n, done) for n, done in turns if done.verb in stretch.since)
    return next((Run(stretch, n, done.happened_at) for n, done in begun), None)


def times_extended(run: Run, history: Sequence[Done]) -> int:
    """How often this very clock was given more time."""
    later = history[run.step + 1 :]
    return sum(d.verb == "extend" and _same(STRETCHES.get(d.state), run.stretch) for d in later)


def same_clock(one: Run | None, other: Run | None) -> bool:
    """Whether what was asked and given for the one holds for the other."""
    if one is None or other is None:
        return False
    return one.step == other.step and _same(one.stretch, other.stretch)


def _same(one: Stretch | None, other: Stretch) -> bool:
    return one is not None and one.limit == other.limit


def pauses(history: Sequence[Done]) -> Iterator[Pause]:
    """When the clocks stood. A case that is merged or ended stands no more, whatever comes then."""
    since: datetime | None = None
    for step in history:
        if step.verb == "suspend":
            since = step.happened_at
        elif step.verb in WHILE_SUSPENDED and since is not None:
            yield Pause(since, step.happened_at)
            since = None
    if since is not None:
        yield Pause(since, None)


PROMISED = (FILED, DISPATCHED, ACCEPTED)
"""In these the bureau has promised somebody that a squad comes, and none is there yet."""
ANEW = ("reopen", "rework")


def promised_since(received_at: datetime, history: Sequence[Done]) -> datetime:
    """From when the bureau's minutes to the scene count: the report, or when it was last taken up
    anew."""
    again = (done.happened_at for done in reversed(history) if done.verb in ANEW)
    return next(again, received_at)


ORDERING, GOING = ("dispatch", "rework"), ("accept", "arrive")
STANDING_STILL, GOING_ON = ("suspend", "merge"), ("resume", "unmerge")


def sent_at(state: str, history: Iterable[Done]) -> datetime | None:
    """From when on a squad has the bureau's few minutes to say that it has seen its order, new or
    come back; None while no order waits for that, or its clock stands."""
    waits, since = False, None
    for done in history:
        if done.verb in ORDERING + GOING:
            waits = done.verb in ORDERING
        if waits and done.verb in ORDERING + GOING_ON:
            since = done.happened_at
        elif not waits or done.verb in STANDING_STILL:
            since = None
    return since if state in PREEMPTIBLE else None


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
