"""Taking in what phones and trackers send, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import (
    ARRAY,
    Connection,
    DateTime,
    Integer,
    Row,
    Text,
    bindparam,
    column,
    func,
    select,
    text,
)

from geo.tracks import impossible
from layers.positions.rules import KEPT, Fix, Verdict, judged
from layers.positions.tables import Device
from layers.squads.queries import standing
from layers.squads.rules import FRESH
from layers.squads.tables import Squad


@dataclass(frozen=True)
class Sent:
    """What a device sent: the digest of its token, where it was, if it knew, what it calls itself,
    case folded, if it does, and when it was `still` there, if it says no more than that."""

    token_hash: bytes
    fix: Fix | None
    names: frozenset[str] = frozenset()
    still: datetime | None = None


@dataclass(frozen=True)
class _Kept:
    """The n-th of a batch, which is kept: who carries its device, and the shift whose track it
    belongs to."""

    n: int
    device: str
    squad: str
    shift: UUID | None
    fix: Fix
    verdict: Verdict


def take(
    connection: Connection, sent: Sequence[Sent], *, at: datetime, stale: timedelta = FRESH
) -> list[Verdict | None]:
    """Keep what was sent on duty; what is thought of each, None where the device is unknown.

    A device keeps a track of each shift of its squad; of a squad without a roster only the newest
    good position is kept. Whatever the order of arrival, the same fixes leave the same behind.
    """
    connection.execute(text("SET LOCAL synchronous_commit = off"))
    sent = _stayed(connection, sent, stale)
    known = _known(connection, {one.token_hash for one in sent})
    verdicts = [_alone(one, known, at) for one in sent]
    kept = _on_duty(connection, sent, verdicts, known, at)
    _hold_squads(connection, kept)
    wrong = _follow(connection, [one for one in kept if one.shift is not None], at)
    for one in kept:
        if wrong and (one.device, one.fix.fix_time) in wrong:
            verdicts[one.n] = Verdict.IMPOSSIBLE
    _move(connection, [one for one in kept if one.shift is None and one.verdict == Verdict.GOOD])
    return verdicts


def _stayed(connection: Connection, sent: Sequence[Sent], stale: timedelta) -> Sequence[Sent]:
    """A phone that lies still may say no more than that it is there: then it is where it was, while
    that is believed. Of several phones of a squad this is said by the one that knew it last."""
    still = {(one.token_hash, one.still) for one in sent if one.still}
    if not still:
        return sent
    hashes, times = zip(*still, strict=True)
    asked = {"hashes": list(hashes), "times": list(times), "stale": stale}
    places = {
        (row.token_hash, row.at): Fix(row.at, row.lon, row.lat, speed_ms=0.0)
        for row in connection.execute(STAYED, asked)
    }
    return [replace(one, fix=places.get((one.token_hash, one.still))) if one.still else one
            for one in sent]  # fmt: skip


STAYED = text("""
    SELECT d.token_hash, at, ST_X(s.position) AS lon, ST_Y(s.position) AS lat
    FROM unnest(CAST(:hashes AS bytea[]), CAST(:times AS timestamptz[])) AS given (token_hash, at)
    JOIN devices d USING (token_hash) JOIN squads s ON s.code = d.squad_code
    WHERE s.position_at > at - CAST(:stale AS interval) AND s.position_at <= at AND (
        NOT EXISTS (SELECT FROM devices o WHERE o.squad_code = s.code AND o.code <> d.code
            AND o.disabled_at IS NULL)
        OR EXISTS (SELECT FROM fixes JOIN shifts ON shifts.id = shift_id
            WHERE squad_code = s.code AND s.position_at BETWEEN starts_at AND ends_at
                AND device_code = d.code AND fix_time = s.position_at AND verdict = 'good'))
