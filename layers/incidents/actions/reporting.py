"""A report comes in: once, however often it is sent, and with the grid that it lies in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from geo.cells import cells_of
from layers.access import Actor, Verb, may
from layers.errors import Conflict, Invalid, NotFound
from layers.incidents.actions.answering import settled_answers
from layers.incidents.queries import RESOLUTION
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
) -> bool:
    """Keep a report; False where it was kept before. Where it lies does not matter: a case in
    nobody's grid goes to the bureau's pool."""
    may(actor, Verb.REPORT, ())
    if was_kept(connection, new.id, new.content):
        return False
    answers = settled_answers(connection, new.matter, new.answers or {})
    if not EARLIEST <= new.occurred_at <= at + CLOCKS_DIFFER:
        raise Invalid("bad_moment", at=new.occurred_at.isoformat())
    row = {
        "id": new.id, "source": new.source, "matter": new.matter, "lon": new.place[0],
        "lat": new.place[1], "x": new.x, "y": new.y, "datum": new.datum,
        "accuracy_m": new.accuracy_m, "cell": int(cells_of([new.place], RESOLUTION)[0]),
        "day": new.occurred_at.astimezone(zone).date(), "year": f"{at.astimezone(zone):%y}",
        "occurred_at": new.occurred_at, "at": at, "address": new.address,
        "description": new.description, "content": new.content, "by": actor.name,
        "sensed_lon": new.sensed and new.sensed[0], "sensed_lat": new.sensed and new.sensed[1],
        "answers": answers, "by_token": by_token(actor),
    }  # fmt: skip
    if connection.execute(KEEP, row).rowcount:
        return True
    if not was_kept(connection, new.id, new.content):  # another's, out of sight
        raise NotFound("no_incident", id=new.id)
    return False


def was_kept(connection: Connection, report_id: UUID, content: bytes) -> bool:
    """Whether this very report is there already; of one out of sight nothing is told."""
    asked = select(Incident.content).where(Incident.id == report_id)
    kept = connection.execute(asked).one_or_none()
    if kept is not None and (kept.content is None or bytes(kept.content) != content):
        raise Conflict("other_content", id=report_id)
    return kept is not None


KEEP = text("""
    WITH put AS (
        INSERT INTO incidents (
            id, source, external_id, matter_code, state, place, x, y, datum, accuracy_m, grid_id,
            cell, occurred_at, occurred_precision, received_at, address, description, case_no,
            version, content, reported_by, sensed, answers)
        SELECT CAST(:id AS uuid), :source, :id, :matter, 'reported', place, :x, :y, :datum,
            :accuracy_m, grid_at(place, CAST(:day AS date)), :cell, :occurred_at, 'minute', :at,
            :address, :description,
            :year || '-' || to_char(nextval('case_numbers'), 'FM999999999000000'), 1, :content, :by,
            ST_Point(:sensed_lon, :sensed_lat, 4326), :answers
        FROM (SELECT ST_Point(:lon, :lat, 4326) AS place) AS here
        ON CONFLICT (id) DO NOTHING RETURNING id, matter_code),
    stepped AS (
        INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
            happened_at, received_at, late, details)
        SELECT id, 1, id, 'report', '', 'reported', :by,
            least(CAST(:occurred_at AS timestamptz), :at), :at, false, '{}' FROM put)
    INSERT INTO journal (at, actor, verb, kind, subject, details)
    SELECT :at, :by, 'report', 'incidents', id::text,
        jsonb_build_object('matter', matter_code) || :by_token
    FROM put
""").bindparams(bindparam("answers", type_=JSONB()), bindparam("by_token", type_=JSONB()))
