"""A step of the loop: lock the case, decide, write the step, set the case and its clock."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from layers import clock, flow
from layers.access import Actor
from layers.clock import Calendar, Limit
from layers.errors import Conflict, Forbidden, Invalid
from layers.incidents import queries, rules
from layers.incidents.rules import CHECKING, FLOW, Done
from layers.incidents.tables import Incident, Step
from layers.journal.actions import note
from layers.matters.rules import LIMITS, limits
from layers.squads.tables import Squad

Case = RowMapping
Changes = dict[str, object]


@dataclass(frozen=True)
class Said:
    """What somebody says with a step. `seen_version` is the case that was on the screen; `photos`
    are the names of those needs that photographs of the case meet."""

    verb: str
    event_id: UUID
    happened_at: datetime
    seen_version: int | None = None
    reason: str | None = None
    text: str | None = None
    result: bool | None = None
    standard: bool | None = None
    squad: str | None = None
    into: UUID | None = None
    until: date | None = None
    photos: Collection[str] = ()

    @property
    def given(self) -> frozenset[str]:
        """The names of what it brings along."""
        said = {name for name in DETAILS if getattr(self, name) is not None}
        return frozenset(said | set(self.photos) | ({rules.REASON} if self.reason else set()))

    @property
    def details(self) -> Changes:
        return {name: getattr(self, name) for name in DETAILS if getattr(self, name) is not None}


DETAILS = (rules.TEXT, rules.RESULT, rules.STANDARD, rules.SQUAD, rules.INTO, rules.UNTIL)


def step(
    connection: Connection, incident_id: UUID, said: Said, *,
    actor: Actor, at: datetime, calendar: Calendar,
) -> None:  # fmt: skip
    """Do a step, once: the same event again changes nothing.

    Raises NotFound for a case out of sight, Conflict where the step is not open or somebody else
    was faster, Forbidden where it is not the actor's, Invalid where something is missing.
    """
    case = queries.locked(connection, incident_id)
    history = queries.steps(connection, incident_id)
    if _was_done(history, said):
        return
    _check_fresh(case, history, said, actor)
    row = FLOW.step(case["state"], said.verb)
    if not queries.open_to(actor, row, case):
        raise Forbidden("may_not_step", step=said.verb)
    rules.check(said.verb, queries.standing_of(case), at)
    flow.check_given(row, said.given)
    done = Done(said.verb, _bounded(said.happened_at, history, case, at), case["state"])
    state = _target(row.target, case, history)
    changes = _changes(connection, case, said) | _ending(state, case["state"], done.happened_at)
    changes |= {"state": state, "version": case["version"] + 1, "updated_at": at}
    changes |= _clock(case, [*_as_done(history), done], changes, calendar)
    late = abs(at - said.happened_at) > rules.LATE
    written = {"by": actor.name, "received_at": at, "late": late}
    written |= _row(case, said, done, state)
    kept = insert(Step).values(written).on_conflict_do_nothing(index_elements=[Step.event_id])
    if connection.execute(kept.returning(Step.version)).one_or_none() is None:
        raise Conflict("other_content", id=said.event_id)  # of another case
    connection.execute(update(Incident).where(Incident.id == incident_id).values(changes))
    note(connection, said.verb, "incidents", str(incident_id), actor=actor, at=at,
         event=str(said.event_id))  # fmt: skip


def resume_due(connection: Connection, *, today: date, actor: Actor, at: datetime,
               calendar: Calendar) -> int:  # fmt: skip
    """Let the clocks run again of the cases whose day has come; how many they were."""
    asked = select(Incident.id).where(
        Incident.suspended_until <= today, Incident.state.in_(rules.OPEN), queries.STANDS
    )
    due = connection.execute(asked.order_by(Incident.id)).scalars().all()
    for incident_id in due:
        said = Said("resume", uuid4(), at)
        step(connection, incident_id, said, actor=actor, at=at, calendar=calendar)
    return len(due)


def _was_done(history: Sequence[Case], said: Said) -> bool:
    same = [done for done in history if done["event_id"] == said.event_id]
    if same and same[0]["verb"] != said.verb:
        raise Conflict("other_content", id=said.event_id)
    return bool(same)


def _check_fresh(case: Case, history: Sequence[Case], said: Said, actor: Actor) -> None:
    """Whoever acts on what was on the screen must be told if somebody else has changed it. One's
    own later steps are no news: a phone without signal sends several."""
    if said.seen_version is None:
        return
    news = [d for d in history if d["version"] > said.seen_version and d["by"] != actor.name]
    if news:
        verbs = [row.verb for row in FLOW.open(case["state"])]
        raise Conflict("stale", state=case["state"], version=case["version"], verbs=verbs)


def _bounded(said: datetime, history: Sequence[Case], case: Case, at: datetime) -> datetime:
    """When it was done: not before the step before it, and not after it was received. A phone's
    clock may be wrong; what it said is kept beside."""
    previous: datetime = history[-1]["happened_at"] if history else min(case["occurred_at"], at)
    return max(previous, min(said, at))


def _target(target: str, case: Case, history: Sequence[Case]) -> str:
    if target == flow.SAME:
        return str(case["state"])
    return rules.before_merge(_as_done(history)) if target == flow.BEFORE else target


def _as_done(history: Sequence[Case]) -> list[Done]:
    return [Done(done["verb"], done["happened_at"], done["from_state"]) for done in history]


def _row(case: Case, said: Said, done: Done, state: str) -> Changes:
    """What the history keeps; where our clock overruled the phone's, what the phone said."""
    told = {} if done.happened_at == said.happened_at else {"said_at": said.happened_at.isoformat()}
    return {
        "incident_id": case["id"], "version": case["version"] + 1, "event_id": said.event_id,
        "verb": said.verb, "from_state": case["state"], "to_state": state,
        "happened_at": done.happened_at, "reason": said.reason, "details": said.details | told,
        "due_at": case["due_at"],
    }  # fmt: skip