""")


Known = dict[bytes | None, Row[bytes | None, str, str]]
KNOWN = select(Device.token_hash, Device.code, Device.squad_code).where(
    Device.token_hash == func.any(bindparam("hashes")), Device.disabled_at.is_(None)
)


def _known(connection: Connection, hashes: set[bytes]) -> Known:
    return {row.token_hash: row for row in connection.execute(KNOWN, {"hashes": list(hashes)})}


def _alone(one: Sent, known: Known, at: datetime) -> Verdict | None:
    device = known.get(one.token_hash)
    if device is None:
        return None
    if one.names and device.code.casefold() not in one.names:
        return Verdict.MISNAMED
    return Verdict.INVALID if one.fix is None else judged(one.fix, at)


def _on_duty(
    connection: Connection, sent: Sequence[Sent], verdicts: list[Verdict | None], known: Known,
    at: datetime,
) -> list[_Kept]:  # fmt: skip
    """The fixes to keep; the verdict of the others that could be kept is OFF_DUTY from now on."""
    found = {
        n: (one.fix.by(at), known[one.token_hash])
        for n, one in enumerate(sent) if one.fix is not None and verdicts[n] in KEPT
    }  # fmt: skip
    shifts = _shifts(connection, {n: (row.squad_code, fix.fix_time)
                                  for n, (fix, row) in found.items()})  # fmt: skip
    kept = []
    for n, (fix, row) in found.items():
        if n in shifts:
            verdict = Verdict(verdicts[n] or "")
            kept.append(_Kept(n, row.code, row.squad_code, shifts[n], fix, verdict))
        else:
            verdicts[n] = Verdict.OFF_DUTY
    return kept


_GIVEN = (
    func.unnest(
        bindparam("numbers", type_=ARRAY(Integer)),
        bindparam("squads", type_=ARRAY(Text)),
        bindparam("times", type_=ARRAY(DateTime(timezone=True))),
    )
    .table_valued(
        column("n", Integer), column("squad", Text), column("fix_time", DateTime(timezone=True))
    )
    .render_derived(name="given")
)
_THEN = standing(_GIVEN.c.fix_time)
SHIFTS = (
    select(_GIVEN.c.n, _THEN.shift)
    .select_from(_GIVEN.join(_THEN.source, Squad.code == _GIVEN.c.squad))
    .where(_THEN.on_duty)
)


def _shifts(
    connection: Connection, asked: dict[int, tuple[str, datetime]]
) -> dict[int, UUID | None]:
    """The shift that was on at each fix, None where the squad is on duty without one."""
    if not asked:
        return {}
    squads, times = zip(*asked.values(), strict=True)
    given = {"numbers": list(asked), "squads": list(squads), "times": list(times)}
    return {row[0]: row[1] for row in connection.execute(SHIFTS, given)}


def _hold_squads(connection: Connection, kept: Sequence[_Kept]) -> None:
    """In one order, so that two batches, or a batch and whoever sends squads, never wait for each
    other in a circle."""
    squads = sorted({one.squad for one in kept})
    if squads:
        connection.execute(LOCK)
        connection.execute(HOLD, {"squads": squads})


LOCK = text("LOCK TABLE squads IN ROW EXCLUSIVE MODE")
"""What an update takes, before the rows: an import that locks the table in between would wait for
the rows, and the update for it."""
HOLD = text("SELECT FROM squads WHERE code = ANY(:squads) ORDER BY code FOR NO KEY UPDATE")


# --- With a track -------------------------------------------------------------------------------


def _follow(
    connection: Connection, kept: Sequence[_Kept], at: datetime
) -> set[tuple[str, datetime]]:
    """Put fixes into the tracks of their shifts, judge them and their neighbours anew, and see
    where the squads are by them. Device and time of those that are impossible from now on."""
    if not kept:
        return set()
    new = connection.execute(PUT, {**_columns(kept), "at": at}).all()
    if not new:  # all of them were there
        return set()
    spans: dict[tuple[UUID, str], tuple[datetime, datetime]] = {}
    for row in new:
        first, last = spans.get((row.shift_id, row.device_code), (row.fix_time, row.fix_time))
        spans[row.shift_id, row.device_code] = min(first, row.fix_time), max(last, row.fix_time)
    wrong = _judge(connection, spans)
    connection.execute(PLACE, {"shifts": list({shift for shift, _ in spans})})
    return wrong


def _columns(kept: Sequence[_Kept]) -> dict[str, list[object]]:
    return {
        "shifts": [one.shift for one in kept],
        "devices": [one.device for one in kept],
        "times": [one.fix.fix_time for one in kept],
        "lons": [one.fix.lon for one in kept],
        "lats": [one.fix.lat for one in kept],
        "accuracies": [one.fix.accuracy_m for one in kept],
        "speeds": [one.fix.speed_ms for one in kept],
        "verdicts": [one.verdict.value for one in kept],
    }


def _rank(row: str) -> str:
    """Of fixes of one device at one time the one that may be right is kept, then the most accurate,
    and of equal ones always the same: an order that does not hang on which came first."""
    return (
        f"({row}.verdict = 'mock', {row}.verdict = 'poor', coalesce({row}.accuracy_m, 'Infinity'),"
        f" ST_X({row}.place), ST_Y({row}.place), coalesce({row}.speed_ms, -1))"
    )


GIVEN = """
    unnest(CAST(:shifts AS uuid[]), CAST(:devices AS text[]), CAST(:times AS timestamptz[]),
           CAST(:lons AS float8[]), CAST(:lats AS float8[]), CAST(:accuracies AS float8[]),
           CAST(:speeds AS float8[]), CAST(:verdicts AS text[]))
      AS given (shift_id, device_code, fix_time, lon, lat, accuracy_m, speed_ms, verdict)
