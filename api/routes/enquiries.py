"""Enquiries: taken from hotlines and callers, listed by their deadline, answered, called back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api import turns
from api.answers import Page, Row, Strict, following
from api.cases import Words
from api.deps import Around, Asked, CurrentActor, Now, Transaction
from api.enquiries import EnquiryGiven, EnquiryShown, take_in
from layers.enquiries import actions, queries
from layers.enquiries.queries import Wanted
from layers.enquiries.rules import HIGHEST, LOWEST, Waits

router = APIRouter(prefix="/api/enquiries", tags=["enquiries"])
Sent = Annotated[dict[str, object], Depends(turns.json)]


class EnquiriesAsked(Asked):
    waits: Waits | None = Field(None, description="What is to be done next")
    overdue: bool = Field(False, description="Only what is past its deadline without an answer")
    incident: UUID | None = Field(None, description="With what was merged into it")


@router.get("")
def enquiries(
    connection: Transaction, actor: CurrentActor, now: Now,
    asked: Annotated[EnquiriesAsked, Query()],
) -> Page[EnquiryShown]:  # fmt: skip
    """The nearest deadline first; what has none comes last."""
    wanted = Wanted(asked.waits, now if asked.overdue else None, asked.incident)
    rows = queries.listed(connection, actor, wanted, after=asked.after, limit=asked.limit)
    return Page(items=[_shown(row) for row in rows], next=following(rows, asked.limit, queries.key))


@router.post("", status_code=201, responses={200: {"model": EnquiryShown}})
def take(
    given: EnquiryGiven, sent: Sent, connection: Transaction, around: Around, answer: Response
) -> EnquiryShown:
    """Take an enquiry: 201, or 200 where the same one is there already."""
    if not take_in(connection, given, sent, around):
        answer.status_code = 200
    return _shown(queries.one(connection, around.actor, given.id))


@router.get("/{enquiry_id}")
def enquiry(enquiry_id: UUID, connection: Transaction, actor: CurrentActor) -> EnquiryShown:
    return _shown(queries.one(connection, actor, enquiry_id))


class Answer(Strict):
    """`final`: the last word. Before it, what is answered on the way there."""

    text: Words = Field(min_length=1)
    final: bool = True


@router.post("/{enquiry_id}/answer")
def answer(
    enquiry_id: UUID, given: Answer, connection: Transaction, actor: CurrentActor, now: Now
) -> EnquiryShown:
    """Say what is answered; again to correct it. The first answer's time stays."""
    actions.answer(connection, enquiry_id, **given.model_dump(), actor=actor, at=now)
    return _shown(queries.one(connection, actor, enquiry_id))


class CallBack(Strict):
    """`satisfaction` from 1, not at all, to 5; only of somebody who was reached, and who has not
    said it already by their link. `remark` is shown to the bureau alone."""

    reached: bool
    satisfaction: int | None = Field(None, ge=LOWEST, le=HIGHEST)
    remark: Words | None = Field(None, min_length=1)


@router.post("/{enquiry_id}/call-back")
def call_back(
    enquiry_id: UUID, given: CallBack, connection: Transaction, actor: CurrentActor, now: Now
) -> EnquiryShown:
    """Note a call back; a later one stands in its place. Whoever was not reached still waits."""
    actions.call_back(connection, enquiry_id, **given.model_dump(), actor=actor, at=now)
    return _shown(queries.one(connection, actor, enquiry_id))


def _shown(row: Row) -> EnquiryShown:
    return EnquiryShown(**{name: row[name] for name in EnquiryShown.model_fields})
