"""The background worker: claim a job, do it in one transaction, mark it done in the same one.

Beside it runs the timetable: what is done each so many seconds, however long a job may take.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, text

from api import effective
from api.circumstances import Circumstances
from api.deps import OPERATOR
from api.jobs import AFTERWARDS, FOLLOWING, WORK
from api.messages import GatewayAway
from api.settings import Settings
from api.ways import Ways
from layers import db
from layers.access import WORKER, Actor, acting, transaction
from layers.errors import Conflict, Forbidden, Refused
from layers.files import Progress
from layers.incidents import queries as cases
from layers.incidents.actions.alarming import tell_due
from layers.incidents.actions.folding import fold
from layers.journal import actions as journal
from layers.people import queries as people
from layers.queue import actions as queue
from layers.queue.rules import TRIES

NAME = "gridpatrol worker"
"""What its connections are called, by which the database's other users see that it is there."""
LONGEST_QUIET_S = 30
PAUSE_S = 0.5
EVERY_S = 0.5
PATIENCE = text("SET LOCAL lock_timeout = '1s'")
"""With what others hold: a first load of cases holds its tables for minutes, and seals go on."""
log = structlog.get_logger()


def is_there(connection: Connection) -> bool:
    """Whether a worker is at it, on this machine or another: it speaks to the database each
    second."""
    quiet = db.quiet_for(connection, NAME)
    return quiet is not None and quiet <= LONGEST_QUIET_S


@dataclass(frozen=True)
class Regular:
    """Done every so many seconds, in a transaction of its own."""

    name: str
    every_s: float
    action: Callable[[Connection, datetime], object]


def seal(connection: Connection, at: datetime) -> int:
    return journal.seal(connection, at=at)


def forget(connection: Connection, at: datetime) -> UUID:
    return queue.put(connection, "retention", {"put_at": at}, actor=WORKER, at=at)


def clear(connection: Connection, at: datetime) -> UUID:
    return queue.put(connection, "blobs", {}, actor=WORKER, at=at)


def resume(connection: Connection, at: datetime) -> UUID | None:
    """Cases whose clock may have to go on: which of them, the bureau's own day decides."""
    if not cases.suspended(connection, until=at.date() + timedelta(days=1)):
        return None
    return queue.put(connection, "resume", {}, actor=WORKER, at=at)


def alarm(given: Settings, connection: Connection, at: datetime) -> int:
    settings = effective.present(connection, given)
    return tell_due(connection, acknowledge_in=settings.acknowledge_in, actor=WORKER, at=at)


TIMETABLE = (
    Regular("seal", 0.2, seal),
    Regular("fold", 60.0, lambda connection, _: fold(connection)),
    Regular("retention", 86_400.0, forget),
    Regular("resume", 600.0, resume),
    Regular("blobs", 86_400.0, clear),
)


def work(engine: Engine, settings: Settings, stop: threading.Event) -> None:
    """Do what waits, and what is due, until told to stop; a database away is waited for."""
    ways = Ways(partial(transaction, engine, WORKER), settings.osrm_url, patient=True)
    timetable = (*TIMETABLE, Regular("alarm", 30.0, partial(alarm, settings)))
    beside = threading.Thread(target=keep, args=(engine, timetable, stop))
    beside.start()
    try:
        while not stop.is_set():
            try:
                idle = not do_next(engine, settings, ways=ways)
            except db.UNAVAILABLE as failure:
                log.warning("database away", error=type(failure).__name__)
                idle = True
            except Exception:
                log.exception("worker stumbled")
                idle = True
            if idle:
                stop.wait(PAUSE_S)
    finally:
        stop.set()
        beside.join()


def keep(engine: Engine, timetable: Sequence[Regular], stop: threading.Event) -> None:
    """Keep the timetable until told to stop; what failed is tried again when it is next due."""
    due = dict.fromkeys(timetable, 0.0)
    while not stop.wait(max(0.0, min(due.values()) - time.monotonic())):
        regular = min(due, key=due.__getitem__)
        due[regular] = time.monotonic() + regular.every_s
        try:
            with transaction(engine, WORKER) as connection:
                connection.execute(PATIENCE)
                regular.action(connection, _now())
        except db.UNAVAILABLE as failure:
            why = type(failure.__cause__ or failure).__name__
            log.warning("regular work put off", name=regular.name, error=why)
        except Exception:
            log.exception("regular work failed", name=regular.name)


