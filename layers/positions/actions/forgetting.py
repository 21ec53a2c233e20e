"""Forgetting where squads went: what stays is how much of a day was spent in which grid."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from layers.access import Actor, Verb, may
from layers.positions.queries import ended_with_more
from layers.positions.rules import OLDEST

GAP_S = 300
"""Between fixes further apart nobody knows where a squad was."""
VISIT_MINUTES = 10
"""Who stays less passes through."""


def forget_tracks(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor, zone: ZoneInfo
) -> Sequence[str]:
    """Put the tracks of shifts that ended before a time together by grid and day, and delete them
    with what was noted of the shift: the ids of the shifts. What was sent after the end of a shift
    that was told late is put together with nothing."""
    may(actor, Verb.MANAGE)
    shifts = ended_with_more(connection, before, limit)
    if shifts:
        given = {"shifts": list(shifts), "zone": zone.key, "gap": GAP_S,
                 "visit": VISIT_MINUTES}  # fmt: skip
        connection.execute(KEEP, given)
        connection.execute(FORGET, given)
        connection.execute(FORGET_NOTES, given)
    return [str(shift) for shift in shifts]


def forget_after_end(connection: Connection, *, actor: Actor, at: datetime) -> None:
    """Delete what was sent after the end of a shift that was told late, once nothing more comes of
    that shift: nobody is followed off duty."""
    may(actor, Verb.MANAGE)
    connection.execute(FORGET_AFTER, {"before": at - OLDEST})


KEEP = text("""
    WITH fix AS (
        SELECT shift_id, device_code, place, (fix_time AT TIME ZONE :zone)::date AS day,
            extract(epoch FROM lead(fix_time) OVER track - fix_time) AS lasting
        FROM fixes JOIN shifts ON shifts.id = shift_id
        WHERE shift_id = ANY(:shifts) AND verdict = 'good' AND fix_time <= ends_at
        WINDOW track AS (PARTITION BY shift_id, device_code ORDER BY fix_time)),
    stay AS (
        SELECT code, day, shift_id, device_code,
            sum(CASE WHEN lasting <= :gap THEN lasting ELSE 0 END) / 60 AS minutes
        FROM fix JOIN grids ON grids.id = grid_at(place, day)
        GROUP BY code, day, shift_id, device_code),
    visit AS (
        SELECT code, day, shift_id, max(minutes) AS minutes FROM stay GROUP BY code, day, shift_id)
    INSERT INTO grid_days (grid_code, day, shifts, minutes)
    SELECT code, day, count(*) FILTER (WHERE minutes >= :visit), sum(minutes)
    FROM visit GROUP BY code, day
    ON CONFLICT (grid_code, day) DO UPDATE
    SET shifts = grid_days.shifts + excluded.shifts, minutes = grid_days.minutes + excluded.minutes
""")
"""A squad with several devices is in one place: the longest stay of any of them counts."""
FORGET = text("DELETE FROM fixes WHERE shift_id = ANY(:shifts)")
FORGET_AFTER = text("""
    DELETE FROM fixes USING shifts
    WHERE shifts.id = shift_id AND fix_time > ends_at AND ends_at < :before
""")
FORGET_NOTES = text("UPDATE shifts SET note = NULL WHERE id = ANY(:shifts) AND note IS NOT NULL")
