"""Calls in the practice town: whoever sits at the telephone finds some to answer, and the leader
how satisfied the callers were."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection, RowMapping

from api.circumstances import Circumstances
from layers.enquiries.actions import Asked, answer, call_back, take
from layers.enquiries.rules import Channel
from layers.incidents import queries
from layers.incidents.queries import Wanted
from layers.incidents.rules import CLOSED, HANDLING
from maps import theme

ANSWERED, WAITING = 80, 5
RATINGS = (5, 4, 5, 5, 3, 5, 4, 2)
HOTLINE = Channel.HOTLINE_12345
ANSWER_IN, CALL_IN = timedelta(minutes=20), timedelta(hours=3)


def ring(connection: Connection, around: Circumstances) -> None:
    """The newest cases that came by telephone: those that ended were answered and called back."""
    for number, case in enumerate(_newest(connection, around, CLOSED, ANSWERED)):
        called = _take(connection, case, around)
        _answer(connection, called, case["closed_at"], RATINGS[number % len(RATINGS)], around)
    for case in _newest(connection, around, HANDLING, WAITING):
        _take(connection, case, around, respond_by=around.at + timedelta(days=1))


def _newest(
    connection: Connection, around: Circumstances, state: str, count: int
) -> list[RowMapping]:
    wanted = Wanted(source=HOTLINE, state=state)
    found = queries.listed(connection, around.actor, wanted, after="", limit=count)
    return [case for case in found if case["closed_at"] is None or case["closed_at"] < around.at]


def _take(
    connection: Connection, case: RowMapping, around: Circumstances,
    respond_by: datetime | None = None,
) -> UUID:  # fmt: skip
    called = uuid5(NAMESPACE_OID, str(case["id"]))
    asked = Asked(
        called,
        case["id"],
        HOTLINE,
        called.bytes,
        f"Y{case['external_id']}",
        respond_by,
    )
    take(connection, asked, actor=around.actor, at=case["occurred_at"])
    return called


def _answer(
    connection: Connection, called: UUID, ended_at: datetime, rating: int, around: Circumstances
) -> None:
    words = theme.word("practice.answer", around.settings.language)
    answer(connection, called, words, actor=around.actor, at=min(ended_at + ANSWER_IN, around.at))
    call_back(
        connection, called, reached=True, satisfaction=rating, remark=None, actor=around.actor,
        at=min(ended_at + CALL_IN, around.at),
    )  # fmt: skip