def do_next(
    engine: Engine, settings: Settings, *, only: datetime | None = None, ways: Ways | None = None
) -> bool:
    """Do the next job that is due, or that was put at this very moment; False when none is."""
    job_id, begun = None, time.monotonic()
    try:
        with transaction(engine, WORKER) as connection:
            job = queue.claim(connection, at=_now(), only=only)
            if job is None:
                return False
            job_id = job.id
            tell = _begin(engine, job)
            around = replace(_circumstances(connection, settings, job, tell), ways=ways)
            acting(connection, around.actor)
            result = WORK[job.name](connection, job.arguments, around)
            acting(connection, WORKER)
            if result is None:
                queue.drop(connection, job.id)
            else:
                queue.finish(connection, job.id, result, at=_now())
        if job.name in AFTERWARDS:
            AFTERWARDS[job.name](job.arguments)
        ms = round((time.monotonic() - begun) * 1000)
        log.info("job done", job=str(job.id), name=job.name, ms=ms)
    except Exception as failure:
        if job_id is None:
            raise
        _fail(engine, job_id, failure)
    return True


def actor_of(connection: Connection, job: queue.Claimed, at: datetime, today: date) -> Actor:
    """Whose powers the job is done with: those that its asker has now, and not those of then. What
    a program asked for is done within its token's scopes, and not at all once the token has ended.

    What follows from work that was allowed is the worker's own to do, whoever has left since.
    Beside people only the operator of this machine and the worker itself ask for any.
    """
    if job.name in FOLLOWING:
        return WORKER
    if job.token is not None:
        return people.by_token_id(connection, job.token, at=at, today=today)
    if job.actor in (OPERATOR.name, WORKER.name):
        return Actor(job.actor, OPERATOR.verbs)
    try:
        person = UUID(job.actor)
    except ValueError as nobody:
        raise Forbidden("asker_left") from nobody
    return people.by_id(connection, person, today=today)


def _circumstances(
    connection: Connection, settings: Settings, job: queue.Claimed, tell: Progress
) -> Circumstances:
    at, holding = _now(), effective.present(connection, settings)
    actor = actor_of(connection, job, at, at.astimezone(holding.zone).date())
    return Circumstances(holding, actor, at, tell)


def _begin(engine: Engine, job: queue.Claimed) -> Progress:
    """Whoever was killed at this job so often that it may be the cause does not take it again."""
    with transaction(engine, WORKER) as beside:
        begun = queue.begin(beside, job.id, at=_now())
    if begun > TRIES:
        raise Conflict("gave_up", tries=TRIES)

    told = 0.0

    def tell(done: int, total: int, stage: str) -> None:
        nonlocal told
        if time.monotonic() - told < EVERY_S:
            return
        told = time.monotonic()
        with transaction(engine, WORKER) as beside:
            queue.tell(beside, job.id, stage, done, total)

    return tell


def _fail(engine: Engine, job_id: UUID, failure: Exception) -> None:
    """A refusal will be refused again; anything else may pass."""
    refused = isinstance(failure, Refused)
    if isinstance(failure, Refused):
        log.info("job refused", job=str(job_id), code=failure.code)
        problem: dict[str, object] = {"code": failure.code, "values": failure.values}
    else:
        log.error("job failed", job=str(job_id), exc_info=failure)
        problem = {"code": _code(failure), "values": {}}
    with transaction(engine, WORKER) as beside:
        queue.fail(beside, job_id, problem, again=not refused, at=_now())


def _code(failure: Exception) -> str:
    if isinstance(failure, db.UNAVAILABLE):
        return "database_away"
    return "gateway_away" if isinstance(failure, GatewayAway) else "defect"


def _now() -> datetime:
    return datetime.now(UTC)
