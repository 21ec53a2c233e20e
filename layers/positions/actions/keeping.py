"""Which devices there are: from a file, or one at a time."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, insert, select, text, update

from layers import db
from layers.access import Actor, Verb, may
from layers.errors import Conflict, Invalid, NotFound
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted, restored
from layers.journal.actions import note
from layers.positions.tables import Device
from layers.squads.tables import Squad

DEVICE_FIELDS = (
    Field("code", "code", required=True, aliases=("设备编码", "设备编号", "终端编号"), longest=64),
    Field("name", aliases=("设备", "设备名称"), longest=200),
    Field("squad", "code", aliases=("中队", "中队编码", "队伍编码"), longest=64),
)
OPTIONAL = ("name", "squad")


def import_devices(
    connection: Connection, given: Checked | pd.DataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change devices by code. What a file leaves empty stays as it was. None has a token
    before it is given one."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, OPTIONAL)
    _settle_squads(connection, checked)
    checked.keep_last(["code"])
    connection.execute(text("LOCK TABLE devices IN SHARE ROW EXCLUSIVE MODE"))
    _refuse_without_squads(connection, checked)
    rows = checked.frame[["code", "name"]].assign(squad_code=checked.frame["squad"])
    db.stage(connection, "devices", rows)
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD)).rowcount
    return noted(connection, "devices", checked, (new, changed), actor=actor, at=at)


CHANGE = """
    UPDATE devices d
    SET (name, squad_code) = (coalesce(i.name, d.name), coalesce(i.squad_code, d.squad_code))
    FROM incoming i
    WHERE d.code = i.code
      AND (coalesce(i.name, d.name), coalesce(i.squad_code, d.squad_code))
        IS DISTINCT FROM (d.name, d.squad_code)
"""
ADD = """
    INSERT INTO devices (code, name, squad_code)
    SELECT code, coalesce(name, code), squad_code FROM incoming i
    WHERE NOT EXISTS (SELECT FROM devices d WHERE d.code = i.code)
"""


def _settle_squads(connection: Connection, checked: Checked) -> None:
    known = connection.execute(select(Squad.code)).scalars().all()
    given = checked.frame["squad"] = restored(checked, "squad", known)
    checked.refuse((given.notna() & ~given.isin(known)).to_numpy(), "squad", "unknown_squad")


def _refuse_without_squads(connection: Connection, checked: Checked) -> None:
    """New devices that nobody carries."""
    held = connection.execute(select(Device.code)).scalars().all()
    wrong = checked.frame["squad"].isna() & ~checked.frame["code"].isin(held)
    checked.refuse(wrong.to_numpy(dtype=bool), "squad", "missing")


def add(
    connection: Connection, code: str, name: str, squad: str, *, actor: Actor, at: datetime
) -> None:
    """A new device, which has yet to be given a token."""
    may(actor, Verb.MANAGE)
    if connection.execute(select(Squad.code).where(Squad.code == squad)).first() is None:
        raise Invalid("no_squad", squad=squad)
    if connection.execute(select(Device.code).where(Device.code == code)).first():
        raise Conflict("device_there", code=code)
    row = {"code": code, "name": name or code, "squad_code": squad}
    connection.execute(insert(Device).values(row))
    note(connection, "add", "devices", code, actor=actor, at=at)


def give_token(
    connection: Connection, code: str, token_hash: bytes, *, actor: Actor, at: datetime
) -> None:
    """A new token for a device, which ends the one before and lets a disabled device in again."""
    may(actor, Verb.MANAGE)
    _change(connection, code, token_hash=token_hash, disabled_at=None)
    note(connection, "issue_token", "devices", code, actor=actor, at=at)


def give_tokens(
    connection: Connection, hashes: Mapping[str, bytes], *, actor: Actor, at: datetime
) -> None:
    """First tokens for many devices: one row of the journal."""
    may(actor, Verb.MANAGE)
    given = {"codes": list(hashes), "hashes": list(hashes.values())}
    done = connection.execute(GIVE, given).rowcount
    note(connection, "issue_tokens", "devices", "", actor=actor, at=at, devices=done)


GIVE = text("""
    UPDATE devices SET token_hash = hash
    FROM unnest(CAST(:codes AS text[]), CAST(:hashes AS bytea[])) AS given (own, hash)
    WHERE code = own
""")


def disable(connection: Connection, code: str, *, actor: Actor, at: datetime) -> None:
    """What it sends is no longer taken."""
    may(actor, Verb.MANAGE)
    _change(connection, code, disabled_at=at)
    note(connection, "disable", "devices", code, actor=actor, at=at)


def _change(connection: Connection, code: str, **values: object) -> None:
    changed = connection.execute(update(Device).where(Device.code == code).values(values))
    if not changed.rowcount:
        raise NotFound("no_device", code=code)
