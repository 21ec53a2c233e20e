"""Started in any order: server and worker wait for a database that others bring up and migrate."""

import threading

import structlog

from layers import db, migrations
from layers.access import DOOR, transaction

PAUSE_S = 1.0
log = structlog.get_logger()


def wait(url: str | None, stop: threading.Event) -> None:
    """Return once the database at this address can be worked with, or when told to stop.

    Says once what it waits for, and again when that becomes something else. There is nothing to
    wait for without an address: the private database comes with its first user.
    """
    said = None
    while url is not None and not stop.is_set():
        lacking = _lacking(url)
        if lacking is None:
            return
        if lacking != said:
            log.warning("waiting for the database", lacking=lacking)
            said = lacking
        stop.wait(PAUSE_S)


def _lacking(url: str) -> str | None:
    engine = db.connect(url, pool=1)
    try:
        with transaction(engine, DOOR) as connection:
            return None if migrations.current(connection) else "gridpatrol db migrate"
    except db.UNAVAILABLE as failure:
        return _reason(failure)
    finally:
        engine.dispose()


def _reason(failure: Exception) -> str:
    """The driver's own first line: it names server, port and user, which whoever waits needs."""
    return str(getattr(failure, "orig", failure)).strip().partition("\n")[0]
