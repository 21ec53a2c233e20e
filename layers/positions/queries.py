"""Reading the devices, and the track of a shift."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import Connection, Row, RowMapping, func, select, text

from layers import db
from layers.access import Actor, Verb, holds_at, may
from layers.errors import Forbidden, NotFound
from layers.positions.rules import AT_ONCE, HOMEWARD, ON_THE_WAY_M
from layers.positions.tables import Device, Fix, Heard
from layers.squads.tables import Squad

DEVICES = select(
    Device.code, Device.name, Device.squad_code.label("squad"), Squad.name.label("squad_name"),
    Device.token_hash.is_not(None).label("has_token"), Device.disabled_at,
    Heard.heard_at, Heard.accepted_at, Heard.refused, Heard.refused_at,
).join(Squad, Squad.code == Device.squad_code) \
 .outerjoin(Heard, Heard.device_code == Device.code).order_by(Device.code)  # fmt: skip


def listed(connection: Connection, actor: Actor, page: db.Page) -> Sequence[RowMapping]:
    """Devices behind a code, for whoever manages them."""
    may(actor, Verb.MANAGE)
    asked = DEVICES.where(Device.code > page.after).limit(page.limit)
    return connection.execute(asked).mappings().all()


def every(connection: Connection, actor: Actor) -> Sequence[RowMapping]:
    may(actor, Verb.MANAGE)
    return connection.execute(DEVICES).mappings().all()


def one(connection: Connection, actor: Actor, code: str) -> RowMapping:
    may(actor, Verb.MANAGE)
    found = connection.execute(DEVICES.where(Device.code == code)).mappings().one_or_none()
    if found is None:
        raise NotFound("no_device", code=code)
    return found


def without_token(connection: Connection, actor: Actor) -> Sequence[Row[str, str]]:
    """Code and name of the devices that were given none yet."""
    may(actor, Verb.MANAGE)
    asked = select(Device.code, Device.name)
    asked = asked.where(Device.token_hash.is_(None), Device.disabled_at.is_(None))
    return connection.execute(asked.order_by(Device.code)).all()


def kept(connection: Connection, actor: Actor) -> pd.DataFrame:
    """All devices as an import takes them."""
    may(actor, Verb.MANAGE)
    asked = select(Device.code, Device.name, Device.squad_code.label("squad"))
    return db.frame(connection, asked.order_by(Device.code))


def _check_may_follow(actor: Actor, shift: RowMapping) -> None:
    """Raise unless somebody sends this squad or leads there: nobody else needs to see where it
    has been."""
    if not any(
        holds_at(actor, verb, shift["township"], grid=None, squad=shift["squad"])
        for verb in (Verb.DISPATCH, Verb.LEAD)
    ):
        raise Forbidden("may_not_there", verb=Verb.DISPATCH)


def track(connection: Connection, actor: Actor, shift: RowMapping) -> Sequence[RowMapping]:
    """The fixes of a shift, as layers.duty tells it, by device and time, whatever is thought of
    them. Those after its end came before that was known: nobody sees them, and they are forgotten
    with the others."""
    _check_may_follow(actor, shift)
    asked = select(
        Fix.device_code.label("device"), Fix.fix_time, Fix.received_at, Fix.accuracy_m,
        Fix.speed_ms, Fix.verdict, func.ST_X(Fix.place).label("lon"),
        func.ST_Y(Fix.place).label("lat"),
    ).where(Fix.shift_id == shift["id"], Fix.fix_time <= shift["ends_at"])  # fmt: skip
    ordered = asked.order_by(Fix.device_code, Fix.fix_time)
    return connection.execute(ordered).mappings().all()


def moved_after(
    connection: Connection, squad: str, since: datetime, told_at: datetime
) -> datetime | None:
    """When one of a squad's phones was on the way although another had ended the shift: first seen
    to have moved, by fixes that came at once. The phone that could not tell of the end before
    `told_at` sent none of these; neither do a parked vehicle and whoever drives back."""
    given = {"squad": squad, "since": since, "after": since + HOMEWARD,
             "before": told_at - HOMEWARD, "at_once": AT_ONCE, "metres": ON_THE_WAY_M}  # fmt: skip
    moved: datetime | None = connection.execute(MOVED, given).scalar_one()
    return moved


MOVED = text("""
    WITH live AS (
        SELECT fix_time, place,
            first_value(place) OVER (PARTITION BY device_code ORDER BY fix_time) AS stood
        FROM fixes JOIN shifts ON shifts.id = shift_id
        WHERE squad_code = :squad AND starts_at <= :since AND ends_at > :since
            AND verdict = 'good' AND fix_time > :after AND fix_time <= ends_at
            AND received_at < least(fix_time + CAST(:at_once AS interval), :before))
    SELECT min(fix_time) FROM live
    WHERE NOT ST_DWithin(place::geography, stood::geography, :metres)
""")


def ended_with_more(connection: Connection, before: datetime, limit: int | None) -> Sequence[UUID]:
    """Shifts that ended before a time and still have a track or a note, held; without those that
    another one has in hand."""
    asked = text("""
        SELECT id FROM shifts WHERE ends_at < :before
            AND (note IS NOT NULL OR EXISTS (SELECT FROM fixes WHERE shift_id = shifts.id))
        ORDER BY ends_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    """)
    return connection.execute(asked, {"before": before, "limit": limit}).scalars().all()
