"""Taking in the days of a year, once they are published, and days of the bureau's own."""

from datetime import UTC, datetime

import pandas as pd
from sqlalchemy import Connection, text

from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted
from layers.holidays.rules import KIND_NAMES
from layers.queue.actions import put

KNOWN_DAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))
HOLIDAY_FIELDS = (
    Field("date", "date", required=True, aliases=("日期", "day"), during=KNOWN_DAYS),
    Field("kind", required=True, aliases=("类别", "类型", "休班", "休/班"), longest=64),
    Field("name_zh", required=True, aliases=("名称", "节日", "节假日", "name"), longest=100),
    Field("name_en", aliases=("英文名称",), longest=100),
    Field("notice", aliases=("文号", "依据"), longest=100),
)


def import_holidays(
    connection: Connection, given: Checked | pd.DataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change days by date. What a file leaves empty stays as it was.

    A day off that should be none is taken back as `work`, a day worked as `rest`. The deadlines of
    open cases are counted anew by a job, `calendar.changed`.
    """
    may(actor, Verb.IMPORT)
    checked = as_checked(given, ("name_en", "notice"))
    _settle_kinds(checked)
    checked.keep_last(["date"])
    connection.execute(text("LOCK TABLE holidays IN SHARE ROW EXCLUSIVE MODE"))
    db.stage(
        connection, "holidays", checked.frame[["date", "kind", "name_zh", "name_en", "notice"]]
    )
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD)).rowcount
    if new or changed:
        put(connection, "calendar.changed", {"put_at": at.isoformat()}, actor=actor, at=at)
    return noted(connection, "holidays", checked, (new, changed), actor=actor, at=at)


GIVEN = "i.kind, i.name_zh, coalesce(i.name_en, h.name_en), coalesce(i.notice, h.notice)"
CHANGE = f"""
    UPDATE holidays h SET (kind, name_zh, name_en, notice) = ({GIVEN}) FROM incoming i
    WHERE h.date = i.date
      AND ({GIVEN}) IS DISTINCT FROM (h.kind, h.name_zh, h.name_en, h.notice)
"""
ADD = """
    INSERT INTO holidays (date, kind, name_zh, name_en, notice)
    SELECT date, kind, name_zh, coalesce(name_en, name_zh), notice
    FROM incoming i WHERE NOT EXISTS (SELECT FROM holidays h WHERE h.date = i.date)
"""


def _settle_kinds(checked: Checked) -> None:
    kinds = checked.frame["kind"].astype("str").str.strip().str.lower().map(KIND_NAMES)
    unknown = kinds.isna().to_numpy()
    checked.refuse(unknown, "kind", "rest_or_work")
    checked.frame["kind"] = kinds[~unknown].astype("str").to_numpy()
