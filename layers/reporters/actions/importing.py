"""Reporters that come in the columns of a file of incidents. They go here and nowhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import pandas as pd
from sqlalchemy import Connection, func, select, text

from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Progress, silent
from layers.journal.actions import note
from layers.reporters.actions.sealed import opened, sealed
from layers.reporters.queries import SEALED
from layers.reporters.rules import FIELDS, Contact
from layers.reporters.tables import Reporter
from layers.sealing import Keyring

REPORTER_FIELDS = (
    Field("reporter_name", longest=100, aliases=(
        "反映人", "反映人姓名", "投诉人", "投诉人姓名", "举报人", "举报人姓名", "来电人",
        "来电人姓名", "诉求人", "报案人", "市民姓名", "联系人", "caller_name")),
    Field("reporter_phone", "code", longest=100, aliases=(
        "联系电话", "反映人电话", "投诉人电话", "举报人电话", "来电号码", "来电电话", "联系方式",
        "手机号码", "手机号", "手机", "电话号码", "电话", "caller_phone", "phone", "mobile")),
    Field("reporter_email", longest=254, aliases=(
        "电子邮箱", "电子邮件", "邮箱", "caller_email", "email")),
    Field("reporter_address", longest=1000, aliases=(
        "联系地址", "反映人地址", "反映人住址", "投诉人地址", "家庭住址", "住址", "通讯地址")),
    Field("reporter_callback", "boolean", aliases=("是否需要回访", "要求回访")),
)  # fmt: skip
COLUMNS = {f"reporter_{name}": name for name in FIELDS}
CALLBACK = "reporter_callback"
AT_ONCE = 20_000

Given: TypeAlias = dict[UUID, tuple[Contact, bool | None]]


def names_reporters(checked: Checked) -> bool:
    """Whether any row says who reported."""
    return bool(len(_said(checked)))


def take_in(
    connection: Connection,
    checked: Checked,
    *,
    ring: Keyring,
    actor: Actor,
    at: datetime,
    progress: Progress = silent,
) -> int:
    """Keep the reporters of incidents that were just imported; how many are new or changed.

    What a row leaves empty stays as it was, and whoever was removed stays removed.
    """
    may(actor, Verb.CONTACT)
    said = _said(checked)
    written = 0
    for begin in range(0, len(said), AT_ONCE):
        progress(begin, len(said), "seal")
        given = _by_incident(connection, said.iloc[begin : begin + AT_ONCE])
        written += _write(connection, given, ring, at)
    if written:
        note(connection, "imported", "reporters", checked.sha256, actor=actor, at=at, rows=written)
    return written


def _said(checked: Checked) -> pd.DataFrame:
    here = [name for name in COLUMNS if name in checked.frame]
    return checked.frame[checked.frame[here].notna().any(axis=1)]


def _by_incident(connection: Connection, said: pd.DataFrame) -> Given:
    keys = {"sources": said["source"].tolist(), "numbers": said["external_id"].tolist()}
    known = {row[:2]: row.id for row in connection.execute(text(KNOWN), keys).all()}
    rows = said[["source", "external_id"]].itertuples(index=False, name=None)
    contacts = zip(rows, said.to_dict("records"), strict=True)
    return {known[key]: _contact(row) for key, row in contacts if key in known}


KNOWN = """
    SELECT source, external_id, id FROM incidents
    JOIN unnest(CAST(:sources AS text[]), CAST(:numbers AS text[])) AS given (source, external_id)
    USING (source, external_id)
"""


def _contact(row: Mapping[str, object]) -> tuple[Contact, bool | None]:
    there = {name: None if pd.isna(value) else value for name, value in row.items()}
    fields = {ours: str(there[name]) for name, ours in COLUMNS.items() if there.get(name)}
    callback = there.get(CALLBACK)
    return Contact(**fields), None if callback is None else bool(callback)


def _write(connection: Connection, given: Given, ring: Keyring, at: datetime) -> int:
    rows = list(_changed(connection, given, ring))
    if rows:
        db.stage(connection, "reporters", pd.DataFrame(rows).assign(kept_at=at))
        connection.execute(text(UPSERT))
    return len(rows)


UPSERT = """
    INSERT INTO reporters (incident_id, key_id, sealed, marks, callback, kept_at)
    SELECT incident_id, key_id, sealed, marks, callback, kept_at FROM incoming
    ON CONFLICT (incident_id) DO UPDATE SET (key_id, sealed, marks, callback)
        = (excluded.key_id, excluded.sealed, excluded.marks, excluded.callback)
"""


def _changed(connection: Connection, given: Given, ring: Keyring) -> Iterator[dict[str, object]]:
    """The rows to be written, as COPY takes them."""
    asked = select(*SEALED).where(Reporter.incident_id == func.any(list(given))).with_for_update()
    held = {row["incident_id"]: row for row in connection.execute(asked).mappings()}
    for incident_id, (contact, callback) in given.items():
        row = held.get(incident_id)
        if row is None:
            yield _row(ring, incident_id, contact, callback)
        elif row["sealed"] is not None:
            before, wished = opened(ring, row), row["callback"]
            after = replace(before, **contact.given())
            wish = wished if callback is None else callback
            if (after.given(), wish) != (before.given(), wished):
                yield _row(ring, incident_id, after, wish)


def _row(
    ring: Keyring, incident_id: UUID, contact: Contact, callback: bool | None
) -> dict[str, object]:
    found = sealed(ring, incident_id, contact)
    marks = ",".join(f'"\\\\x{mark.hex()}"' for mark in found["marks"])
    return {
        "incident_id": str(incident_id), "key_id": found["key_id"],
        "sealed": f"\\x{found['sealed'].hex()}", "marks": f"{{{marks}}}", "callback": callback,
    }  # fmt: skip
