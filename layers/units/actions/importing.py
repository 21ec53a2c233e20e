"""Taking units in from a file."""

from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, text

from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted, restore_own_codes, restored, settle_townships
from layers.grids.tables import BEGINNING
from layers.units import rules
from layers.units.actions.holding import LOCK, parents
from layers.units.tables import Unit

LONGEST_NAME, LONGEST_PHONE = 200, 40
UNIT_FIELDS = (
    Field("code", "code", required=True, aliases=("单位编码", "部门编码", "机构编码"), longest=64),
    Field("name", aliases=("单位", "单位名称", "部门", "部门名称", "机构名称"),
          longest=LONGEST_NAME),
    Field("kind", required=True, aliases=("类别", "类型", "单位类别", "单位类型"), longest=64),
    Field("township", "code", aliases=("所属街道", "所属乡镇"), longest=64),
    Field("parent", "code", aliases=("上级", "上级编码", "上级单位", "上级单位编码"), longest=64),
    Field("phone", aliases=("电话", "办公电话", "值班电话", "联系电话", "telephone", "tel"),
          longest=LONGEST_PHONE),
    Field("valid_from", "date", aliases=("启用日期", "成立日期")),
    Field("valid_to", "date", aliases=("停用日期", "撤销日期")),
)  # fmt: skip
OPTIONAL = ("name", "township", "parent", "phone", "valid_from", "valid_to")


def import_units(
    connection: Connection, given: Checked | pd.DataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change units by code. What a file leaves empty stays as it was."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, OPTIONAL)
    _settle_kinds(checked)
    _settle_phones(checked)
    connection.execute(LOCK)
    restore_own_codes(connection, checked, Unit.code)
    if checked.frame["township"].notna().any():
        settle_townships(connection, checked)
    checked.keep_last(["code"])
    _settle_dates(connection, checked)
    _settle_parents(connection, checked)
    db.stage(connection, "units", _rows(checked.frame))
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD), {"beginning": BEGINNING}).rowcount
    return noted(connection, "units", checked, (new, changed), actor=actor, at=at)


KEPT = ("name", "kind", "township_code", "parent_code", "phone", "valid_from", "valid_to")
MERGED = ", ".join(f"coalesce(i.{name}, u.{name})" for name in KEPT)
CHANGE = f"""
    UPDATE units u SET ({", ".join(KEPT)}) = ({MERGED}) FROM incoming i
    WHERE u.code = i.code
      AND ({MERGED}) IS DISTINCT FROM ({", ".join(f"u.{name}" for name in KEPT)})
"""
ADD = """
    INSERT INTO units (code, name, kind, township_code, parent_code, phone, valid_from, valid_to)
    SELECT code, coalesce(name, code), kind, township_code, parent_code, phone,
           coalesce(valid_from, :beginning), valid_to
    FROM incoming i WHERE NOT EXISTS (SELECT FROM units u WHERE u.code = i.code)
"""


def _settle_kinds(checked: Checked) -> None:
    kinds = checked.frame["kind"].astype("str").str.strip().str.lower().map(rules.KIND_NAMES)
    unknown = kinds.isna().to_numpy()
    checked.refuse(unknown, "kind", "unknown_kind")
    checked.frame["kind"] = kinds[~unknown].astype("str").to_numpy()


def _settle_phones(checked: Checked) -> None:
    """A number of the kind that people carry with them may be an office's: it is told."""
    typed = checked.frame["phone"].astype("str").fillna("")
    phones = [rules.plain(phone) for phone in typed]
    checked.frame["phone"] = pd.Series([phone or None for phone in phones], dtype=object)
    wrong = [phone != "" and not rules.is_phone(phone) for phone in phones]
    checked.refuse(np.array(wrong, dtype=bool), "phone", "bad_phone")
    mobile = sum(map(rules.is_mobile, checked.frame["phone"].dropna()))
    if mobile:
        checked.warn("phone_of_a_person", rows=mobile)


def _settle_dates(connection: Connection, checked: Checked) -> None:
    """First and last days as dates, which with those that are kept must make sense."""
    held = db.frame(connection, select(Unit.code, Unit.valid_from, Unit.valid_to)).set_index("code")
    frame = checked.frame
    merged = {}
    for name in ("valid_from", "valid_to"):
        days = pd.to_datetime(frame[name]).dt.date.astype(object)
        frame[name] = days.where(days.notna(), None)
        merged[name] = frame[name].where(frame[name].notna(), frame["code"].map(held[name]))
    first = merged["valid_from"].where(merged["valid_from"].notna(), BEGINNING)
    last = merged["valid_to"].where(merged["valid_to"].notna(), date.max)
    checked.refuse((last < first).to_numpy(dtype=bool), "valid_to", "ends_before_it_begins")


def _settle_parents(connection: Connection, checked: Checked) -> None:
    """Refuse rows under a unit that is not there, and those that would stand above themselves,
    until none is left: a unit that is refused is not there for those under it."""
    held = parents(connection)
    checked.frame["parent"] = restored(checked, "parent", [*held, *checked.frame["code"]])
    left = -1
    while left != len(checked.frame):
        left = len(checked.frame)
        _refuse_unknown_parents(checked, held)
        _refuse_circles(checked, held)


def _refuse_unknown_parents(checked: Checked, held: dict[str, str | None]) -> None:
    above = checked.frame["parent"]
    unknown = above.notna() & ~above.isin({*held, *checked.frame["code"]})
    checked.refuse(unknown.to_numpy(dtype=bool), "parent", "unknown_parent")


def _refuse_circles(checked: Checked, held: dict[str, str | None]) -> None:
    said = checked.frame["parent"].notna()
    given = dict(zip(checked.frame["code"][said], checked.frame["parent"][said], strict=True))
    circular = checked.frame["code"].isin(rules.circles({**held, **given})) & said
    checked.refuse(circular.to_numpy(dtype=bool), "parent", "above_itself")


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    own = frame[["code", "name", "kind", "phone", "valid_from", "valid_to"]]
    return own.assign(township_code=frame["township"], parent_code=frame["parent"])
