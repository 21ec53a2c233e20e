"""Deadlines: which time counts, when it has run out. Values in, values out.

Four clocks. Continuous and working hours run by the instant; working days and calendar days are
whole days, of which the day of the event is not one, and end at 24:00 of the last.
"""

from layers.clock.calendars import OFFICE_HOURS, Calendar, Shift, shifts_of
from layers.clock.deadlines import (
    Due,
    Dues,
    Pause,
    State,
    due,
    due_many,
    elapsed,
    moved_on,
    remaining,
    state,
)
from layers.clock.holidays import Day, DayKind, calendar_of, published, shipped
from layers.clock.limits import Kind, Limit, limit_of

__all__ = [
    "OFFICE_HOURS",
    "Calendar",
    "Day",
    "DayKind",
    "Due",
    "Dues",
    "Kind",
    "Limit",
    "Pause",
    "Shift",
    "State",
    "calendar_of",
    "due",
    "due_many",
    "elapsed",
    "limit_of",
    "moved_on",
    "published",
    "remaining",
    "shifts_of",
    "shipped",
    "state",
]
