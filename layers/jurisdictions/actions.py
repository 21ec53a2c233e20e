"""Taking in who is competent for what."""

from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select, text

from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted, restored, settle_townships
from layers.grids.tables import BEGINNING
from layers.jurisdictions.rules import ALL_NAMES, PART_NAMES, Part
from layers.jurisdictions.tables import Jurisdiction
from layers.matters.rules import KIND_NAMES
from layers.matters.tables import Matter
from layers.squads.actions import warn_of_no_unit
from layers.units.tables import Unit

JURISDICTION_FIELDS = (
    Field("matter", "code", aliases=("案由", "案由编码", "事项", "事项编码", "matter_code"),
          longest=200),
    Field("class_code", "code", aliases=("大类编码", "大类代码", "大类"), longest=64),
    Field("kind", aliases=("类别", "部件或事件"), longest=64),
    Field("township", "code", required=True, aliases=("所属街道", "所属乡镇", "街道乡镇"),
          longest=64),
    Field("unit", "code", required=True, longest=64, aliases=(
        "单位", "单位编码", "责任单位", "责任单位编码", "主管单位", "主管单位编码", "unit_code")),
    Field("part", aliases=("职责", "主协办", "主办或协办", "责任"), longest=64),
    Field("valid_from", "date", aliases=("启用日期", "生效日期")),
    Field("valid_to", "date", aliases=("停用日期", "失效日期")),
)  # fmt: skip
OPTIONAL = ("matter", "class_code", "kind", "part", "valid_from", "valid_to")
SCOPE = ["matter_code", "matter_kind", "class_code", "township_code"]
KEY = [*SCOPE, "unit_code", "valid_from"]
COLUMNS = [*KEY, "part", "valid_to"]


