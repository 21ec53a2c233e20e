"""Whoever goes on where they were hears what was missed and nothing twice, or reads all anew."""

import threading

import pytest

from api import live
from layers.roles import Area, AreaKind, Role
from tests.api.stream.listener import PATIENCE_S, reject, reported
from tests.cast import WEST


def test_who_goes_on_hears_what_was_missed_and_nothing_twice(listen, token, town, start):
    dispatcher = token()
    stream = listen(dispatcher)
    with town.begin() as connection:
        first = reported(connection)
    assert stream.cases(1) == [(str(first), 1)]
    stream.close()
    with town.begin() as connection:
        missed = [reported(connection) for _ in range(3)]

    again = listen(dispatcher, stream.last, start().port)
    with town.begin() as connection:
        reject(connection, first)

    assert again.cases(4) == [*((str(case), 1) for case in missed), (str(first), 2)]
    assert again.quiet()


def test_who_goes_on_where_less_is_known_yet_hears_nothing_twice(
    listen, token, town, start, monkeypatch
):
    """At another process, which looks but rarely while nobody listens there."""
    dispatcher = token()
    stream = listen(dispatcher)
    monkeypatch.setattr(live, "IDLE_S", 1.5)
    behind = start()
    with town.begin() as connection:
        first = reported(connection)
    assert stream.cases(1) == [(str(first), 1)]
    stream.close()

    again = listen(dispatcher, stream.last, behind.port)
    with town.begin() as connection:
        second = reported(connection)

    assert again.cases(1) == [(str(second), 1)]
    assert again.quiet()


def test_who_comes_while_others_are_being_told_misses_nothing(listen, token, town, monkeypatch):
    look, admit = live.Hub._look, live.Hub.admit
    found, knocked = threading.Event(), threading.Event()

    def slowly(hub, readers, squads):
        seen = look(hub, readers, squads)
        if any(seen.told.values()):
            found.set()
            assert knocked.wait(PATIENCE_S)
        return seen

    def knock(*given, **more):
        knocked.set()
        return admit(*given, **more)

    there = listen(token())
    monkeypatch.setattr(live.Hub, "_look", slowly)
    monkeypatch.setattr(live.Hub, "admit", knock)
    with town.begin() as connection:
        case = reported(connection)
    assert found.wait(PATIENCE_S)

    late = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)), there.last)

    assert late.cases(1) == there.cases(1) == [(str(case), 1)]
    assert late.quiet()


@pytest.mark.parametrize("after", ["7-0123456789abcdef", "999999-00", "x", "0-", "-1"])
def test_who_comes_from_another_chain_reads_everything_anew(after, listen, token, town):
    with town.begin() as connection:
        reported(connection)

    stream = listen(token(), after)

    assert stream.next("reset", "incident") == {
        "event": "reset", "data": {"reason": "unknown", "missed": None},
    }  # fmt: skip


def test_who_missed_too_much_reads_everything_anew(listen, token, town, monkeypatch):
    monkeypatch.setattr(live, "TOO_FAR", 2)
    stream, beside = listen(token()), listen(token())
    stream.close()
    with town.begin() as connection:
        for _ in range(3):
            reported(connection)
    beside.cases(3)

    again = listen(token(), stream.last)

    reset = again.next("reset")
    assert reset["data"]["reason"] == "too_far" and reset["data"]["missed"] >= 3
    assert beside.quiet()


def test_who_goes_on_where_nothing_happens_hears_that_the_line_lives(
    listen, token, town, monkeypatch
):
    monkeypatch.setattr(live, "MARK_S", 0.1)
    dispatcher = token()
    stream = listen(dispatcher)
    with town.begin() as connection:
        reported(connection)
    stream.cases(1)
    there = stream.last
    stream.close()

    again = listen(dispatcher, there)

    assert again.next("mark") == {"event": "mark", "data": {}}
    assert again.last == there
