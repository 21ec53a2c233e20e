"""Taking in the list of matters."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from layers import db
from layers.access import Actor, Verb, may
from layers.clock import limit_of
from layers.errors import Invalid
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted
from layers.matters import rules
from layers.units.rules import KIND_NAMES as UNIT_KIND_NAMES

LONGEST_TEXT = 4000
MOST = {"photos_before": 20, "photos_after": 20, "similar_m": 5000, "similar_h": 24 * 90}
MATTER_FIELDS = (
    Field("code", "code", required=True, aliases=("案由编码", "事项编码"), longest=64),
    Field("name_zh", aliases=("案由", "事项", "案由名称", "事项名称", "小类", "小类名称", "name"),
          longest=200),
    Field("name_en", aliases=("英文名称",), longest=200),
    Field("kind", aliases=("类别", "类型", "部件或事件"), longest=64),
    Field("class_code", "code", aliases=("大类编码", "大类代码"), longest=64),
    Field("class_zh", aliases=("大类", "大类名称"), longest=200),
    Field("class_en", aliases=("大类英文名称",), longest=200),
    Field("small_code", "code", aliases=("小类编码", "小类代码"), longest=64),
    Field("filing_standard", aliases=("立案标准", "立案条件"), longest=LONGEST_TEXT),
    Field("closing_standard", aliases=("结案标准", "结案条件"), longest=LONGEST_TEXT),
    Field("arrive_limit", aliases=("到场时限",), longest=64),
    Field("simple_limit", aliases=("处置时限", "处理时限"), longest=64),
    Field("opinion_limit", aliases=("处理意见时限",), longest=64),
    Field("complex_limit", aliases=("复杂案件时限", "疑难案件时限"), longest=64),
    Field("unit_kind", aliases=("主管单位类别", "责任单位类别"), longest=64),
    Field("photos_before", "integer", aliases=("处置前照片", "处置前照片数")),
    Field("photos_after", "integer", aliases=("处置后照片", "处置后照片数")),
    Field("similar_m", "integer", aliases=("相似距离", "相似案件距离")),
    Field("similar_h", "integer", aliases=("相似时间", "相似案件时间")),
    Field("public", "boolean", aliases=("公开", "是否公开")),
    Field("offered", "boolean", aliases=("启用", "是否启用")),
    Field("questions", aliases=("附加问题",), longest=20_000),
    Field("note", aliases=("备注", "说明"), longest=LONGEST_TEXT),
    Field("priority", aliases=("优先级", "紧急程度"), longest=64),
)  # fmt: skip
KEPT = tuple(one.name for one in MATTER_FIELDS if one.name != "code")
NEW = {
    "name_zh": "coalesce(name_zh, code)", "name_en": "coalesce(name_en, name_zh, code)",
    "photos_before": "coalesce(photos_before, 0)", "photos_after": "coalesce(photos_after, 0)",
    "similar_m": "coalesce(similar_m, 50)", "similar_h": "coalesce(similar_h, 24)",
    "public": "coalesce(public, false)", "offered": "coalesce(offered, true)",
    "questions": "coalesce(questions, '[]')", "priority": "coalesce(priority, 0)",
}  # fmt: skip
"""What a new row is where the file says nothing."""


def import_matters(
    connection: Connection, given: Checked | pd.DataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change matters by code. What a file leaves empty stays as it was."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, KEPT)
    for name, read, code in READ:
        _settle(checked, name, read, code)
    for name, most in MOST.items():
        _refuse_numbers(checked, name, most)
    checked.keep_last(["code"])
    connection.execute(text("LOCK TABLE matters IN SHARE ROW EXCLUSIVE MODE"))
    db.stage(connection, "matters", checked.frame[["code", *KEPT]])
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD)).rowcount
    return noted(connection, "matters", checked, (new, changed), actor=actor, at=at)


GIVEN = ", ".join(f"coalesce(i.{name}, m.{name})" for name in KEPT)
CHANGE = f"""
    UPDATE matters m SET ({", ".join(KEPT)}) = ({GIVEN}) FROM incoming i
    WHERE m.code = i.code AND ({GIVEN}) IS DISTINCT FROM ({", ".join(f"m.{n}" for n in KEPT)})
"""
ADD = f"""
    INSERT INTO matters (code, {", ".join(KEPT)})
    SELECT code, {", ".join(NEW.get(name, name) for name in KEPT)}
    FROM incoming i WHERE NOT EXISTS (SELECT FROM matters m WHERE m.code = i.code)
"""


def _kind(typed: str) -> str | None:
    return rules.KIND_NAMES.get(typed.strip().lower())


def _unit_kind(typed: str) -> str | None:
    return UNIT_KIND_NAMES.get(typed.strip().lower())


def _priority(typed: str) -> str | None:
    found = rules.PRIORITIES.get(typed.strip().lower())
    return None if found is None else str(found)


def _limit(typed: str) -> str | None:
    try:
        return str(limit_of(typed))
    except Invalid:
        return None


def _questions(typed: str) -> str | None:
    try:
        return rules.as_json(rules.questions_of(typed))
    except Invalid:
        return None


READ: tuple[tuple[str, Callable[[str], str | None], str], ...] = (
    ("kind", _kind, "component_or_event"),
    ("unit_kind", _unit_kind, "unknown_kind"),
    *((f"{name}_limit", _limit, "bad_limit") for name in rules.LIMITS),
    ("questions", _questions, "bad_questions"),
    ("priority", _priority, "bad_priority"),
)


def _settle(checked: Checked, name: str, read: Callable[[str], str | None], code: str) -> None:
    """Put what is meant for what is written; refuse what means nothing."""
    typed = checked.frame[name].astype("str")
    meant = typed.map({one: read(one) for one in typed.dropna().unique()})
    wrong = (typed.notna() & meant.isna()).to_numpy(dtype=bool)
    checked.refuse(wrong, name, code)
    checked.frame[name] = meant[~wrong].astype("str").to_numpy()


def _refuse_numbers(checked: Checked, name: str, most: int) -> None:
    count = checked.frame[name].astype("Int64")
    allowed = (count.isna() | count.between(0, most)).fillna(True)
    checked.refuse(~np.asarray(allowed, dtype=bool), name, "not_allowed")
    checked.frame[name] = checked.frame[name].astype("Int64")
