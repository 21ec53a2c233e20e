"""The line itself: who sends too slowly or too much is cut, and a server told to stop stops."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from api import certificates, safety, tls, wire
from api.settings import Settings

ASKED = b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n"
SENT = b"POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
PATIENCE_S = 10.0


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"data: tick\n\n"
        await asyncio.sleep(0.01)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """A few routes behind the guard, which ask no database."""
    made = FastAPI()
    made.state.given = made.state.settings = Settings(var=tmp_path)

    @made.get("/small")
    async def small() -> str:
        return "small"

    @made.get("/large")
    async def large() -> StreamingResponse:
        return StreamingResponse(iter([b"x" * 1_000_000] * 100))

    @made.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(endless(), media_type="text/event-stream")

    @made.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @made.post("/unread")
    async def unread() -> str:
        return "no, thank you"

    safety.install(made, made.state.settings)
    return made


class Running:
    """A server on this machine."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.port = int(self._server.servers[0].sockets[0].getsockname()[1])

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@pytest.fixture
def run(app: FastAPI) -> Iterator[Callable[..., Running]]:
    """Starts a server; it ends with the test."""
    running: list[Running] = []

    def start(**more: object) -> Running:
        config = uvicorn.Config(
            app, host="127.0.0.1", port=0, http=wire.Line, ws="none", lifespan="off",
            log_config=None, access_log=False, timeout_graceful_shutdown=1, **more,
        )  # fmt: skip
        running.append(Running(config))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def served(run) -> Callable[..., int]:
    """Starts a server and gives its port."""
    return lambda **more: run(**more).port


@contextmanager
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as link:
        yield link


def answer(link: socket.socket) -> bytes:
    """One answer with its whole body, or b"" when the line was cut."""
    came = b""
    try:
        while b"\r\n\r\n" not in came:
            if not (piece := link.recv(65_536)):
                return b""
            came += piece
        head, _, body = came.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += link.recv(65_536)
    except ConnectionResetError:
        return b""
    return head + b"\r\n\r\n" + body


def is_cut(link: socket.socket) -> bool:
    try:
        return link.recv(1) == b""
    except ConnectionResetError:
        return True


def test_many_requests_go_over_one_line(served):
    with line(served()) as link:
        link.sendall(ASKED)
        first = answer(link)
        link.sendall(SENT % 6 + b"abc")
        link.sendall(b"def")
        second = answer(link)
        link.sendall(ASKED)
        third = answer(link)

    assert (first[-7:], second[-1:], third[-7:]) == (b'"small"', b"6", b'"small"')


def test_a_head_that_never_ends_is_cut(served, monkeypatch):
    monkeypatch.setattr(wire, "HEAD_S", 0.2)
    port = served()

    with line(port) as silent, line(port) as slow, line(port) as later:
        later.sendall(ASKED)
        assert answer(later)
        later.sendall(b"\r\n")
        slow.sendall(ASKED[:20])

        assert is_cut(silent) and is_cut(slow) and is_cut(later)


def test_a_head_without_end_is_cut(served):
    with line(served()) as link:
        link.sendall(ASKED[:-2])
        try:
            for _ in range(40):
                link.sendall(b"X-More: " + b"x" * 8_000 + b"\r\n")
        except (ConnectionResetError, BrokenPipeError):
            return
        assert is_cut(link)


def test_a_body_longer_than_said_to_be_allowed_is_refused_and_the_rest_may_still_come(served):
    with line(served()) as link:
        link.sendall(SENT % 2_000_000 + b"x" * 100_000)
        refused = answer(link)
        link.sendall(b"x" * 1_900_000)
        link.sendall(ASKED)

        assert refused.startswith(b"HTTP/1.1 413")
        assert answer(link).endswith(b'"small"')


def test_the_rest_of_a_refused_body_does_not_trickle_for_ever(served, monkeypatch):
    monkeypatch.setattr(wire, "STALLED_S", 0.2)

    with line(served()) as link:
        link.sendall((SENT % 100_000).replace(b"/length", b"/unread"))
        assert b"no, thank you" in answer(link)
        link.sendall(b"x")

        assert is_cut(link)


def test_a_reader_that_never_reads_is_cut(served, monkeypatch):
    monkeypatch.setattr(wire, "STALLED_S", 0.2)

    with line(served()) as link:
        link.sendall(ASKED.replace(b"/small", b"/large"))
        time.sleep(0.5)
        came = 0
        try:
            while piece := link.recv(1_000_000):
                came += len(piece)
        except ConnectionResetError:
            pass

    assert came < 100_000_000


@pytest.mark.parametrize("limit", ["CONNECTIONS", "CONNECTIONS_OF_ONE"])
def test_there_is_an_end_to_the_lines_that_are_held_open(served, monkeypatch, limit):
    monkeypatch.setattr(wire, limit, 2)
    monkeypatch.setattr(wire, "is_loopback", lambda _: False)
    port = served()

    with line(port) as first, line(port) as second:
        for link in (first, second):
            link.sendall(ASKED)
            assert answer(link)
        with line(port) as third:
            assert is_cut(third)
    with line(port) as fourth:
        fourth.sendall(ASKED)
        assert answer(fourth)


def test_this_machine_alone_may_hold_as_many_lines_as_it_likes(served, monkeypatch):
    monkeypatch.setattr(wire, "CONNECTIONS_OF_ONE", 1)
    port = served()

    with line(port) as first, line(port) as second:
        for link in (first, second):
            link.sendall(ASKED)
            assert answer(link)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_the_same_holds_over_https(served, tmp_path, loop):
    file, _ = certificates.keep(tmp_path / "tls", ["localhost"], datetime.now(UTC))
    public = certificates.public(tmp_path / "tls") or b""
    trusting = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(public))
    port = served(loop=loop, ssl_context_factory=tls.factory(tls.Files(file)))

    with line(port) as plain, trusting.wrap_socket(plain, server_hostname="localhost") as link:
        link.sendall(ASKED)
        assert answer(link).endswith(b'"small"')
        certificates.keep(tmp_path / "tls", ["localhost", "new.lan"], datetime.now(UTC))
    with line(port) as plain, trusting.wrap_socket(plain, server_hostname="new.lan") as link:
        assert link.version() == "TLSv1.3"


def test_a_server_told_to_stop_ends_within_its_grace_though_streams_are_open(run):
    """Takes the grace of a second, which is what it shows."""
    server = run()

    with line(server.port) as link:
        link.sendall(ASKED.replace(b"/small", b"/stream"))
        assert link.recv(1_000).startswith(b"HTTP/1.1 200")
        assert b"tick" in link.recv(1_000)
        server.stop()
