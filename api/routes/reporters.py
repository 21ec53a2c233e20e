"""Who reported: shown to those who call back, and to that person on request.

A number or an address stands in a body alone, never in an address line. Each reading is journalled.
"""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints

from api.answers import Page, Strict, following
from api.deps import LARGEST_PAGE, LINE, Code, CurrentActor, Day, Now, Transaction, unkept
from api.keys import CurrentRing
from layers.enquiries import actions as enquiries
from layers.enquiries.queries import said
from layers.enquiries.rules import Channel
from layers.incidents import actions as incidents
from layers.photos import actions as photos
from layers.reporters import actions, rules
from layers.reporters.rules import Contact, Wishes

router = APIRouter(prefix="/api", tags=["reporters"], dependencies=[Depends(unkept)])
OF_ONE = "/incidents/{incident_id}/reporter"

Line = Annotated[str, StringConstraints(max_length=100, pattern=LINE, strip_whitespace=True)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=LINE, strip_whitespace=True)]
Place = Annotated[str, StringConstraints(max_length=1000, pattern=LINE, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


class ReporterGiven(Strict):
    """`callback`: wishes to be called back. `kept_until`: not to be forgotten before."""

    name: Line | None = None
    phone: Line | None = None
    email: Email | None = None
    address: Place | None = None
    callback: bool | None = None
    kept_until: Day | None = None


class ReporterShown(ReporterGiven):
    kept_at: datetime


class Wanted(Strict):
    """One of the two; a phone number however it is written."""

    phone: Line | None = None
    email: Email | None = None

    @property
    def one(self) -> tuple[str, str]:
        return rules.wanted(self.phone, self.email)


class Find(Wanted):
    """`after`: the `next` of the page before."""

    limit: int = Field(100, ge=1, le=LARGEST_PAGE)
    after: UUID | None = None


class Said(Strict):
    """What was answered to an enquiry and said of that, and its number at the hotline."""

    id: UUID
    channel: Channel
    outside_no: str | None
    answer: str | None
    remark: str | None
    opinion: str | None


class Report(Strict):
    """A case that somebody reported, and what is kept of that person with it."""

    incident: UUID
    source: str
    external_id: str
    case_no: str | None
    matter: str
    matter_zh: str
    matter_en: str
    state: str
    occurred_at: datetime
    closed_at: datetime | None
    place: str | None
    description: str | None
    answers: dict[str, object]
    enquiries: list[Said]
    name: str | None
    phone: str | None
    email: str | None
    address: str | None
    callback: bool | None
    kept_until: date | None


class Done(Strict):
    incident: UUID


class Removed(Strict):
    incidents: list[UUID]


class Redaction(Strict):
    """The new words, or null for none, of what is named; `answers` are the questions whose answers
    are taken out; `reason` goes beside the journal."""

    address: Place | None = None
    description: Words | None = None
    answers: list[Code] = Field(default_factory=list, max_length=50)
    reason: Reason


class Because(Strict):
    """`reason` goes beside the journal."""

    reason: Reason


class Gone(Strict):
    """What is gone: a photograph, or the words of a step or of an enquiry."""

    id: UUID


@router.get(OF_ONE)
def reporter(
    incident_id: UUID, connection: Transaction, actor: CurrentActor, ring: CurrentRing, now: Now
) -> ReporterShown:
    """Who reported a case."""
    shown = actions.show(connection, incident_id, ring=ring, actor=actor, at=now)
    return ReporterShown(**vars(shown.contact), **vars(shown.wishes), kept_at=shown.kept_at)


@router.put(OF_ONE)
def keep(
    incident_id: UUID,
    given: ReporterGiven,
    connection: Transaction,
    actor: CurrentActor,
    ring: CurrentRing,
    now: Now,
) -> Done:
    """Keep who reported a case, in place of what was kept."""
    contact = Contact(given.name, given.phone, given.email, given.address)
    wishes = Wishes(given.callback, given.kept_until)
    actions.keep(connection, incident_id, contact, wishes, ring=ring, actor=actor, at=now)
    return Done(incident=incident_id)


@router.patch(OF_ONE)
def correct(
    incident_id: UUID,
    given: ReporterGiven,
    connection: Transaction,
    actor: CurrentActor,
    ring: CurrentRing,
    now: Now,
) -> Done:
    """Change what is named; null empties it, what is left out stays."""
    changes = given.model_dump(exclude_unset=True)
    actions.correct(connection, incident_id, changes, ring=ring, actor=actor, at=now)
    return Done(incident=incident_id)


@router.delete(OF_ONE)
def remove(incident_id: UUID, connection: Transaction, actor: CurrentActor, now: Now) -> Done:
    """Forget who reported a case, with the words of their enquiry; the case stays."""
    actions.remove(connection, incident_id, actor=actor, at=now)
    enquiries.remove(connection, [incident_id], actor=actor, at=now)
    return Done(incident=incident_id)


@router.post("/incidents/{incident_id}/redact")
def redact(
    incident_id: UUID, given: Redaction, connection: Transaction, actor: CurrentActor, now: Now
) -> Done:
    """Take out of a case's own words what says too much about a person."""
    changes = given.model_dump(exclude_unset=True, exclude={"reason", "answers"})
    incidents.redact(
        connection, incident_id, changes, given.reason, answers=given.answers, actor=actor, at=now
    )
    return Done(incident=incident_id)


@router.post("/incidents/{incident_id}/events/{event_id}/redact")
def redact_step(
    incident_id: UUID, event_id: UUID, given: Because, connection: Transaction,
    actor: CurrentActor, now: Now,
) -> Gone:  # fmt: skip
    """Take out what was typed with a step of a case; the step stays."""
    incidents.redact_step(connection, incident_id, event_id, given.reason, actor=actor, at=now)
    return Gone(id=event_id)


@router.post("/incidents/{incident_id}/photos/{photo_id}/redact")
def redact_photo(
    incident_id: UUID, photo_id: UUID, given: Because, connection: Transaction,
    actor: CurrentActor, now: Now,
) -> Gone:  # fmt: skip
    """Take a photograph out of a case; its files go with the next day's sweep."""
    photos.redact(connection, incident_id, photo_id, given.reason, actor=actor, at=now)
    return Gone(id=photo_id)


@router.post("/enquiries/{enquiry_id}/redact")
def redact_enquiry(
    enquiry_id: UUID, given: Because, connection: Transaction, actor: CurrentActor, now: Now
) -> Gone:
    """Take out what was answered and said, and the number at the hotline; the enquiry stays."""
    enquiries.redact(connection, enquiry_id, given.reason, actor=actor, at=now)
    return Gone(id=enquiry_id)


@router.post("/reporters/find")
def find(
    wanted: Find, connection: Transaction, actor: CurrentActor, ring: CurrentRing, now: Now
) -> Page[Report]:
    """All that the person with exactly this number or address reported."""
    found = actions.find(
        connection, wanted.one, after=wanted.after, limit=wanted.limit,
        ring=ring, actor=actor, at=now,
    )  # fmt: skip
    rows = [one.row for one in found]
    asked = _asked(connection, actor, [row["incident_id"] for row in rows])
    hidden = {"incident_id", "sealed", "kept_at"}
    items = [
        Report(
            incident=one.row["incident_id"], **vars(one.contact),
            enquiries=asked.get(one.row["incident_id"], []),
            **{name: value for name, value in one.row.items() if name not in hidden},
        )
        for one in found
    ]  # fmt: skip
    return Page(items=items, next=following(rows, wanted.limit, lambda r: str(r["incident_id"])))


def _asked(
    connection: Transaction, actor: CurrentActor, incidents: list[UUID]
) -> dict[UUID, list[Said]]:
    found: dict[UUID, list[Said]] = {}
    for row in said(connection, actor, incidents):
        plain = {name: row[name] for name in Said.model_fields}
        found.setdefault(row["incident_id"], []).append(Said(**plain))
    return found


@router.post("/reporters/remove")
def remove_all(
    wanted: Wanted, connection: Transaction, actor: CurrentActor, ring: CurrentRing, now: Now
) -> Removed:
    """Forget the person with this number or address in all cases, with the words of their
    enquiries; the cases stay."""
    gone = actions.remove_all(connection, wanted.one, ring=ring, actor=actor, at=now)
    enquiries.remove(connection, gone, actor=actor, at=now)
    return Removed(incidents=list(gone))
