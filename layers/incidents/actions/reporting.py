"""A report comes in: once, however often it is sent, and with the grid that it lies in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from geo.cells import cells_of
from layers.access import Actor, Verb, may
from layers.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from layers.incidents.actions.answering import Asking
from layers.incidents.queries import RESOLUTION, Case
from layers.incidents.queries.doubt import JUDGED_TO_M
from layers.incidents.rules import GRID_WORKER, REPORTED
from layers.incidents.tables import Incident
from layers.journal.actions import by_token

LonLat = tuple[float, float]
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
"""A phone's clock may be so wrong, and no more: deadlines are counted from what it says."""


STAFF = "staff"


def own_source(actor: Actor) -> str:
    """What a report comes from of which nobody said so: valid reports are a grid worker's."""
    return GRID_WORKER if Verb.CHECK in actor.verbs else STAFF


def check_source(source: str, actor: Actor) -> None:
    """Raise Forbidden unless the actor may say that a report comes from there: what a grid worker
    found is a grid worker's word, and what came from outside the word of whoever answers there."""
    needed = Verb.CHECK if source == GRID_WORKER else Verb.CONTACT
    if source != STAFF and needed not in actor.verbs:
        raise Forbidden("may_not_source", source=source)


@dataclass(frozen=True)
class Report:
    """What somebody reports. `place` is on WGS 84; `x`, `y`, `datum` are the place as it came.

    `content` is a digest of all that was sent, by which the same report sent again is known.
    `named`: what it comes from is what its sender says, and not what we know of the way it came.
    """

    id: UUID
    source: str
    matter: str
    place: LonLat
    x: float
    y: float
    datum: str
    occurred_at: datetime
    content: bytes
    accuracy_m: float | None = None
    sensed: LonLat | None = None
    address: str | None = None
    description: str | None = None
    answers: Mapping[str, Sequence[str]] | None = None
    named: bool = False


def report(
    connection: Connection, new: Report, *, actor: Actor, at: datetime, zone: ZoneInfo
) -> Case | None:
    """Keep a report: its row, or None where it was kept before. Where it lies does not matter: a
    case in nobody's grid goes to the bureau's pool."""
    (outcome,) = report_all(connection, [new], actor=actor, at=at, zone=zone)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def report_all(
    connection: Connection, new: Sequence[Report], *, actor: Actor, at: datetime, zone: ZoneInfo
) -> list[Case | Refused | None]:
    """Keep reports in one statement, each judged alone: its row where it is new, None where it was
    kept before, or why it cannot be kept."""
    asking = Asking(connection, {each.matter for each in new})
    judged = [_judged(each, asking, actor, at) for each in new]
    rows: dict[UUID, Row] = {}
    for row in judged:  # the first of an id that is good is kept
        if not isinstance(row, Refused):
            rows.setdefault(row["id"], row)
    kept = _keep(connection, [*rows.values()], actor, at, zone) if rows else {}
    return [
        kept.pop(each.id) if row is rows.get(each.id) and each.id in kept
        else _not_kept(connection, each, row)
        for each, row in zip(new, judged, strict=True)
    ]  # fmt: skip


Row = dict[str, Any]


def _judged(new: Report, asking: Asking, actor: Actor, at: datetime) -> Row | Refused:
    """What is known of it before it is kept."""
    try:
        may(actor, Verb.REPORT, ())
        if new.named:
            check_source(new.source, actor)
        answers = asking.settled(new.matter, new.answers or {})
        _check_moment(new.occurred_at, at)
    except Refused as refusal:
        return refusal
    return {
        "id": new.id, "source": new.source, "matter": new.matter, "lon": new.place[0],
        "lat": new.place[1], "x": new.x, "y": new.y, "datum": new.datum,
        "accuracy_m": new.accuracy_m, "occurred_at": new.occurred_at, "address": new.address,
        "description": new.description, "answers": answers, "content": new.content.hex(),
        "sensed": new.sensed, "event_id": uuid4(),
    }  # fmt: skip


def _keep(
    connection: Connection, rows: Sequence[Row], actor: Actor, at: datetime, zone: ZoneInfo
) -> dict[UUID, Case]:
    """Those that were not there yet, as a list of cases has them."""
    cells = cells_of([(row["lon"], row["lat"]) for row in rows], RESOLUTION)
    for row, cell in zip(rows, cells.tolist(), strict=True):
        row["cell"], row["day"] = cell, row["occurred_at"].astimezone(zone).date()
    given = {
        "rows": rows, "by": actor.name, "at": at, "year": f"{at.astimezone(zone):%y}",
        "by_token": by_token(actor),
    }  # fmt: skip
    told = {row["id"]: row for row in connection.execute(KEEP, given).mappings()}
    return {row["id"]: _fresh(row, told[row["id"]], actor, at) for row in rows if row["id"] in told}


