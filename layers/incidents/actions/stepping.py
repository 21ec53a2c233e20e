"""A step of the loop: lock the case, decide, write the step, set the case and its clock."""

from collections import Counter
from datetime import date, datetime, time
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from layers import flow
from layers.access import Actor
from layers.clock import Calendar
from layers.errors import Conflict, Forbidden, Invalid
from layers.incidents import queries, rules
from layers.incidents.actions.chronicling import number
from layers.incidents.actions.effects import effect_of, standing
from layers.incidents.actions.reserving import Reserved, recall_of, reserve
from layers.incidents.actions.saying import Changes, Correction, Said, Turn
from layers.incidents.actions.telling import tell
from layers.incidents.actions.timing import clock_of
from layers.incidents.rules import FLOW, Done
from layers.incidents.tables import Incident, Step
from layers.journal.actions import note

__all__ = ["Correction", "Said", "resume_due", "step"]


def step(
    connection: Connection, incident_id: UUID, said: Said, *,
    actor: Actor, at: datetime, calendar: Calendar,
) -> None:  # fmt: skip
    """Do a step, once: the same event again changes nothing.

    Raises NotFound for a case out of sight, Conflict where the step is not open or somebody else
    was faster, Forbidden where it is not the actor's, Invalid where something is missing.
    """
    turn = _begin(connection, incident_id, said, actor, at, calendar)
    if _was_done(turn):
        return
    row, noted = _open(turn), said.noted()
    reserved = reserve(turn) if said.verb == "dispatch" else Reserved({})
    for other in reserved.put_back:
        step(connection, other, recall_of(turn, other), actor=actor, at=at, calendar=calendar)
    done = Done(said.verb, turn.happened_at, turn.case["state"])
    state = _target(row.target, turn)
    changes = effect_of(turn) | standing(state, turn, done)
    _keep(turn, done, state, {**noted, **_noted(turn, done, changes), **reserved.notes})
    changes |= {"state": state, "version": turn.case["version"] + 1, "updated_at": at}
    changes |= clock_of(turn.case, [*turn.story, done], changes, calendar)
    became = update(Incident).where(Incident.id == incident_id).values(changes | _numbered(turn))
    connection.execute(became)
    note(connection, said.verb, "incidents", str(incident_id), actor=actor, at=at,
         event=str(said.event_id), **_put_back(reserved), **_left(turn, changes))  # fmt: skip
    tell(turn, changes)


def resume_due(connection: Connection, *, today: date, actor: Actor, at: datetime,
               calendar: Calendar) -> int:  # fmt: skip
    """Let the clocks run again, each from the first hour of its day, of the cases whose day has
    come; how many they were. Whoever is just at work with one lets it go on by hand, or it is its
    turn the next time."""
    asked = select(Incident.id, Incident.suspended_until).where(
        Incident.suspended_until <= today, Incident.state.in_(rules.OPEN), queries.STANDS
    )
    due = asked.order_by(Incident.id).with_for_update(skip_locked=True)
    held = connection.execute(due).all()
    for incident_id, until in held:
        said = Said("resume", uuid4(), datetime.combine(cast(date, until), time(), calendar.zone))
        step(connection, incident_id, said, actor=actor, at=at, calendar=calendar)
    return len(held)


def _begin(
    connection: Connection, incident_id: UUID, said: Said, actor: Actor, at: datetime,
    calendar: Calendar,
) -> Turn:  # fmt: skip
    """Hold the case, and with it the one that it goes into."""
    if said.into is not None:
        queries.hold(connection, {incident_id, said.into})
    case = queries.locked(connection, actor, incident_id)
    return Turn(connection, case, queries.steps(connection, incident_id), said, actor, at, calendar)


def _was_done(turn: Turn) -> bool:
    said = turn.said
    same = [done for done in turn.history if done["event_id"] == said.event_id]
    if same and same[0]["verb"] != said.verb:
        raise Conflict("other_content", id=said.event_id)
    return bool(same)


def _open(turn: Turn) -> flow.Step:
    """The step in the table, which is the actor's to do and has all that it needs."""
    case, said, mine = turn.case, turn.said, queries.verbs(turn.actor, turn.case, turn.at)
    _check_fresh(turn, mine)
    row = FLOW.step(case["state"], said.verb, mine)
    if not queries.open_to(turn.actor, row, case):
        raise Forbidden("may_not_step", step=said.verb)
    when = rules.judged_at(said.verb, turn.happened_at, turn.at)
    rules.check(said.verb, queries.standing_of(case), when)
    flow.check_given(row, said.given)
    _check_photos(turn, row)
    return row


