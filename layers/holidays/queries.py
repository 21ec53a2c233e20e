"""Reading the days that are not what their weekday is. They are the same for every actor."""

from dataclasses import asdict
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, select

from layers import clock
from layers.clock import Calendar, Day, DayKind, Shift
from layers.holidays.tables import Holiday

OWN = select(Holiday.day, Holiday.kind, Holiday.name_zh, Holiday.name_en, Holiday.notice)


def days(connection: Connection) -> dict[Day, bool]:
    """All days in order, the bureau's own in place of those we bring along; true where own."""
    own = (
        Day(row.date, DayKind(row.kind), row.name_zh, row.name_en, row.notice)
        for row in connection.execute(OWN)
    )
    known = {day.date: (day, False) for day in clock.shipped()}
    known |= {day.date: (day, True) for day in own}
    return dict(known[date] for date in sorted(known))


def calendar(connection: Connection, zone: ZoneInfo, shifts: tuple[Shift, ...]) -> Calendar:
    """What deadlines are counted by."""
    return clock.calendar_of(days(connection), zone, shifts)


def kept(connection: Connection) -> pd.DataFrame:
    """All days as an import takes them."""
    columns = ["date", "kind", "name_zh", "name_en", "notice"]
    return pd.DataFrame([asdict(day) for day in days(connection)], columns=columns)
