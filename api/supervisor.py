"""What a server keeps alive beside itself: its background worker, and its private cluster."""

import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from api import cluster

PAUSE_S = 1.0
GLANCE_S = 0.2
log = structlog.get_logger()


@contextmanager
def beside(worker: Sequence[str], private: cluster.Cluster | None) -> Iterator[None]:
    """Keep both alive while the block runs, and end the worker with it."""
    stop = threading.Event()
    tending = [threading.Thread(target=keep_at_work, args=(worker, stop))]
    if private is not None:
        tending.append(threading.Thread(target=keep_up, args=(private, stop)))
    for thread in tending:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in tending:
            thread.join()


@contextmanager
def alongside(chore: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run a chore in a thread while the block runs; it ends when the event is set."""
    stop = threading.Event()
    thread = threading.Thread(target=chore, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def keep_at_work(command: Sequence[str], stop: threading.Event) -> None:
    """Run a program until told to stop, again whenever it ends."""
    while not stop.is_set():
        with subprocess.Popen(command) as program:
            while program.poll() is None and not stop.wait(GLANCE_S):
                pass
            program.terminate()
        if not stop.wait(PAUSE_S):
            log.error("worker ended and is started again", code=program.returncode)


def keep_up(private: cluster.Cluster, stop: threading.Event) -> None:
    """Start the cluster again when it was killed. Whoever stopped it wanted it so.

    One that is just being stopped may look like a killed one for a moment: it is looked at twice.
    """
    fallen = False
    while not stop.wait(PAUSE_S):
        before, fallen = fallen, cluster.fell(private)
        if before and fallen:
            _raise_up(private)


def _raise_up(private: cluster.Cluster) -> None:
    log.error("database was killed and is started again")
    try:
        cluster.start(private)
    except Exception:
        log.exception("database does not start")