def _fresh(row: Row, told: RowMapping, actor: Actor, at: datetime) -> Case:
    """Nothing is asked again of what was just written."""
    first = {
        **FIRST, "event_id": row["event_id"], "by": actor.name,
        "happened_at": min(row["occurred_at"], at), "received_at": at,
    }  # fmt: skip
    return {**NEW, **row, **told, "external_id": str(row["id"]), "received_at": at,
            "reported_by": actor.name, "reported": first}  # fmt: skip


NEW: Case = {
    "state": REPORTED, "version": 1, "occurred_precision": "minute", "squad": None,
    "check_grid": None, "merged_into": None, "closed_at": None, "due_at": None, "due_limit": None,
    "due_provisional": False, "suspended_until": None, "extensions": 0, "extension_asked": False,
    "suspensions": 0, "promised_by": None,
    "sent_at": None, "returned": False, "released": False, "priority": None,
}  # fmt: skip
FIRST: Case = {
    "version": 1, "verb": "report", "from_state": "", "to_state": REPORTED, "late": False,
    "reason": None, "details": {}, "photos": [],
}  # fmt: skip


def _check_moment(occurred_at: datetime, at: datetime) -> None:
    if not EARLIEST <= occurred_at <= at + CLOCKS_DIFFER:
        raise Invalid("bad_moment", at=occurred_at.isoformat())


def _not_kept(connection: Connection, new: Report, row: object) -> Refused | None:
    """None where this very report is there already; or else why it is not kept now."""
    try:
        if was_kept(connection, new.id, new.content):
            return None
    except Conflict as other:
        return other
    if isinstance(row, Refused):
        return row
    by_file = select(Incident.id).where(
        Incident.source == new.source, Incident.external_id == str(new.id)
    )
    known = connection.execute(by_file).one_or_none()
    return Conflict("other_content", id=new.id) if known else NotFound("no_incident", id=new.id)


def was_kept(connection: Connection, report_id: UUID, content: bytes) -> bool:
    """Whether this very report is there already; of one out of sight nothing is told."""
    asked = select(Incident.content).where(Incident.id == report_id)
    kept = connection.execute(asked).one_or_none()
    if kept is not None and (kept.content is None or bytes(kept.content) != content):
        raise Conflict("other_content", id=report_id)
    return kept is not None


KEEP = text("""
    WITH given AS (
        SELECT *, ST_Point(lon, lat, 4326) AS place FROM jsonb_to_recordset(:rows) AS (
            id uuid, source text, matter text, lon float, lat float, x float, y float, datum text,
            accuracy_m float, cell bigint, day date, occurred_at timestamptz, address text,
            description text, content text, sensed float[], answers jsonb, event_id uuid)),
    put AS (
        INSERT INTO incidents (
            id, source, external_id, matter_code, state, place, x, y, datum, accuracy_m, grid_id,
            cell, occurred_at, occurred_precision, received_at, address, description, case_no,
            version, content, reported_by, sensed, answers)
        SELECT id, source, id::text, matter, 'reported', place, x, y, datum, accuracy_m,
            grid_at(place, day), cell, occurred_at, 'minute', :at, address, description,
            :year || '-' || to_char(nextval('case_numbers'), 'FM999999999000000'), 1,
            decode(content, 'hex'), :by, ST_Point(sensed[1], sensed[2], 4326), answers
        FROM given WHERE (SELECT true FROM incidents i WHERE i.id = given.id) IS NULL
        ON CONFLICT DO NOTHING
        RETURNING id, case_no, matter_code, place, accuracy_m, grid_id, occurred_at),
    stepped AS (
        INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
            happened_at, received_at, late, details)
        SELECT id, 1, event_id, 'report', '', 'reported', :by, least(put.occurred_at, :at), :at,
            false, '{}'
        FROM put JOIN given USING (id)),
    noted AS (
        INSERT INTO journal (at, actor, verb, kind, subject, details)
        SELECT :at, :by, 'report', 'incidents', id::text,
            jsonb_build_object('matter', matter_code) || :by_token
        FROM put)
    SELECT put.id, case_no, grids.code AS grid, township_code AS township,
        name_zh AS matter_zh, name_en AS matter_en, priority AS matter_priority,
        photos_before, photos_after,
        CASE WHEN grid_id IS NOT NULL AND accuracy_m > 0 AND accuracy_m <= :judged_to_m
            THEN spreads(place, accuracy_m, grid_id, occurred_at::date) ELSE false END AS uncertain
    FROM put JOIN matters ON matters.code = matter_code LEFT JOIN grids ON grids.id = grid_id
""").bindparams(
    bindparam("rows", type_=JSONB()), bindparam("by_token", type_=JSONB()), judged_to_m=JUDGED_TO_M
)
"""Keeps those that are not there yet, and tells of them what only the database knows. Each id is
looked up by itself: a session that planned to join them with few cases would go on to read all,
however many they have become."""