def import_jurisdiction(
    connection: Connection, given: Checked | pd.DataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change rows by what they are about, the unit and the first day.

    What a file leaves empty stays as it was; a row ends on its last day and is never taken away.
    """
    may(actor, Verb.IMPORT)
    checked = as_checked(given, OPTIONAL)
    connection.execute(text("LOCK TABLE jurisdictions IN SHARE ROW EXCLUSIVE MODE"))
    _settle_words(checked)
    _settle_matters(connection, checked)
    _settle_places(connection, checked)
    _settle_units(connection, checked)
    _settle_days(checked)
    checked.keep_last(KEY)
    held = db.frame(connection, select(*(getattr(Jurisdiction, name) for name in COLUMNS)))
    _keep_what_was(held, checked.frame)
    _refuse_overlaps(held, checked)
    db.stage(connection, "jurisdictions", checked.frame[COLUMNS])
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD)).rowcount
    warn_of_no_unit(connection, checked)
    return noted(connection, "jurisdiction", checked, (new, changed), actor=actor, at=at)


SAME = " AND ".join(f"j.{name} IS NOT DISTINCT FROM i.{name}" for name in KEY)
CHANGE = f"""
    UPDATE jurisdictions j SET (part, valid_to) = (i.part, i.valid_to) FROM incoming i
    WHERE {SAME} AND (j.part, j.valid_to) IS DISTINCT FROM (i.part, i.valid_to)
"""
ADD = f"""
    INSERT INTO jurisdictions ({", ".join(COLUMNS)}) SELECT {", ".join(COLUMNS)} FROM incoming i
    WHERE NOT EXISTS (SELECT FROM jurisdictions j WHERE {SAME})
"""


def _settle_words(checked: Checked) -> None:
    """The kind of matters, and the part."""
    parts: Callable[[str], str | None] = PART_NAMES.get
    _meant(checked, "part", parts, "responsible_or_joint")
    _meant(checked, "kind", KIND_NAMES.get, "component_or_event")


def _meant(checked: Checked, name: str, read: Callable[[str], str | None], code: str) -> None:
    typed = checked.frame[name].astype(object)
    meant = typed.map(lambda one: read(str(one).strip().lower()) if pd.notna(one) else None)
    wrong = (typed.notna() & meant.isna()).to_numpy(dtype=bool)
    checked.refuse(wrong, name, code)
    checked.frame[name] = meant[~wrong].to_numpy()


def _settle_matters(connection: Connection, checked: Checked) -> None:
    """A matter, by code or by a name that only one has; else a class of one kind; else all."""
    known = db.frame(connection, select(
        Matter.code, Matter.name_zh, Matter.kind, Matter.class_code))  # fmt: skip
    _refuse_unclear(checked)
    named = known.drop_duplicates("name_zh", keep=False).set_index("name_zh")["code"]
    own = restored(checked, "matter", known["code"].tolist())
    own = own.where(~own.isin(named.index), own.map(named))
    own = _none_where(own, own.isin(ALL_NAMES))
    checked.frame["matter_code"] = own
    unknown = own.notna() & ~own.isin(known["code"])
    checked.refuse(unknown.to_numpy(dtype=bool), "matter", "unknown_matter")
    _settle_classes(checked, known.dropna(subset="class_code"))


def _refuse_unclear(checked: Checked) -> None:
    """All matters are named as such: a cell that was forgotten does not give a unit everything."""
    frame = checked.frame
    neither = frame["matter"].isna() & frame["class_code"].isna()
    checked.refuse(neither.to_numpy(dtype=bool), "matter", "missing")
    frame = checked.frame
    both = frame["matter"].notna() & frame["class_code"].notna()
    checked.refuse(both.to_numpy(dtype=bool), "class_code", "matter_and_class")


def _settle_classes(checked: Checked, known: pd.DataFrame) -> None:
    """Classes of components and of events may share a code: then the file says which it means."""
    kinds = known.groupby("class_code")["kind"].agg(lambda found: sorted(set(found.dropna())))
    frame = checked.frame
    held = [kinds.get(code, []) if pd.notna(code) else None for code in frame["class_code"]]
    said = [kind if pd.notna(kind) else None for kind in frame["kind"]]
    unknown = [h is not None and (not h or s not in (None, *h))
               for h, s in zip(held, said, strict=True)]  # fmt: skip
    unclear = [h is not None and len(h) > 1 and s is None
               for h, s in zip(held, said, strict=True)]  # fmt: skip
    frame["matter_kind"] = [
        None if h is None else s or next(iter(h), None) for h, s in zip(held, said, strict=True)
    ]
    wrong = np.array(unknown, dtype=bool)
    checked.refuse(wrong, "class_code", "unknown_class")
    checked.refuse(np.array(unclear, dtype=bool)[~wrong], "class_code", "component_or_event")


def _settle_places(connection: Connection, checked: Checked) -> None:
    everywhere = checked.frame["township"].isin(ALL_NAMES)
    checked.frame["township"] = _none_where(checked.frame["township"], everywhere)
    if checked.frame["township"].notna().any():
        settle_townships(connection, checked)
    checked.frame["township_code"] = checked.frame["township"]


def _settle_units(connection: Connection, checked: Checked) -> None:
    known = connection.execute(select(Unit.code)).scalars().all()
    checked.frame["unit_code"] = restored(checked, "unit", known)
    unknown = ~checked.frame["unit_code"].isin(known)
    checked.refuse(unknown.to_numpy(dtype=bool), "unit", "unknown_unit")


def _settle_days(checked: Checked) -> None:
    for name, otherwise in (("valid_from", BEGINNING), ("valid_to", None)):
        days = pd.to_datetime(checked.frame[name]).dt.date.astype(object)
        checked.frame[name] = days.where(days.notna(), otherwise)
    ends = [last < first for first, last in _spans(checked.frame)]
    checked.refuse(np.array(ends, dtype=bool), "valid_to", "ends_before_it_begins")


def _none_where(column: pd.Series, which: pd.Series) -> pd.Series:
    codes = column.astype(object)
    return codes.where(codes.notna() & ~which, None)


def _keep_what_was(held: pd.DataFrame, given: pd.DataFrame) -> None:
    """What the file leaves empty; a unit that is new without a part is responsible."""
    was = dict(zip(_keys(held), zip(held["part"], held["valid_to"], strict=True), strict=True))
    before = [was.get(key, (Part.RESPONSIBLE.value, None)) for key in _keys(given)]
    for name, told in zip(("part", "valid_to"), zip(*before, strict=True), strict=False):
        own = given[name].astype(object)
        given[name] = own.where(own.notna(), pd.Series(told, own.index, dtype=object))


def _keys(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    keys = rows[KEY].astype(object).where(rows[KEY].notna(), None)
    return list(keys.itertuples(index=False, name=None))


# --- No two that contradict each other ----------------------------------------------------------


def _refuse_overlaps(held: pd.DataFrame, checked: Checked) -> None:
    """At no time are two units responsible for the same, nor is one named twice for it."""
    kept = _unchanged(held, checked.frame)
    for code, keys, parts in (
        ("unit_twice", [*SCOPE, "unit_code"], list(Part)),
        ("two_responsible", SCOPE, [Part.RESPONSIBLE]),
    ):
        both = pd.concat([kept.assign(row=0), checked.frame[[*COLUMNS, "row"]]], ignore_index=True)
        wrong = _overlapping(both[both["part"].isin(parts)], keys)
        checked.refuse(checked.frame["row"].isin(wrong).to_numpy(), "unit", code)


def _unchanged(held: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """What stays as it is beside the file's rows."""
    changed = set(_keys(given))
    stays = [key not in changed for key in _keys(held)]
    return held[np.array(stays, dtype=bool)]


def _overlapping(rows: pd.DataFrame, keys: list[str]) -> set[int]:
    """The file's rows that hold at the same time as another of the same keys."""
    wrong: set[int] = set()
    for _, alike in rows.groupby(keys, dropna=False, sort=False):
        wrong |= _meeting(alike) if len(alike) > 1 else set()
    return wrong - {0}


def _meeting(alike: pd.DataFrame) -> set[int]:
    spans = sorted(
        (first, last, row)
        for (first, last), row in zip(_spans(alike), alike["row"], strict=True)
        if first < last  # or else it never held
    )
    wrong: set[int] = set()
    open_until, by = date.min, 0
    for first, last, row in spans:
        if first < open_until:
            wrong |= {row, by}
        if last > open_until:
            open_until, by = last, row
    return wrong


def _spans(frame: pd.DataFrame) -> list[tuple[date, date]]:
    last = frame["valid_to"].where(frame["valid_to"].notna(), date.max)
    return list(zip(frame["valid_from"], last, strict=True))
