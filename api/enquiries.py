"""Enquiries at the doors: a call becomes a report, is put with its case, and is answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Connection

from api import cases
from api.answers import Strict
from api.cases import Reason, ReportGiven, StepGiven
from api.circumstances import Circumstances
from api.deps import LINE, Moment
from api.intake import keep_reporter
from layers.enquiries.actions import Asked, take, was_taken
from layers.enquiries.rules import Channel, Waits
from layers.reporters.rules import Contact

Number = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=LINE, strip_whitespace=True)
]
Line = Annotated[str, StringConstraints(max_length=100, pattern=LINE, strip_whitespace=True)]


class CallerGiven(Strict):
    name: Line | None = None
    phone: Line | None = None


class EnquiryGiven(Strict):
    """What somebody outside brought. Its `id` is made where it is taken: the same one sent again is
    the same enquiry.

    With a `report` it opens a case; with an `incident` it asks about one that is there. With both
    the report is merged into that case, for the `reason` that is given. Who called is kept with
    the report.
    """

    id: UUID
    channel: Channel
    outside_no: Number | None = Field(None, description="The order's number at the hotline")
    respond_by: Moment | None = Field(None, description="The hotline's deadline")
    caller: CallerGiven | None = None
    incident: UUID | None = None
    report: ReportGiven | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _about_something(self) -> "EnquiryGiven":
        if self.incident is None and self.report is None:
            raise ValueError("names neither an incident nor a report")
        if self.caller is not None and self.report is None:
            raise ValueError("a caller is kept with a report")
        if (self.reason is not None) != (self.incident is not None and self.report is not None):
            raise ValueError("a reason goes with a report that is merged into an incident")
        return self


class EnquiryShown(Strict):
    """`incident` is its own report, `case` what that was merged into, if it was. `waits`: what is
    to be done next; null when all is done, or nobody left a name or number to be called back.
    `caller`: whether it is known who asked, for those who may see it. `interim` was answered on
    the way to the `answer`, the last word. `remark` was noted on the call back; an `own_rating`
    came by the link of whoever asked, with their `opinion`."""

    id: UUID
    incident: UUID
    case: UUID
    case_no: str | None
    state: str
    matter: str
    matter_zh: str
    matter_en: str
    address: str | None
    grid: str | None
    township: str | None
    channel: Channel
    outside_no: str | None
    received_at: datetime
    respond_by: datetime | None
    waits: Waits | None
    caller: bool | None
    interim: str | None
    interim_at: datetime | None
    answer: str | None
    answered_at: datetime | None
    called_back_at: datetime | None
    reached: bool | None
    satisfaction: int | None
    satisfied_at: datetime | None
    remark: str | None
    opinion: str | None
    own_rating: bool


def take_in(
    connection: Connection, given: EnquiryGiven, sent: dict[str, object], around: Circumstances
) -> bool:
    """Keep an enquiry with the report that it brought; False where it was kept before."""
    # A digest of a telephone number can be tried out: of the caller it tells nothing.
    content = cases.digest({name: value for name, value in sent.items() if name != "caller"})
    if was_taken(connection, given.id, content):
        return False
    if given.report is not None:
        _report(connection, given, given.report, sent["report"], around)
    about = given.incident if given.report is None else given.report.id
    asked = Asked(
        given.id, UUID(str(about)), given.channel, content, given.outside_no, given.respond_by
    )
    return take(connection, asked, actor=around.actor, at=around.at)


def _report(
    connection: Connection, given: EnquiryGiven, report: ReportGiven, sent: object,
    around: Circumstances,
) -> None:  # fmt: skip
    """The report with whoever brought it; of a case that is known already it becomes a part."""
    new = cases.take_in(connection, report, sent, around).new
    if new and given.caller is not None:
        contact = Contact(given.caller.name, given.caller.phone)
        keep_reporter(connection, report.id, contact, around)
    if given.incident is not None:
        merge = StepGiven(
            event_id=given.id, happened_at=around.at, reason=given.reason, into=given.incident
        )
        cases.take_step(connection, report.id, "merge", merge, around)