def _check_photos(turn: Turn, row: flow.Step) -> None:
    """One of each kind that the step needs, and more where the matter wants more."""
    given = Counter(turn.said.photos)
    for need, column, code in COUNTED:
        if need in row.needs and given[need] < turn.case[column]:
            raise Invalid(code, needed=turn.case[column])


COUNTED = (
    (rules.PHOTO_BEFORE, "photos_before", "few_photos_before"),
    (rules.PHOTO_AFTER, "photos_after", "few_photos_after"),
)


def _check_fresh(turn: Turn, mine: list[str]) -> None:
    """Whoever acts on what was on the screen must be told if somebody else has changed it. One's
    own later steps are no news: a phone without signal sends several."""
    case, seen, own = turn.case, turn.said.seen_version, turn.actor.name
    if seen is None:
        return
    if any(done["version"] > seen and done["by"] != own for done in turn.history):
        raise Conflict("stale", state=case["state"], version=case["version"], verbs=mine)


def _target(target: str, turn: Turn) -> str:
    if target == flow.SAME:
        return str(turn.case["state"])
    return rules.before_merge(turn.story) if target == flow.BEFORE else target


def _numbered(turn: Turn) -> Changes:
    """What a file brought gets its number with its first step here."""
    return {} if turn.case["case_no"] else {"case_no": number(turn.calendar.zone)}


def _keep(turn: Turn, done: Done, state: str, details: Changes) -> None:
    """Add the step to the history, unless its event is another case's."""
    row = _row(turn, done, state) | {"details": details}
    kept = insert(Step).values(row).on_conflict_do_nothing(index_elements=[Step.event_id])
    if turn.connection.execute(kept.returning(Step.version)).one_or_none() is None:
        raise Conflict("other_content", id=turn.said.event_id)


def _row(turn: Turn, done: Done, state: str) -> Changes:
    case, said = turn.case, turn.said
    return {
        "incident_id": case["id"], "version": case["version"] + 1, "event_id": said.event_id,
        "verb": said.verb, "from_state": case["state"], "to_state": state, "by": turn.actor.name,
        "happened_at": done.happened_at, "received_at": turn.at, "reason": said.reason,
        "late": rules.is_late(said.verb, said.happened_at, turn.at), "photos": list(said.photo_ids),
        "due_at": _deadline(turn, done),
    }  # fmt: skip


def _deadline(turn: Turn, done: Done) -> datetime | None:
    """The one that stood before the step. What ends while its clock stands is judged by where that
    would go on from there."""
    stood: datetime | None = turn.case["due_at"]
    if done.verb != "force_close" or turn.case["suspended_until"] is None:
        return stood
    resumed = [*turn.story, Done("resume", done.happened_at, done.state)]
    goes_on = clock_of(turn.case, resumed, {"state": done.state}, turn.calendar)
    return cast(datetime | None, goes_on["due_at"])


def _put_back(reserved: Reserved) -> Changes:
    cases = [str(incident_id) for incident_id in reserved.put_back]
    return {"preempted": cases} if cases else {}


def _left(turn: Turn, changes: Changes) -> Changes:
    """Of an amendment: the grid and township that the case was in, where its place has changed.
    Whoever saw it there must hear that it may be gone."""
    if turn.said.verb != "amend":
        return {}
    case = turn.case if "place" in changes else {"grid": None, "township": None}
    return {"left_grid": case["grid"], "left_township": case["township"]}


def _noted(turn: Turn, done: Done, changes: Changes) -> Changes:
    """What was said with it; where our clock overruled the phone's, what the phone said;
    and of a correction what it changed, but not from what to what."""
    said, told = turn.said, turn.said.details
    if done.happened_at != said.happened_at:
        told["said_at"] = said.happened_at.isoformat()
    if said.report is not None:
        told["amended"] = sorted(changes.keys() & AMENDED)
    if changes.get("check_grid"):
        told["to_grid"] = changes["check_grid"]
    return told


AMENDED = frozenset({"matter_code", "place", "address", "description", "answers"})
