"""Commands and servers in processes of their own, which may be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from api import cluster as clusters
from tests.conftest import ROOT


def postmaster(cluster: clusters.Cluster) -> int:
    return int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])


COMMAND = (sys.executable, "-P", "-m", "api.cli")


def run(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as it is typed."""
    return subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, timeout=60, cwd=cwd, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


@contextmanager
def serving(
    port: int, command: Sequence[str] = COMMAND, **environment: str
) -> Iterator[subprocess.Popen]:
    """A server of the test's own, ended as Ctrl-C ends it."""
    with subprocess.Popen(
        [*command, "serve", "--port", str(port)], stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    ) as server:  # fmt: skip
        try:
            yield server
        finally:
            server.send_signal(signal.SIGINT)


def wait_until(true: Callable[[], bool], alive: subprocess.Popen, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert alive.poll() in (None, 0) and time.monotonic() < deadline
        time.sleep(0.1)


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20):
            return True
    except OSError:
        return False


def workers(server: subprocess.Popen) -> list[int]:
    """The process ids of the server's children, whichever thread started them."""
    tasks = Path(f"/proc/{server.pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def wait_until_ready(server: subprocess.Popen, port: int) -> int:
    """Until it and its worker answer; the process id of the worker."""
    wait_until(lambda: answers(port, "/readyz") and answers(port, "/readyz/worker"), server)
    return workers(server)[0]


def wait_until_gone(process: int) -> None:
    deadline = time.monotonic() + 30
    while is_at_work(process):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_at_work(process: int) -> bool:
    """Neither gone nor ended and merely not yet collected."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
