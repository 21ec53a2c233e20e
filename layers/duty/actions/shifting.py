"""A squad comes on duty and goes off, and says whether it can be sent."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as put

from layers.access import Actor, Verb, holds_at, within
from layers.duty.actions.importing import LOCK
from layers.duty.rules import EARLY, LONGEST, USUAL, OutOfService, Said
from layers.duty.tables import DutyEvent
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.journal.actions import note
from layers.squads.queries import standing
from layers.squads.tables import Shift, Squad


def begin(
    connection: Connection, squad: str, *, until: datetime | None, actor: Actor, at: datetime,
    said: Said | None = None,
) -> UUID:  # fmt: skip
    """Come on duty: the next planned shift, if it begins soon, or one of its own, which lasts
    until the next one at most. What was said without a signal counts from when it was said."""
    _check_power(connection, actor, squad)
    connection.execute(LOCK)
    said = said or Said(uuid4(), at)
    if known := _known(connection, squad, "begin", said, at):
        return known
    since = said.moment(at)
    if _on(connection, squad, since) is not None:
        raise Conflict("shift_on", squad=squad)
    coming = _next(connection, squad, since)
    if coming is not None and _is_begun_by_it(coming, since, at):
        shift = _change(connection, coming.id, starts_at=since)
    else:
        ends_at = until or min(since + USUAL, coming.starts_at if coming else since + USUAL)
        _check_end(since, ends_at, coming)
        row = {"squad_code": squad, "starts_at": since, "ends_at": ends_at, "by_hand": True}
        shift = connection.execute(insert(Shift).values(row).returning(Shift.id)).scalar_one()
    _keep(connection, said, shift)
    note(connection, "begin_shift", "squads", squad, actor=actor, at=at, shift=str(shift))
    return shift


def end(
    connection: Connection, squad: str, *, actor: Actor, at: datetime, said: Said | None = None,
    worked_at: datetime | None = None,
) -> UUID:  # fmt: skip
    """Go off duty before the shift would end. What was said before something newer of that shift
    changes nothing, nor what was said before the squad `worked_at` a case or was on its way: the
    first time since."""
    _check_power(connection, actor, squad)
    connection.execute(LOCK)
    said = said or Said(uuid4(), at)
    if known := _known(connection, squad, "end", said, at):
        return known
    until = said.moment(at)
    on = _on(connection, squad, until)
    if on is None:
        raise Conflict("no_shift_on", squad=squad)
    worked = worked_at is not None and until < worked_at <= on.ends_at
    if not worked and not _is_overtaken(connection, squad, on, until):
        _change(connection, on.id, ends_at=until)
    shift: UUID = on.id
    _keep(connection, said, shift)
    note(connection, "end_shift", "squads", squad, actor=actor, at=at, shift=str(shift))
    return shift


def say(
    connection: Connection, squad: str, reason: OutOfService | None, *, actor: Actor,
    at: datetime, said: Said | None = None,
) -> None:  # fmt: skip
    """Say why the squad cannot be sent, or that it can. It holds for the shift that is on; what
    was said before something newer changes nothing."""
    _check_power(connection, actor, squad)
    said = said or Said(uuid4(), at)
    if _is_known(connection, squad, reason or "in_service", said, at):
        return
    when = said.moment(at)
    now = standing(when)
    asked = select(now.on_duty, Squad.name).select_from(now.source)
    on_duty, name = connection.execute(asked.where(Squad.code == squad)).one()
    if not on_duty:
        raise Conflict("squad_off_duty", squad=squad, name=name)
    older = func.coalesce(Squad.out_of_service_at, when) <= when
    told = {"out_of_service": reason, "out_of_service_at": when}
    connection.execute(update(Squad).where(Squad.code == squad, older).values(told))
    verb = "out_of_service" if reason else "in_service"
    why = {"reason": reason} if reason else {}
    note(connection, verb, "squads", squad, actor=actor, at=at, **why)


def _is_known(connection: Connection, squad: str, what: str, said: Said, at: datetime) -> bool:
    """Whether it was said before; from now on it was."""
    row = {"event_id": said.event_id, "squad_code": squad, "said": what,
           "happened_at": said.happened_at, "received_at": at}  # fmt: skip
    first = put(DutyEvent).values(row).on_conflict_do_nothing().returning(DutyEvent.event_id)
    if connection.execute(first).first():
        return False
    same = select(DutyEvent.event_id).where(
        DutyEvent.event_id == said.event_id, DutyEvent.squad_code == squad, DutyEvent.said == what
    )
    if connection.execute(same).first() is None:
        raise Conflict("other_content", id=said.event_id)
    return True


def _known(connection: Connection, squad: str, what: str, said: Said, at: datetime) -> UUID | None:
    """The shift that was begun or ended by it, if it was said before."""
    if not _is_known(connection, squad, what, said, at):
        return None
    shift = select(DutyEvent.shift_id).where(DutyEvent.event_id == said.event_id)
    return connection.execute(shift).scalar_one()


def _keep(connection: Connection, said: Said, shift: UUID) -> None:
    event = update(DutyEvent).where(DutyEvent.event_id == said.event_id)
    connection.execute(event.values(shift_id=shift))


def _check_power(connection: Connection, actor: Actor, squad: str) -> None:
    """The squad itself, and whoever sends it."""
    seen = within(actor, Squad.township_code, squad=Squad.code)
    asked = select(Squad.township_code).where(Squad.code == squad, seen)
    found = connection.execute(asked).one_or_none()
    if found is None:
        raise NotFound("no_squad", squad=squad)
    if not any(
        holds_at(actor, verb, found.township_code, grid=None, squad=squad)
        for verb in (Verb.HANDLE, Verb.DISPATCH)
    ):
        raise Forbidden("may_not_there", verb=Verb.DISPATCH)


def _on(connection: Connection, squad: str, at: datetime) -> Row[UUID, datetime] | None:
    on = select(Shift.id, Shift.ends_at).where(
        Shift.squad_code == squad, Shift.starts_at <= at, Shift.ends_at > at
    )
    return connection.execute(on).one_or_none()


def _is_overtaken(
    connection: Connection, squad: str, on: Row[UUID, datetime], at: datetime
) -> bool:
    """Whether something was said for a later moment of a shift than this."""
    when = func.least(DutyEvent.happened_at, DutyEvent.received_at)
    later = select(DutyEvent.event_id).where(
        DutyEvent.squad_code == squad, when > at, when <= on.ends_at,
        or_(DutyEvent.shift_id == on.id, DutyEvent.shift_id.is_(None)),
    )  # fmt: skip
    return connection.execute(later).first() is not None


def _is_begun_by_it(
    coming: Row[UUID, datetime, datetime | None], since: datetime, at: datetime
) -> bool:
    """A planned one, or one that is on by now: two phones of a squad said that they began."""
    soon = coming.starts_at <= since + EARLY
    return soon and (coming.planned_at is not None or coming.starts_at <= at)


def _next(
    connection: Connection, squad: str, at: datetime
) -> Row[UUID, datetime, datetime | None] | None:
    coming = select(Shift.id, Shift.starts_at, Shift.planned_at)
    coming = coming.where(Shift.squad_code == squad, Shift.starts_at > at)
    return connection.execute(coming.order_by(Shift.starts_at).limit(1)).one_or_none()


def _change(connection: Connection, shift: UUID, **times: datetime) -> UUID:
    connection.execute(update(Shift).where(Shift.id == shift).values(**times, by_hand=True))
    return shift


def _check_end(
    at: datetime, ends_at: datetime, coming: Row[UUID, datetime, datetime | None] | None
) -> None:
    if not at < ends_at <= at + LONGEST:
        raise Invalid("bad_shift")
    if coming is not None and coming.starts_at < ends_at:
        raise Conflict("shifts_overlap", at=coming.starts_at)
