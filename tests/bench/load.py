"""A server process, and a bounded load on it that costs next to nothing itself."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
CLIENTS = 16
"""As many as pgbench had when the limit was measured."""
PATIENCE_S = 30.0


class ServerFailed(Exception):
    """The server did not come up, or gave an answer that it should not give."""


@contextmanager
def served(database_url: str) -> Iterator[int]:
    """Serve tests.bench.served on a free port of 127.0.0.1; yields the port."""
    with socket.create_server((HOST, 0)) as free:
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-P",
        "-m",
        "uvicorn",
        "--factory",
        "tests.bench.served:app",
        "--host",
        HOST,
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--no-access-log",
    ]
    given = {"PYTHONPATH": str(ROOT), "GRIDPATROL_APP_URL": database_url}
    with (
        TemporaryFile() as told,
        subprocess.Popen(command, env={**os.environ, **given}, stderr=told) as process,
    ):
        try:
            _wait(port, process, told)
            yield port
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes], told: IO[bytes]) -> None:
    """Its line for each answer would hide the table: what it told is shown where it fails."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection((HOST, port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.1)
    told.seek(0)
    raise ServerFailed(f"nothing on port {port}: {told.read().decode()}")


def posted(
    port: int, path: str, bodies: Sequence[bytes], secret: str, clients: int = CLIENTS
) -> list[bytes]:
    """The answers to all bodies, sent over so many lasting connections, each one after the other.

    All of them by one who is signed in.
    """
    requests = [_request(path, body, secret) for body in bodies]
    share = [requests[one::clients] for one in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda own: _exchanged(port, own), share))
    return [answers[n % clients][n // clients] for n in range(len(bodies))]


def _request(path: str, body: bytes, secret: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {secret}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _exchanged(port: int, requests: Sequence[bytes]) -> list[bytes]:
    with socket.create_connection((HOST, port)) as link, link.makefile("rb") as answers:
        return [_exchange(link, answers, request) for request in requests]


def _exchange(link: socket.socket, answers: "socket.SocketIO", request: bytes) -> bytes:
    link.sendall(request)
    status, length = answers.readline(), 0
    while (line := answers.readline().lower()) != b"\r\n":
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    body = answers.read(length)
    if b" 20" not in status:
        raise ServerFailed(f"{status!r}: {body!r}")
    return body
