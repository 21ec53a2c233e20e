"""What a verb changes of a case beside its state."""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import func, text

from geo.cells import cells_of
from layers import db
from layers.access import Verb, holds_at
from layers.errors import Conflict, Forbidden, Invalid
from layers.grids.queries import township_at
from layers.incidents import queries, rules
from layers.incidents.actions.answering import Asking
from layers.incidents.actions.redacting import WORDS
from layers.incidents.actions.saying import Case, Changes, Correction, Turn
from layers.incidents.tables import Incident


def effect_of(turn: Turn) -> Changes:
    effect = EFFECTS.get(turn.said.verb)
    return {} if effect is None else effect(turn)


def standing(state: str, turn: Turn, done: rules.Done) -> Changes:
    """What a case is in whatever state a verb has brought it to."""
    return {
        "sent_at": rules.sent_at(state, [*turn.story, done]),
        "returned": rules.returned(state, turn.case["returned"], done.verb),
        **_ending(state, turn, done),
        **_looked(state, turn),
    }


def _ending(state: str, turn: Turn, done: rules.Done) -> Changes:
    """A case that ends has an end, and one that is reopened has none. A merged one goes by the
    clock of its root."""
    if state == rules.MERGED:
        return {"suspended_until": None}
    if state in rules.ENDED:
        unfiled = done.verb == "force_close" and done.state in rules.UNFILED
        return {"closed_at": done.happened_at, "suspended_until": None, "unfiled": unfiled}
    return {"closed_at": None, "unfiled": False} if done.state in rules.ENDED else {}


def _looked(state: str, turn: Turn) -> Changes:
    """The workers who were asked to look see the case until somebody goes on from what they found:
    what they tell may come twice, and must find it. A check that a merge broke off may go on."""
    looking = {turn.case["state"], state} & {*rules.CHECKS}
    return {} if looking and state not in rules.ENDED else {"check_grid": None}


def _send(turn: Turn) -> Changes:
    squad, had = turn.said.squad, turn.case["sent_to"]
    return {"squad_code": squad, "sent_to": [*had, *({squad} - set(had))]}


def _take_back(_turn: Turn) -> Changes:
    return {"squad_code": None}


def _merge(turn: Turn) -> Changes:
    """Into one case, one level deep: what was merged into this one goes along, in sight or not.
    Whoever merges must have the power over both. What has ended takes in nothing more: the thing
    may be back, and nobody would look. It is reopened first, or the new report stands alone."""
    case, into = turn.case, turn.said.into
    root = queries.locked(turn.connection, turn.actor, into) if into else case
    where = {"grid": root["grid"], "squad": root["squad"]}
    if not holds_at(turn.actor, Verb.FILE, root["township"], **where):
        raise Forbidden("may_not_step", step=turn.said.verb)
    if root["id"] == case["id"] or root["state"] == rules.MERGED:
        raise Invalid("no_root", into=into)
    if root["state"] in rules.ENDED:
        raise Conflict("root_ended", into=into)
    turn.connection.execute(ALONG, {"case": case["id"], "root": root["id"]})
    return {"merged_into": root["id"]}


ALONG = text("SELECT merge_along(:case, :root)")
"""The row policies hide what lies out of sight, so a function of the owner's does it."""


def _part(_turn: Turn) -> Changes:
    return {"merged_into": None}


def _ask_to_look(turn: Turn) -> Changes:
    """Whose workers are to look: of the case's own grid, or of the nearest that has any."""
    day = turn.at.astimezone(turn.calendar.zone).date()
    found = queries.checkers(turn.connection, turn.actor, turn.case["id"], day)
    return {"check_grid": found and found.grid}


def _suspend(turn: Turn) -> Changes:
    until = turn.said.until
    if until is not None:
        rules.check_until(until, turn.happened_at.astimezone(turn.calendar.zone).date())
    return {"suspended_until": until, "suspensions": turn.case["suspensions"] + 1}


def _resume(_turn: Turn) -> Changes:
    return {"suspended_until": None}


def _ask(_turn: Turn) -> Changes:
    return {"extension_asked": True}


def _refuse(_turn: Turn) -> Changes:
    return {"extension_asked": False}


def _prioritise(turn: Turn) -> Changes:
    return {"priority": turn.said.priority}


def _extend(turn: Turn) -> Changes:
    return {"extension_asked": False, "extensions": turn.case["extensions"] + 1}


def _amend(turn: Turn) -> Changes:
    """What is said now in place of what was said first. What was redacted stays so, and words that
    change have been read by nobody: they are not released."""
    case, now = turn.case, turn.said.report
    if now is None:
        return {}
    said = {name: value for name, value in _said(turn, now).items() if value != case[name]}
    if WORDS & said.keys():
        said["released"] = False
    return said | _placed(turn, now)


def _said(turn: Turn, now: Correction) -> Changes:
    given = {} if now.answers is None else now.answers
    case, connection = turn.case, turn.connection
    asking = Asking(connection, [now.matter])
    anew = now.matter != case["matter"]
    answers = asking.settled(now.matter, given, anew=anew)
    words = {} if case["redacted"] else {name: getattr(now, name) for name in WORDS}
    if case["redacted"] and not anew:
        answers = {code: told for code, told in answers.items() if code in case["answers"]}
    return {"matter_code": now.matter, "answers": answers, **words}


def _placed(turn: Turn, now: Correction) -> Changes:
    case = turn.case
    if (now.x, now.y, now.datum) == (case["x"], case["y"], case["datum"]):
        return {}
    place, day = _point(now.place), case["occurred_at"].astimezone(turn.calendar.zone).date()
    own = case["reported_by"] == turn.actor.name
    if not own:
        _check_reach(turn, now.place, day)
    return {
        "place": place, "x": now.x, "y": now.y, "datum": now.datum, "accuracy_m": now.accuracy_m,
        "sensed": (_point(now.sensed) if now.sensed else None) if own else _sensed(case),
        "cell": int(cells_of([now.place], queries.RESOLUTION)[0]),
        "grid_id": func.grid_at(place, day),
    }  # fmt: skip


def _check_reach(turn: Turn, place: tuple[float, float], day: date) -> None:
    """Whoever files for some townships cannot move what others reported out of them."""
    there = township_at(turn.connection, turn.actor, *place, day).code
    if not holds_at(turn.actor, Verb.FILE, there, grid=None, squad=None):
        raise Forbidden("place_beyond")


def _sensed(case: Case) -> object:
    """Where a worker's phone was stays known, whoever moves the point. What others told is as often
    the place of a name."""
    measured = case["source"] == rules.GRID_WORKER and case["accuracy_m"] is not None
    return func.coalesce(Incident.sensed, Incident.place) if measured else Incident.sensed


def _point(place: tuple[float, float]) -> object:
    return func.ST_Point(*place, db.SRID)


EFFECTS: Mapping[str, Callable[[Turn], Changes]] = {
    "request_check": _ask_to_look, "request_recheck": _ask_to_look,
    "dispatch": _send, "decline": _take_back, "recall": _take_back, "reopen": _take_back,
    "merge": _merge, "unmerge": _part, "suspend": _suspend, "resume": _resume,
    "ask_extension": _ask, "extend": _extend, "refuse_extension": _refuse, "amend": _amend,
    "prioritise": _prioritise,
}  # fmt: skip