"""
PUT = text(f"""
    WITH placed AS (SELECT *, ST_Point(lon, lat, 4326) AS place FROM {GIVEN})
    INSERT INTO fixes (shift_id, device_code, fix_time, received_at, place, accuracy_m, speed_ms,
                       verdict)
    SELECT DISTINCT ON (shift_id, device_code, fix_time)
        shift_id, device_code, fix_time, :at, place, accuracy_m, speed_ms, verdict
    FROM placed ORDER BY shift_id, device_code, fix_time, {_rank("placed")}
    ON CONFLICT (shift_id, device_code, fix_time) DO UPDATE
    SET (received_at, place, accuracy_m, speed_ms, verdict) =
        (excluded.received_at, excluded.place, excluded.accuracy_m, excluded.speed_ms,
         excluded.verdict)
    WHERE {_rank("excluded")} < {_rank("fixes")}
    RETURNING shift_id, device_code, fix_time
""")


def _judge(
    connection: Connection, spans: dict[tuple[UUID, str], tuple[datetime, datetime]]
) -> set[tuple[str, datetime]]:
    """Judge what is new, the one before it and the two after it: see geo.tracks. The outermost that
    are read are their neighbours. Those that are impossible from now on."""
    keys, times = zip(*sorted(spans.items()), strict=True)
    shifts, devices = zip(*keys, strict=True)
    firsts, lasts = zip(*times, strict=True)
    asked = {"shifts": list(shifts), "devices": list(devices),
             "firsts": list(firsts), "lasts": list(lasts)}  # fmt: skip
    rows = connection.execute(AROUND, asked).all()
    if not rows:
        return set()
    track = np.array([row.track for row in rows])
    found = impossible(
        np.array([row.seconds for row in rows], dtype=np.float64),
        np.array([(row.lon, row.lat) for row in rows], dtype=np.float64),
        np.array([row.spread_m for row in rows], dtype=np.float64),
        first=np.concatenate([[True], track[1:] != track[:-1]]),
    )
    changed = [row for row, wrong in zip(rows, found.tolist(), strict=True)
               if not row.outermost and row.impossible != wrong]  # fmt: skip
    if changed:
        connection.execute(JUDGE, {
            "shifts": [row.shift_id for row in changed],
            "devices": [row.device_code for row in changed],
            "times": [row.fix_time for row in changed],
        })  # fmt: skip
    return {(row.device_code, row.fix_time) for row in changed if not row.impossible}


PLAUSIBLE = "verdict IN ('good', 'impossible')"
"""By itself there is nothing wrong with it."""
AROUND = text(f"""
    SELECT track, shift_id, device_code, fix_time, verdict = 'impossible' AS impossible, outermost,
        extract(epoch FROM fix_time)::float8 AS seconds, ST_X(place) AS lon, ST_Y(place) AS lat,
        coalesce(accuracy_m, 0) AS spread_m
    FROM unnest(CAST(:shifts AS uuid[]), CAST(:devices AS text[]), CAST(:firsts AS timestamptz[]),
                CAST(:lasts AS timestamptz[])) WITH ORDINALITY
        AS span (shift, device, first, last, track)
    CROSS JOIN LATERAL (
        (SELECT *, row_number() OVER (ORDER BY fix_time DESC) = 2 AS outermost FROM fixes
         WHERE shift_id = shift AND device_code = device AND fix_time < first AND {PLAUSIBLE}
         ORDER BY fix_time DESC LIMIT 2)
        UNION ALL
        (SELECT *, false FROM fixes
         WHERE shift_id = shift AND device_code = device AND fix_time BETWEEN first AND last
           AND {PLAUSIBLE})
        UNION ALL
        (SELECT *, row_number() OVER (ORDER BY fix_time) = 3 FROM fixes
         WHERE shift_id = shift AND device_code = device AND fix_time > last AND {PLAUSIBLE}
         ORDER BY fix_time LIMIT 3)
    ) AS near
    ORDER BY track, fix_time
