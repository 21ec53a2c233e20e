"""How many may listen, and what becomes of slow lines and of a server that ends."""

import asyncio
import time

from api import live
from layers.journal.rules import Head
from tests.api.stream.listener import DISPATCHER


def test_a_session_has_so_many_streams(listen, token):
    secret = token()
    for _ in range(live.OF_ONE):
        listen(secret)

    assert listen(secret).answer.status == 429


def test_however_many_phones_listen_a_desk_finds_room(listen, token, monkeypatch):
    monkeypatch.setattr(live, "ORDERED", 1)

    phones = [listen(token(), asked="?orders=true") for _ in range(2)]

    assert [phone.answer.status for phone in phones] == [200, 429]
    assert listen(token()).answer.status == 200


def test_a_server_that_ends_does_not_wait_for_its_streams(listen, token, start):
    other = start()
    stream = listen(token(), port=other.port)
    begun = time.monotonic()
    other.stop()

    assert stream.next("incident") is None
    assert time.monotonic() - begun < 4


def test_a_slow_line_reads_everything_anew_and_stops_nobody():
    listener = live.Listener(None, DISPATCHER, Head(0, ""), 0, waiting=asyncio.Queue(2))
    for _ in range(3):
        listener.hear(live.Event(event="incident", data={}))
    assert listener.slow

    listener.begin_anew(live.Event(event="reset", data={}))

    assert listener.waiting.qsize() == 1 and not listener.slow