# --- What a verb changes beside the state -------------------------------------------------------


def _changes(connection: Connection, case: Case, said: Said) -> Changes:
    effect = EFFECTS.get(said.verb)
    return {} if effect is None else effect(connection, case, said)


def _send(connection: Connection, case: Case, said: Said) -> Changes:
    asked = select(Squad.on_duty).where(Squad.code == said.squad)
    on_duty = connection.execute(asked).scalar_one_or_none()
    if on_duty is None:
        raise Invalid("no_squad", squad=said.squad)
    if not on_duty:
        raise Conflict("squad_off_duty", squad=said.squad)
    had = [*case["sent_to"], *({said.squad} - set(case["sent_to"]))]
    return {"squad_code": said.squad, "sent_to": had}


def _take_back(_connection: Connection, _case: Case, _said: Said) -> Changes:
    return {"squad_code": None}


def _merge(connection: Connection, case: Case, said: Said) -> Changes:
    """Into one case, one level deep: what was merged into this one goes along."""
    root = queries.locked(connection, said.into) if said.into else case
    if root["id"] == case["id"] or root["state"] == rules.MERGED:
        raise Invalid("no_root", into=said.into)
    along = update(Incident).where(Incident.merged_into == case["id"])
    connection.execute(along.values(merged_into=root["id"]))
    return {"merged_into": root["id"]}


def _part(_connection: Connection, _case: Case, _said: Said) -> Changes:
    return {"merged_into": None}


def _suspend(_connection: Connection, _case: Case, said: Said) -> Changes:
    return {"suspended_until": said.until}


def _resume(_connection: Connection, _case: Case, _said: Said) -> Changes:
    return {"suspended_until": None}


def _ask(_connection: Connection, _case: Case, _said: Said) -> Changes:
    return {"extension_asked": True}


def _extend(_connection: Connection, case: Case, _said: Said) -> Changes:
    return {"extension_asked": False, "extensions": case["extensions"] + 1}


EFFECTS: Mapping[str, Callable[[Connection, Case, Said], Changes]] = {
    "dispatch": _send, "decline": _take_back, "recall": _take_back, "reopen": _take_back,
    "merge": _merge, "unmerge": _part, "suspend": _suspend, "resume": _resume,
    "ask_extension": _ask, "extend": _extend,
}  # fmt: skip


def _ending(state: str, before: str, at: datetime) -> Changes:
    """A case that ends has an end, and one that is reopened has none. A merged one goes by the
    clock of its root."""
    if state == rules.MERGED:
        return {"suspended_until": None}
    if state in rules.ENDED:
        return {"closed_at": at, "suspended_until": None}
    return {"closed_at": None} if before in rules.ENDED else {}


# --- The clock ----------------------------------------------------------------------------------


def _clock(case: Case, story: Sequence[Done], changes: Changes, calendar: Calendar) -> Changes:
    """The deadline of the state that the case is in now. What was given beyond a limit is given
    for that state alone."""
    state = str(changes["state"])
    more = int(str(changes.get("extensions", case["extensions"]))) if state == case["state"] else 0
    given: Changes = {} if state == case["state"] else {"extensions": 0, "extension_asked": False}
    since = rules.begun(state, story)
    if since is None:
        return {**given, "due_at": None, "due_limit": None, "due_provisional": False}
    name = rules.STRETCHES[state].limit
    once = CHECKING.get(name) or limits({own: case[own] for own in LIMITS})[name]
    limit = Limit(once.kind, once.amount * (1 + more))
    found = clock.due(limit, since, calendar, list(rules.pauses(story)))
    return {**given, "due_at": found.at, "due_limit": str(limit),
            "due_provisional": found.provisional}  # fmt: skip
