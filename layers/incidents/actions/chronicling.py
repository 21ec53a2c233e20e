"""What became of cases before they came here: the steps of their loop, told afterwards."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast
from uuid import uuid4
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    text,
    update,
)

from layers import flow
from layers.access import Actor, Verb, may
from layers.clock import Calendar
from layers.incidents import rules
from layers.incidents.actions.saying import Case, Changes
from layers.incidents.actions.timing import clock_of
from layers.incidents.rules import FLOW, Done
from layers.incidents.tables import Incident, Step
from layers.journal.actions import note


def chronicle(
    connection: Connection, told: pd.DataFrame, *, actor: Actor, at: datetime, calendar: Calendar
) -> int:
    """Keep what is told of imported cases with which nobody has taken a step here; how many cases
    those were.

    `told`: source, external_id, verb, happened_at, squad, reason, until; in order for each case.
    Raises Conflict where a step was not open then: what cannot have been is not kept.
    """
    may(actor, Verb.IMPORT)
    by_case = {key: rows.to_dict("records")
               for key, rows in told.groupby(["source", "external_id"], sort=False)}  # fmt: skip
    sources, numbers = zip(*by_case, strict=True) if by_case else ((), ())
    found = connection.execute(CASES, {"sources": list(sources), "numbers": list(numbers)})
    lives = [_lived(case, by_case[case["source"], case["external_id"]], calendar)
             for case in found.mappings().all()]  # fmt: skip
    if lives:
        own = {"by": actor.name, "received_at": at, "late": True}
        connection.execute(insert(Step), [step | own for _, steps in lives for step in steps])
        connection.execute(_became(calendar.zone), [became for became, _ in lives])
    note(connection, "chronicle", "incidents", "", actor=actor, at=at, cases=len(lives))
    return len(lives)


CASES = text("""
    SELECT i.id, i.source, i.external_id, i.occurred_at, i.occurred_at AS received_at, i.version,
        '' AS state, NULL::timestamptz AS due_at, 0 AS extensions, 0 AS suspensions,
        '{}'::text[] AS sent_to,
        m.arrive_limit AS arrive, m.simple_limit AS simple, m.opinion_limit AS opinion,
        m.complex_limit AS complex
    FROM unnest(CAST(:sources AS text[]), CAST(:numbers AS text[])) AS told(source, external_id)
    JOIN incidents i USING (source, external_id) JOIN matters m ON m.code = i.matter_code
    WHERE i.version = 0 AND NOT i.withdrawn
""")
KEPT = (
    "state", "version", "updated_at", "closed_at", "squad_code", "sent_to", "due_at", "due_limit",
    "due_provisional", "extensions", "extension_asked", "suspended_until", "suspensions",
    "promised_by",
)  # fmt: skip
NEXT: ColumnElement[str] = literal_column("to_char(nextval('case_numbers'), 'FM999999999000000')")


def number(zone: ZoneInfo) -> ColumnElement[str]:
    """Of a case that has none yet: its year there, and the next in the order in which they are
    given."""
    year = func.to_char(func.timezone(zone.key, Incident.occurred_at), "YY-", type_=Text)
    return year.concat(NEXT)


def _became(zone: ZoneInfo) -> Update:
    changes: Changes = {name: bindparam(f"new_{name}") for name in KEPT} | {"case_no": number(zone)}
    return update(Incident).where(Incident.id == bindparam("case")).values(changes)


def _lived(
    case: Case, rows: Iterable[Mapping[str, object]], calendar: Calendar
) -> tuple[Changes, list[Changes]]:
    """What a case has come to, and the steps that brought it there."""
    now: Changes = dict(case) | dict.fromkeys(("closed_at", "squad_code", "suspended_until"))
    story: list[Done] = []
    steps: list[Changes] = []
    reported = {"verb": "report", "happened_at": case["occurred_at"]}
    for row in (reported, *rows):
        verb, at = str(row["verb"]), cast(datetime, row["happened_at"])
        said = {name: row[name] for name in ("squad", "until") if pd.notna(row.get(name))}
        after = now | _effect(verb, said, now) | {"version": len(story) + 1, "updated_at": at}
        after["state"] = _state(str(now["state"]), verb)
        if after["state"] in rules.ENDED:
            after["closed_at"] = at
        story.append(Done(verb, at, str(now["state"])))
        steps.append(_row(now, after, said, row))
        now = after | clock_of(cast(Case, now), story, after, calendar)
    return {"case": case["id"], **{f"new_{name}": now[name] for name in KEPT}}, steps


def _state(before: str, verb: str) -> str:
    if not before:
        return rules.REPORTED
    target = FLOW.step(before, verb, ()).target
    return before if target == flow.SAME else target


def _effect(verb: str, said: Changes, now: Changes) -> Changes:
    had = cast(list[str], now["sent_to"])
    match verb:
        case "dispatch":
            return {"squad_code": said["squad"], "sent_to": [*had, *({said["squad"]} - set(had))]}
        case "decline":
            return {"squad_code": None}
        case "extend":
            return {"extensions": int(str(now["extensions"])) + 1, "extension_asked": False}
        case "suspend":
            stood = int(str(now["suspensions"]))
            return {"suspended_until": said["until"], "suspensions": stood + 1}
    return {}


def _row(now: Changes, after: Changes, said: Changes, row: Mapping[str, object]) -> Changes:
    return {
        "incident_id": now["id"], "version": after["version"], "event_id": uuid4(),
        "verb": row["verb"], "from_state": now["state"], "to_state": after["state"],
        "happened_at": row["happened_at"], "details": said, "due_at": now["due_at"],
        "reason": row["reason"] if pd.notna(row.get("reason")) else None,
    }  # fmt: skip
