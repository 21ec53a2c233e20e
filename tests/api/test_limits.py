"""How much one sender may ask for, and how long it may take: at the figures, by a clock of ours."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from api import limits
from api.limits import SIGNED, UNSIGNED, Allowance, Buckets, Senders, line
from tests.api.walk.routes import WRITES
from tests.conftest import ran

AWAY = ("198.51.100.9", 40_000)


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def senders(clock: Clock) -> Senders:
    return Senders(clock)


def allowed(senders: Senders, times: int, proof: bytes | None, address: str) -> int:
    return sum(senders.wait(proof, line(address)) == 0 for _ in range(times))


def test_a_bucket_gives_its_burst_and_then_so_many_a_second(clock):
    bucket = Buckets(Allowance(burst=3, each_s=2), clock)

    at_once = [bucket.wait(b"a") for _ in range(4)]
    clock.at = 1.0
    later = [bucket.wait(b"a") for _ in range(3)]

    assert at_once == [0, 0, 0, 1]
    assert later == [0, 0, 1]
    assert bucket.wait(b"b") == 0


def test_the_least_recent_senders_are_forgotten(clock, monkeypatch):
    monkeypatch.setattr(limits, "KNOWN_SENDERS", 2)
    bucket = Buckets(Allowance(burst=1, each_s=0.001), clock)

    waits = [bucket.wait(sender) > 0 for sender in (b"a", b"b", b"a", b"c", b"a", b"b")]

    assert waits == [False, False, True, False, True, False]


def test_who_is_not_signed_in_is_counted_by_address(senders):
    assert allowed(senders, int(UNSIGNED.burst) + 5, None, "198.51.100.1") == UNSIGNED.burst
    assert allowed(senders, 5, None, "198.51.100.2") == 5


def test_who_was_recognised_is_counted_alone_though_the_whole_bureau_has_one_address(senders):
    senders.found_good(b"mine")
    allowed(senders, int(UNSIGNED.burst) + 5, None, "198.51.100.1")

    assert allowed(senders, int(SIGNED.burst) + 5, b"mine", "198.51.100.1") == SIGNED.burst


def test_made_up_tokens_give_nobody_more(senders):
    tried = [
        senders.wait(str(n).encode(), line("198.51.100.1")) for n in range(int(UNSIGNED.burst) + 5)
    ]

    assert tried.count(0) == UNSIGNED.burst


def test_a_customer_with_a_whole_range_of_version_6_is_one_sender(senders):
    allowed(senders, int(UNSIGNED.burst), None, "2001:db8::1")

    assert senders.wait(None, line("2001:db8::ffff")) > 0
    assert senders.wait(None, line("2001:db8:0:1::1")) == 0


@pytest.mark.parametrize("here", ["127.0.0.1", "127.8.8.8", "::1", ""])
def test_this_machine_itself_is_not_counted(here):
    assert line(here) is None


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """Somebody from another machine."""
    with TestClient(app, "http://127.0.0.1", client=AWAY) as client:
        yield client


def test_a_flood_is_told_to_wait_and_what_asks_no_database_goes_on(stranger, monkeypatch):
    monkeypatch.setattr(Senders, "wait", lambda *_: 7)

    refused = stranger.get("/api/townships")
    watched = [stranger.get(path) for path in ("/readyz", "/readyz/worker", "/metrics")]

    assert [answer.status_code for answer in watched] == [429] * 3
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "7"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert stranger.get("/healthz").status_code == 200
    assert stranger.get("/assets/theme.css").status_code == 200


def test_a_visitor_from_elsewhere_is_counted_and_one_from_here_is_not(app, monkeypatch):
    monkeypatch.setattr(limits, "UNSIGNED", Allowance(burst=2, each_s=0.001))

    def codes(sender: tuple[str, int]) -> list[int]:
        with TestClient(app, "http://127.0.0.1", client=sender) as client:
            return [client.get("/api/problems/defect").status_code for _ in range(3)]

    assert codes(AWAY) == [200, 200, 429]
    assert codes(("127.0.0.1", 40_000)) == [200, 200, 200]


def test_who_reads_without_a_key_is_counted_apart_and_by_address(app, monkeypatch):
    monkeypatch.setattr(limits, "PUBLIC", Allowance(burst=2, each_s=0.001))

    with TestClient(app, "http://127.0.0.1", client=AWAY) as client:
        read = [
            client.get("/discovery.json", headers={"Authorization": f"Bearer gpt_{number}"})
            for number in range(3)
        ]
        sent = client.post("/open311/v2/requests.json", data={"api_key": "x"})
        other = client.get("/api/problems/defect")

    assert [answer.status_code for answer in read] == [200, 200, 429]
    assert read[2].json()[0]["code"] == "too_many_requests"
    assert (sent.status_code, other.status_code) == (403, 200)


# Bodies.


def chunks(*sizes: int, pause: float = 0.0):
    """A receive() that gives pieces of these sizes, each after a pause; the last is the last."""
    left = list(sizes)

    async def receive():
        await asyncio.sleep(pause)
        size = left.pop(0)
        return {"type": "http.request", "body": b"x" * size, "more_body": bool(left)}

    return receive


async def drained(receive) -> int:
    total, more = 0, True
    while more:
        message = await receive()
        total, more = total + len(message["body"]), message["more_body"]
    return total


def status_of(receive) -> int:
    with pytest.raises(HTTPException) as refused:
        ran(drained(receive))
    return refused.value.status_code


def test_a_body_in_pieces_is_measured_as_it_comes():
    assert ran(drained(limits.Body(chunks(40, 40, 20), 100))) == 100
    assert status_of(limits.Body(chunks(40, 40, 21), 100)) == 413


def test_a_body_that_stops_coming_is_given_up(monkeypatch):
    monkeypatch.setattr(limits, "SILENCE_S", 0.01)

    assert status_of(limits.Body(chunks(1, 1, pause=5), 100)) == 408


def test_a_body_that_trickles_is_given_up_but_a_slow_telephone_is_not(monkeypatch):
    now = Clock()
    monkeypatch.setattr(limits.time, "monotonic", now)

    def lasting(seconds_each: float, size: int, pieces: int):
        receive = chunks(*[size] * pieces)

        async def later():
            now.at += seconds_each
            return await receive()

        return later

    assert status_of(limits.Body(lasting(15, 10, 20), 10_000)) == 408
    assert ran(drained(limits.Body(lasting(15, 40_000, 12), 500_000))) == 480_000


def test_waiting_for_a_reader_to_go_is_not_limited(monkeypatch):
    monkeypatch.setattr(limits, "SILENCE_S", 0.01)
    coming = [(0, {"type": "http.request"}), (0.05, {"type": "http.disconnect"})]

    async def receive():
        pause, message = coming.pop(0)
        await asyncio.sleep(pause)
        return message

    async def both():
        bounded = limits.Body(receive, 100)
        return [(await bounded())["type"] for _ in range(2)]

    assert ran(both()) == ["http.request", "http.disconnect"]


def turns_held(app: FastAPI, method: str, path: str, kind: bytes) -> set[int]:
    """How many had a turn at a connection while what was sent came in."""
    held: list[int] = []

    async def receive():
        if len(held) < 3:
            held.append(app.state.room.borrowed_tokens)
        return {"type": "http.request", "body": FORMS[kind], "more_body": len(held) < 3}

    async def send(_message) -> None:
        pass

    headers = [(b"host", b"127.0.0.1"), (b"content-type", kind)]
    scope = {
        "type": "http", "method": method, "path": path, "headers": headers,
        "query_string": b"", "scheme": "http", "server": ("127.0.0.1", 80), "http_version": "1.1",
        "client": ("127.0.0.1", 1), "root_path": "", "raw_path": b"",
    }  # fmt: skip
    ran(app(scope, receive, send))
    return set(held)


FORMS = {
    b"application/x-www-form-urlencoded": b"a=1&",
    b"Multipart/Form-Data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
}
OUT_OF_TURN = ("/api/imports/{layer}", "/photos/{photo_id}")
"""Read while nothing is asked of the database, by whom they know: tested there."""


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_that_trickles_in_holds_nobodys_turn(app, kind):
    """Else ten of them would be all that the server does."""
    sent = [write for write in WRITES if not write[1].endswith(OUT_OF_TURN)]

    held = {
        (method, path): turns_held(app, method, path.replace("{fmt}", "json"), kind)
        for method, path in sent
    }  # fmt: skip

    assert {write: turns for write, turns in held.items() if turns - {0}} == {}
    assert len([turns for turns in held.values() if turns]) > 20
