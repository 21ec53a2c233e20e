"""A report comes in: once, however often it is sent, and with the grid that it lies in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from geo.cells import cells_of
from layers.access import Actor, Verb, may
from layers.errors import Conflict, Invalid, NotFound, Refused
from layers.incidents.actions.answering import Asking
from layers.incidents.queries import RESOLUTION
from layers.incidents.queries.doubt import JUDGED_TO_M
from layers.incidents.tables import Incident
from layers.journal.actions import by_token

LonLat = tuple[float, float]
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
"""A phone's clock may be so wrong, and no more: deadlines are counted from what it says."""


@dataclass(frozen=True)
class Report:
    """What somebody reports. `place` is on WGS 84; `x`, `y`, `datum` are the place as it came.

    `content` is a digest of all that was sent, by which the same report sent again is known.
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


def report(
    connection: Connection, new: Report, *, actor: Actor, at: datetime, zone: ZoneInfo
) -> RowMapping | None:
    """Keep a report: its row, or None where it was kept before. Where it lies does not matter: a
    case in nobody's grid goes to the bureau's pool."""
    (outcome,) = report_all(connection, [new], actor=actor, at=at, zone=zone)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def report_all(
    connection: Connection, new: Sequence[Report], *, actor: Actor, at: datetime, zone: ZoneInfo
) -> list[RowMapping | Refused | None]:
    """Keep reports in one statement, each judged alone: its row where it is new, None where it was
    kept before, or why it cannot be kept."""
    asking = Asking(connection, {each.matter for each in new})
    rows = [_row(each, asking, actor, at, zone) for each in new]
    given = {
        "rows": [row for row in rows if not isinstance(row, Refused)],
        "by": actor.name, "at": at, "year": f"{at.astimezone(zone):%y}",
        "by_token": by_token(actor),
    }  # fmt: skip
    kept = {row["id"]: row for row in connection.execute(KEEP, given).mappings()}
    return [
        kept.pop(each.id, None) or _not_kept(connection, each, row)
        for each, row in zip(new, rows, strict=True)
    ]


def _row(
    new: Report, asking: Asking, actor: Actor, at: datetime, zone: ZoneInfo
) -> dict[str, object] | Refused:
    try:
        may(actor, Verb.REPORT, ())
        answers = asking.settled(new.matter, new.answers or {})
        _check_moment(new.occurred_at, at)
    except Refused as refusal:
        return refusal
    sensed_lon, sensed_lat = new.sensed or (None, None)
    return {
        "id": new.id, "source": new.source, "matter": new.matter, "lon": new.place[0],
        "lat": new.place[1], "x": new.x, "y": new.y, "datum": new.datum,
        "accuracy_m": new.accuracy_m, "cell": int(cells_of([new.place], RESOLUTION)[0]),
        "day": new.occurred_at.astimezone(zone).date(), "occurred_at": new.occurred_at,
        "address": new.address, "description": new.description, "content": new.content.hex(),
        "sensed_lon": sensed_lon, "sensed_lat": sensed_lat, "answers": answers,
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
            description text, content text, sensed_lon float, sensed_lat float, answers jsonb)),
    put AS (
        INSERT INTO incidents (
            id, source, external_id, matter_code, state, place, x, y, datum, accuracy_m, grid_id,
            cell, occurred_at, occurred_precision, received_at, address, description, case_no,
            version, content, reported_by, sensed, answers)
        SELECT id, source, id::text, matter, 'reported', place, x, y, datum, accuracy_m,
            grid_at(place, day), cell, occurred_at, 'minute', :at, address, description,
            :year || '-' || to_char(nextval('case_numbers'), 'FM999999999000000'), 1,
            decode(content, 'hex'), :by, ST_Point(sensed_lon, sensed_lat, 4326), answers
        FROM given WHERE NOT EXISTS (SELECT FROM incidents i WHERE i.id = given.id)
        ON CONFLICT DO NOTHING RETURNING *),
    first AS (
        SELECT id AS incident_id, version, gen_random_uuid() AS event_id, 'report' AS verb,
            '' AS from_state, state AS to_state, reported_by AS by,
            least(occurred_at, received_at) AS happened_at, received_at,
            false AS late, NULL AS reason, '{}'::jsonb AS details, '{}'::uuid[] AS photos
        FROM put),
    stepped AS (
        INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
            happened_at, received_at, late, reason, details, photos)
        TABLE first),
    noted AS (
        INSERT INTO journal (at, actor, verb, kind, subject, details)
        SELECT received_at, reported_by, 'report', 'incidents', id::text,
            jsonb_build_object('matter', matter_code) || :by_token
        FROM put)
    SELECT put.*, matter_code AS matter, squad_code AS squad, ST_X(place) AS lon,
        ST_Y(place) AS lat, matters.name_zh AS matter_zh, matters.name_en AS matter_en,
        grids.code AS grid, grids.township_code AS township, to_jsonb(first) AS reported,
        CASE WHEN grid_id IS NOT NULL AND accuracy_m > 0 AND accuracy_m <= :judged_to_m
            THEN spreads(place, accuracy_m, grid_id, occurred_at::date) ELSE false END AS uncertain
    FROM put JOIN first ON first.incident_id = put.id
        JOIN matters ON matters.code = matter_code LEFT JOIN grids ON grids.id = grid_id
""").bindparams(
    bindparam("rows", type_=JSONB()), bindparam("by_token", type_=JSONB()), judged_to_m=JUDGED_TO_M
)
"""Keeps those that are not there yet, and gives them as a list of cases would."""
