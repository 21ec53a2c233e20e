"""Sending squads: what is recommended for one case, and for all that wait together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, RowMapping

from api import nearest
from api.circumstances import Circumstances
from geo.assignment import Waiting, jointly, one_by_one, total, urgency, waiting
from geo.nearest import Candidate, Shortfall, SomeWalk, TravelTime, shortfall, straight_line
from layers import clock
from layers.access import Actor, Verb, holds_at, may
from layers.clock import Calendar
from layers.errors import Conflict, NotFound, Refused
from layers.holidays.queries import calendar
from layers.incidents import queries as cases
from layers.incidents.actions.stepping import Said, step
from layers.incidents.rules import priority
from layers.jurisdictions.queries import About, Competence, competent
from layers.matters.rules import LIMITS
from layers.queue import queries as jobs
from layers.squads import queries as squads
from layers.squads.queries import Start

JOB = "dispatch"
Engine = Callable[[Sequence[int | None]], TravelTime]
"""The engine of travel times for squads with so many vehicles each."""
EVERYBODY = 100_000


def recommended(
    connection: Connection, incident_id: UUID, squad: str, around: Circumstances
) -> dict[str, object]:
    """Where the squad that is sent stood among all for this case: kept with the step. Its `rank` is
    null when it was no recommendation at all."""
    spot = nearest.at_case(connection, incident_id, around)
    found = nearest.nearest(connection, spot, around, limit=EVERYBODY)
    ranking = found.ranking
    fit = (*ranking.squads, *ranking.beyond)
    place = next((n for n, one in enumerate(fit, 1) if one.code == squad), None)
    own = next((one for one in (*fit, *ranking.passed_over) if one.code == squad), None)
    way = {} if own is None else {"seconds": round(own.seconds), "metres": round(own.metres)}
    return {"rank": place, "of": len(fit), "method": found.method(squad), **way}


# --- All that wait, together --------------------------------------------------------------------


@dataclass(frozen=True)
class Open:
    """The cases that wait and may be given squads, those that may be sent and as what the ranking
    weighs them for any case, and who can go where."""

    cases: Sequence[RowMapping]
    squads: Sequence[Start]
    weighed: Sequence[Candidate]
    competence: Mapping[About, Competence] | None
    problem: Waiting
    engine: TravelTime


def solve(
    connection: Connection, _arguments: Mapping[str, object], around: Circumstances
) -> dict[str, object]:
    """`dispatch`: -> a proposal of squads for the waiting cases, with what it was made of."""
    found = look(connection, around, partial(around.engine, connection))
    pairs = jointly(found.problem)
    alone = total(found.problem, one_by_one(found.problem))
    together = total(found.problem, pairs)
    sent = {case for _, case in pairs}
    return {
        "method": _method(found, {squad for squad, _ in pairs}),
        "no_table": found.competence is None,
        "cases": len(found.cases), "crews": int(found.problem.slots.sum()),
        "late_s": together[0], "travel_s": together[1],
        "one_by_one": {"late_s": alone[0], "travel_s": alone[1]},
        "pairs": [_pair(found, *pair) for pair in pairs],
        "left": [_left(found, n) for n in range(len(found.cases)) if n not in sent],
    }  # fmt: skip


def _method(found: Open, sent: set[int]) -> str:
    """How the times were reckoned of those who are sent."""
    drives = any(found.squads[one].vehicles != 0 for one in sent)
    if isinstance(found.engine, SomeWalk) and sent and not drives:
        return found.engine.walking.method
    return found.engine.method


def look(connection: Connection, around: Circumstances, ask: Engine) -> Open:
    """What there is to decide upon, now."""
    settings = around.settings
    wait = [case for case in cases.waiting(connection, around.actor) if _mine(around.actor, case)]
    abouts = set(map(_about, wait))
    across = squads.Across([about.matter for about in abouts],
                           [about.township for about in abouts], around.today)  # fmt: skip
    rows = squads.starts(connection, around.actor, around.at, across=across,
                         rest=settings.rest_for, stale=settings.stale_after)  # fmt: skip
    found = competent(connection, [_about(case) for case in wait], around.today)
    days = calendar(connection, settings.zone, settings.shifts)
    due = [_due(case, days, around.at) for case in wait]
    weighed = [nearest.candidate(row, About(None, None), None, settings.rest_for.total_seconds())
               for row in rows]  # fmt: skip
    engine = ask([row.vehicles for row in rows])
    seconds = _times(wait, rows, found, engine)
    weight = urgency([_presses(case) for case in wait], due)
    slots = [_free(*pair) for pair in zip(rows, weighed, strict=True)]
    penalty = [sum(cost for _, cost in one.penalties) for one in weighed]
    return Open(wait, rows, weighed, found, waiting(seconds, due, weight, slots, penalty), engine)


def _mine(actor: Actor, case: RowMapping) -> bool:
    return holds_at(actor, Verb.DISPATCH, case["township"], grid=case["grid"], squad=None)


def _about(case: RowMapping) -> About:
    return About(case["matter"], case["township"])


def _presses(case: RowMapping) -> int:
    return priority(case["priority"], case["matter_priority"])


def _free(squad: Start, weighed: Candidate) -> int:
    return 0 if weighed.unfit else max(squad.crews - squad.occupying, 0)


def _due(case: RowMapping, days: Calendar, at: datetime) -> float:
    """In how many seconds somebody should be there: the bureau's promise counts from the report. A
    case that came filed from a file has none yet."""
    if case["promised_by"] is not None:
        return float((case["promised_by"] - at).total_seconds())
    own = case["arrive_limit"]
    limit = clock.limit_of(own) if own else LIMITS["arrive"]
    due = clock.due(limit, case["received_at"], days).at or at
    return (due - at).total_seconds()


def _times(
    wait: Sequence[RowMapping], rows: Sequence[Start],
    found: Mapping[About, Competence] | None, engine: TravelTime,
) -> NDArray[np.float64]:  # fmt: skip
    """(squads, cases) seconds until each could be there, inf where it is not competent."""
    starts = np.array([(row.lon, row.lat) for row in rows], np.float64).reshape(-1, 2)
    places = np.array([(case["lon"], case["lat"]) for case in wait], np.float64).reshape(-1, 2)
    if not len(starts) or not len(places):
        return np.empty((len(starts), len(places)))
    seconds, _ = engine.table(starts, places)
    if found is None:
        return seconds
    units = {unit: number for number, unit in enumerate({row.unit for row in rows})}
    may = np.array([[unit in found[_about(case)] for case in wait] for unit in units])
    return np.where(may[[units[row.unit] for row in rows]], seconds, np.inf)


def _pair(found: Open, squad: int, case: int) -> dict[str, object]:
    row, own = found.squads[squad], found.cases[case]
    return {
        "incident": str(own["id"]), "case_no": own["case_no"], "version": own["version"],
        "priority": _presses(own), "squad": row.code, "name": row.name,
        "seconds": round(float(found.problem.seconds[squad, case])),
        "due_in_s": round(float(found.problem.due[case])), "on_foot": row.vehicles == 0,
        "reasons": [code for code, _ in found.weighed[squad].penalties],
    }  # fmt: skip


def _left(found: Open, case: int) -> dict[str, object]:
    own = found.cases[case]
    return {"incident": str(own["id"]), "case_no": own["case_no"], "version": own["version"],
            "priority": _presses(own), "why": _why_left(found, case)}  # fmt: skip


def _why_left(found: Open, case: int) -> Shortfall:
    """As of a case by itself; but whoever could go is sent to another one."""
    if found.problem.slots[np.isfinite(found.problem.seconds[:, case])].any():
        return Shortfall.NONE_FREE
    about = _about(found.cases[case])
    own = None if found.competence is None else found.competence[about]
    candidates = [nearest.candidate(row, about, own, rest_s=0) for row in found.squads]
    return shortfall(candidates, reachable=False)


# --- A proposal is looked at, and taken ---------------------------------------------------------


@dataclass(frozen=True)
class Chosen:
    """A squad for a case; `version` is the case that whoever chose it saw."""

    incident: UUID
    squad: str
    version: int | None = None


def proposal(connection: Connection, job_id: UUID, around: Circumstances) -> dict[str, object]:
    """A proposal as it was made, each pair with what keeps it from being taken now; and how many
    cases wait by now of which it does not know."""
    made = _result(connection, job_id, around)
    found = look(
        connection, around, lambda _: straight_line()
    )  # only who waits and who is free counts here
    now = {str(case["id"]): case["version"] for case in found.cases}
    free = {row.code: slots > 0
            for row, slots in zip(found.squads, found.problem.slots, strict=True)}  # fmt: skip
    pairs = [{**pair, "stale": _stale(pair, now, free)} for pair in made["pairs"]]
    known = {each["incident"] for each in (*made["pairs"], *made["left"])}
    new = len(now.keys() - known)
    stale = new > 0 or any(pair["stale"] for pair in pairs)
    return {**made, "job": str(job_id), "pairs": pairs, "new": new, "stale": stale}


def _stale(pair: Mapping[str, Any], now: Mapping[str, int], free: Mapping[str, bool]) -> str | None:
    if pair["incident"] not in now:
        return "not_waiting"
    if now[pair["incident"]] != pair["version"]:
        return "changed"
    return None if free.get(pair["squad"]) else "not_free"


def _result(connection: Connection, job_id: UUID, around: Circumstances) -> dict[str, Any]:
    job = jobs.one(connection, around.actor, job_id)
    if job["name"] != JOB:
        raise NotFound("no_job", id=job_id)
    if job["state"] == "failed":
        raise Conflict("not_solved", id=job_id)
    if job["result"] is None:
        raise Conflict("not_solved_yet", id=job_id)
    return dict(job["result"])


def commit(
    connection: Connection, job_id: UUID, chosen: Sequence[Chosen] | None, around: Circumstances
) -> Iterator[tuple[Chosen, Refused | None]]:
    """Send the squads of a proposal, or those chosen in place of them; each pair is judged anew and
    alone. Sent again, it is the same; a case that came back and is seen anew is sent anew.

    All cases and then all squads are held first (layers.incidents.actions.reserving).
    """
    may(around.actor, Verb.DISPATCH, ())
    made = _result(connection, job_id, around)
    pairs = _proposed(made) if chosen is None else chosen
    versions = {each.incident: each.version for each in _proposed(made)}
    cases.hold(connection, {pair.incident for pair in pairs})
    squads.hold(connection, {pair.squad for pair in pairs})
    days = calendar(connection, around.settings.zone, around.settings.shifts)
    for pair in pairs:
        seen = pair.version if pair.version is not None else versions.get(pair.incident)
        said = Said(
            "dispatch", uuid5(job_id, f"{pair.incident} {pair.squad} {seen}"), around.at,
            seen_version=seen, squad=pair.squad, noted=partial(_noted, made, job_id, pair),
        )  # fmt: skip
        yield pair, _sent(connection, pair.incident, said, days, around)


def _proposed(made: Mapping[str, Any]) -> list[Chosen]:
    return [Chosen(UUID(pair["incident"]), pair["squad"], pair["version"])
            for pair in made["pairs"]]  # fmt: skip


def _noted(made: Mapping[str, Any], job_id: UUID, pair: Chosen) -> dict[str, object]:
    """What the proposal said of this squad for this case, if it is the one it had chosen."""
    own = (str(pair.incident), pair.squad)
    seconds = [said["seconds"] for said in made["pairs"]
               if (said["incident"], said["squad"]) == own]  # fmt: skip
    told = {"proposal": str(job_id), "proposed": bool(seconds), "method": made["method"]}
    return {"recommendation": told | ({"seconds": seconds[0]} if seconds else {})}


def _sent(
    connection: Connection, incident_id: UUID, said: Said, days: Calendar, around: Circumstances
) -> Refused | None:
    try:
        with connection.begin_nested():
            step(connection, incident_id, said, actor=around.actor, at=around.at, calendar=days)
    except Refused as refusal:
        return refusal
    return None