""")
JUDGE = text("""
    UPDATE fixes SET verdict = CASE verdict WHEN 'good' THEN 'impossible' ELSE 'good' END
    FROM unnest(CAST(:shifts AS uuid[]), CAST(:devices AS text[]), CAST(:times AS timestamptz[]))
      AS wrong (shift, device, time)
    WHERE shift_id = shift AND device_code = device AND fix_time = time
""")
PLACE = text("""
    UPDATE squads SET position = newest.place, position_at = newest.fix_time
    FROM (
        SELECT DISTINCT ON (squad_code) squad_code, ends_at, place, fix_time
        FROM shifts CROSS JOIN LATERAL (
            SELECT place, fix_time, device_code FROM fixes
            WHERE shift_id = shifts.id AND verdict = 'good'
            ORDER BY fix_time DESC, device_code LIMIT 1
        ) AS last
        WHERE shifts.id = ANY(:shifts) ORDER BY squad_code, fix_time DESC
    ) AS newest
    WHERE squads.code = newest.squad_code
        AND (position_at IS NULL OR position_at < newest.ends_at)
        AND (position, position_at) IS DISTINCT FROM (newest.place, newest.fix_time)
""")
"""The newest good fix of a squad's newest shift is where it was last, unless a later shift knows
better. It may be an older one than a moment ago, when a late fix shows that the newest cannot be.
"""


# --- Without a track ----------------------------------------------------------------------------


def _move(connection: Connection, kept: Sequence[_Kept]) -> None:
    """The newest good position of squads on duty without a roster."""
    if kept:
        connection.execute(MOVE, {
            "codes": [one.squad for one in kept],
            "times": [one.fix.fix_time for one in kept],
            "lons": [one.fix.lon for one in kept],
            "lats": [one.fix.lat for one in kept],
        })  # fmt: skip


MOVE = text("""
    UPDATE squads SET position = newest.place, position_at = newest.fix_time
    FROM (
        SELECT DISTINCT ON (code) code, fix_time, ST_Point(lon, lat, 4326) AS place
        FROM unnest(CAST(:codes AS text[]), CAST(:times AS timestamptz[]),
                    CAST(:lons AS float8[]), CAST(:lats AS float8[]))
          AS given (code, fix_time, lon, lat)
        ORDER BY code, fix_time DESC, lon, lat
    ) AS newest
    WHERE squads.code = newest.code AND (position_at IS NULL
        OR (position_at, -ST_X(position), -ST_Y(position))
         < (newest.fix_time, -ST_X(newest.place), -ST_Y(newest.place)))
""")
