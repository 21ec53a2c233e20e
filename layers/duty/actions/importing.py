"""Taking in a roster."""

import re
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, text

from layers import db
from layers.access import Actor, Verb, may
from layers.duty.rules import LONGEST, NO_VEHICLE, Span, clashing, skills_of
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted, restored
from layers.squads.tables import ON_FOOT, Squad

DUTY_FIELDS = (
    Field("squad", "code", required=True, aliases=("中队", "中队编码", "队伍", "队伍编码"),
          longest=64),
    Field("from", "time", required=True,
          aliases=("开始", "开始时间", "上岗时间", "上班时间", "start", "starts_at")),
    Field("to", "time", required=True,
          aliases=("结束", "结束时间", "下岗时间", "下班时间", "end", "ends_at")),
    Field("members", "integer", aliases=("人数", "在岗人数")),
    Field("vehicle", aliases=("车辆", "车牌", "车牌号", "plate"), longest=40),
    Field("skills", aliases=("技能", "特长", "资质"), longest=200),
    Field("note", aliases=("备注", "说明"), longest=200),
)  # fmt: skip
OPTIONAL = ("members", "vehicle", "skills", "note")
LOCK = text("LOCK TABLE shifts IN SHARE ROW EXCLUSIVE MODE")
"""Shifts of a squad never overlap: who adds one must see all others."""


def import_duty(
    connection: Connection, given: Checked | pd.DataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change shifts by squad and planned beginning. What a file leaves empty stays as it
    was; one that somebody began or ended by hand keeps its times."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, OPTIONAL)
    _settle_squads(connection, checked)
    _settle_times(checked)
    members = pd.to_numeric(checked.frame["members"])
    checked.refuse((members < 0).to_numpy(dtype=bool, na_value=False), "members", "negative")
    checked.keep_last(["squad", "from"])
    connection.execute(LOCK)
    _refuse_overlaps(connection, checked)
    db.stage(connection, "shifts", _rows(checked.frame))
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD)).rowcount
    return noted(connection, "duty", checked, (new, changed), actor=actor, at=at)


KEPT = ("members", "vehicle", "skills", "note")
MERGED = ", ".join(f"coalesce(i.{name}, s.{name})" for name in KEPT)
TIMES = "CASE WHEN s.by_hand THEN s.ends_at ELSE i.ends_at END"
CHANGE = f"""
    UPDATE shifts s SET ({", ".join(KEPT)}, ends_at) = ({MERGED}, {TIMES}) FROM incoming i
    WHERE s.squad_code = i.squad_code AND s.planned_at = i.planned_at
      AND ({MERGED}, {TIMES})
        IS DISTINCT FROM ({", ".join(f"s.{name}" for name in KEPT)}, s.ends_at)
"""
ADD = """
    INSERT INTO shifts (squad_code, planned_at, starts_at, ends_at, members, vehicle, skills, note)
    SELECT squad_code, planned_at, planned_at, ends_at, members, vehicle, coalesce(skills, '{}'),
           note
    FROM incoming i WHERE NOT EXISTS (
        SELECT FROM shifts s WHERE s.squad_code = i.squad_code AND s.planned_at = i.planned_at)
"""


def _settle_squads(connection: Connection, checked: Checked) -> None:
    """By code, or by a name that only one squad has."""
    known = connection.execute(select(Squad.code, Squad.name)).all()
    names = pd.Series({row.code: row.name for row in known}, dtype=object)
    alone = {name: code for code, name in names[~names.duplicated(keep=False)].items()}
    given = restored(checked, "squad", list(names.index))
    checked.frame["squad"] = given.where(given.isin(names.index), given.map(alone))
    unknown = checked.frame["squad"].isna().to_numpy()
    checked.refuse(unknown, "squad", "unknown_squad", list(given))


def _settle_times(checked: Checked) -> None:
    for name in ("from", "to"):
        checked.frame[name] = pd.to_datetime(checked.frame[name], utc=True)
    lasting = checked.frame["to"] - checked.frame["from"]
    wrong = (lasting <= pd.Timedelta(0)) | (lasting > LONGEST)
    checked.refuse(wrong.to_numpy(dtype=bool), "to", "bad_shift")


def _refuse_overlaps(connection: Connection, checked: Checked) -> None:
    frame = checked.frame
    held = connection.execute(HELD, {"first": frame["from"].min(), "last": frame["to"].max()}).all()
    by_hand = {(row.squad, row.planned_at) for row in held if row.by_hand}
    keys = list(zip(frame["squad"], frame["from"], strict=True))
    given = {key: Span(*key, ends) for key, ends in zip(keys, frame["to"], strict=True)
             if key not in by_hand}  # fmt: skip
    there = {(row.squad, row.planned_at or row.id): Span(row.squad, row.starts_at, row.ends_at)
             for row in held}  # fmt: skip
    refused = clashing(given, there)
    checked.refuse(np.array([key in refused for key in keys], dtype=bool), "from", "shifts_overlap")


HELD = text("""
    SELECT id, squad_code AS squad, planned_at, starts_at, ends_at, by_hand FROM shifts
    WHERE ends_at > :first AND starts_at < :last OR planned_at BETWEEN :first AND :last
""")


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    skills = [_as_array(skills_of(cell)) if isinstance(cell, str) else None
              for cell in frame["skills"]]  # fmt: skip
    vehicle = frame["vehicle"].astype(object)
    on_foot = vehicle.astype(str).str.strip().str.lower().isin(NO_VEHICLE)
    return frame[["note"]].assign(
        vehicle=vehicle.mask(on_foot, ON_FOOT),
        squad_code=frame["squad"], planned_at=frame["from"], ends_at=frame["to"],
        members=frame["members"].astype("Int64"), skills=skills,
    )  # fmt: skip


def _as_array(texts: list[str]) -> str:
    """As PostgreSQL reads an array of texts."""
    quoted = ('"' + re.sub(r'(["\\\\])', r"\\\1", one) + '"' for one in texts)
    return "{" + ",".join(quoted) + "}"
