"""What a plan's week is, and what may be done with a plan. Pure."""

import re
from datetime import date, timedelta

from layers.errors import Conflict, Invalid

WEEK = re.compile(r"(2[01]\d\d)-W(\d{2})", flags=re.ASCII)


def monday(week: str) -> date:
    """The Monday of an ISO week such as 2026-W48."""
    matched = WEEK.fullmatch(week)
    if matched is None:
        raise Invalid("bad_week", week=week)
    try:
        return date.fromisocalendar(int(matched[1]), int(matched[2]), 1)
    except ValueError as wrong:
        raise Invalid("bad_week", week=week) from wrong


def week_of(day: date) -> str:
    """The ISO week that a day lies in."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_before(week: str) -> str:
    return week_of(monday(week) - timedelta(days=7))


def week_after(day: date) -> str:
    """The ISO week after the one that a day lies in."""
    return week_of(day + timedelta(days=7))


def check_approvable(plan_id: int, state: str) -> None:
    """Only a draft can be approved, and only once."""
    if state != "draft":
        raise Conflict("plan_not_draft", id=plan_id, state=state)
