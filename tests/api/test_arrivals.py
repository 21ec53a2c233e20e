"""Reports that arrive at the same time: written together, each by itself in the end."""

import asyncio
import json
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from uuid import uuid4

import pytest
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine, text

from api import cluster as clusters
from api.arrivals import WRITERS, Arrivals
from api.cases import ReportGiven, Taken
from api.circumstances import Circumstances
from api.settings import Settings
from layers import db
from layers.access import Actor, Verb, transaction
from layers.files import silent
from tests.cast import Cast
from tests.conftest import app_url, migrated_database, ran

SENDERS = ("ann", "bo")
BROKEN = "no room for this one"
MATTER = """INSERT INTO matters (code, name_zh, name_en, offered) VALUES ('S02', '', '', true)
            ON CONFLICT (code) DO UPDATE SET offered = true"""
Kept = list[Taken | BaseException]


@pytest.fixture(scope="module")
def owner(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = migrated_database(cluster, "test_arrivals")
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
        connection.execute(text(MATTER))
        refusing = f"ALTER TABLE incidents ADD CHECK (description IS DISTINCT FROM '{BROKEN}')"
        connection.execute(text(refusing))
    yield engine
    engine.dispose()


@pytest.fixture
def together(owner: Engine, settings: Settings, noon: datetime) -> Iterator[Callable[..., Kept]]:
    """What becomes of reports, of which all but the first two come while those are being written;
    at the end of each transaction something may happen."""
    engine = db.connect(app_url(owner.url.render_as_string(hide_password=False)
                                .replace("+psycopg", "")))  # fmt: skip

    def sent(words: list[str], at_end: Callable[[Connection], None] = lambda _: None) -> Kept:
        all_there = Event()

        @contextmanager
        def opening(actor: Actor) -> Iterator[Connection]:
            all_there.wait(10)
            with transaction(engine, actor) as connection:
                yield connection
                at_end(connection)

        async def arrive() -> Kept:
            arrivals = Arrivals(opening, CapacityLimiter(db.POOL))
            coming = [asyncio.create_task(_sent(arrivals, n, said)) for n, said in enumerate(words)]
            async with asyncio.timeout(60):
                return await asyncio.gather(*coming, return_exceptions=True)

        async def _sent(arrivals: Arrivals, number: int, said: str) -> Taken:
            sender = Actor(SENDERS[number % 2], frozenset({Verb.REPORT}), frozenset())
            at = noon + timedelta(seconds=number)
            around = Circumstances(settings, sender, at, silent)
            given = ReportGiven(id=uuid4(), matter="S02", lon=119.905, lat=29.705,
                                occurred_at=noon, description=said)  # fmt: skip
            await asyncio.sleep(0.001 * number)
            if said == words[-1]:
                asyncio.get_running_loop().call_soon(all_there.set)
            return await arrivals.take_in(given, given.model_dump(mode="json"), around)

        return ran(arrive())

    yield sent
    engine.dispose()


def written(owner: Engine, words: list[str]) -> list[tuple[str, str]]:
    """Transaction and reporter of each that is there, in their order."""
    asked = text("SELECT xmin::text, reported_by FROM incidents WHERE description = ANY(:words)"
                 " ORDER BY array_position(:words, description)")  # fmt: skip
    with owner.begin() as connection:
        return [(row.xmin, row.reported_by) for row in connection.execute(asked, {"words": words})]


def shown(taken: Taken) -> dict[str, str]:
    """The case as its sender is answered."""
    answer: dict[str, str] = json.loads(taken.body)
    return answer


def words(count: int) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


def test_who_waited_is_written_in_one_transaction_each_in_the_own_name(together, owner):
    said = words(12)

    kept = together(said)

    rows = written(owner, said)
    assert all(taken.new for taken in kept)
    assert [shown(taken)["description"] for taken in kept] == said
    assert len({transaction for transaction, _ in rows}) <= 3
    assert sorted(by for _, by in rows) == ["ann"] * 6 + ["bo"] * 6
    with owner.begin() as connection:
        noted = "SELECT count(*) FROM journal WHERE actor = 'ann' AND subject = ANY(:ids)"
        ids = [shown(taken)["id"] for taken in kept]
        assert connection.execute(text(noted), {"ids": ids}).scalar_one() == 6


def test_those_of_one_sender_are_kept_as_of_when_the_last_of_them_came(together, owner, noon):
    said = words(12)

    kept = together(said)

    groups = written(owner, said)
    newest = {group: number for number, group in enumerate(groups)}
    times = [noon + timedelta(seconds=newest[group]) for group in groups]
    assert [datetime.fromisoformat(shown(taken)["received_at"]) for taken in kept] == times


@pytest.mark.parametrize("failure", [RuntimeError("can't start new thread"), CancelledError()])
def test_who_is_written_by_one_that_dies_is_told_and_the_next_begins(
    failure, together, owner, monkeypatch
):
    said, starting = words(6), to_thread.run_sync
    to_come = iter([failure] * WRITERS)

    async def starts(work, *given, **named):
        writes = getattr(work, "__func__", None) is Arrivals._kept  # the stream looks meanwhile
        if writes and (died := next(to_come, None)) is not None:
            raise died
        return await starting(work, *given, **named)

    monkeypatch.setattr(to_thread, "run_sync", starts)
    monkeypatch.setattr("api.arrivals.MOST_AT_ONCE", 1)

    kept = together(said)

    told = [one for one in kept if isinstance(one, BaseException)]
    assert [type(one) for one in told] == [type(failure)] * WRITERS
    assert len(written(owner, said)) == len(said) - WRITERS


def test_where_the_commit_fails_nobody_is_told_that_it_is_kept(together, owner):
    said = words(8)

    def dies(connection: Connection) -> None:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    kept = together(said, dies)

    assert all(isinstance(one, db.UNAVAILABLE) for one in kept)
    assert written(owner, said) == []


def test_what_cannot_be_written_takes_none_of_the_others_along(together, owner):
    said = words(7)

    kept = together([*said[:5], BROKEN, *said[5:]])

    failed = [one for one in kept if isinstance(one, BaseException)]
    assert len(failed) == 1 and kept.index(failed[0]) == 5
    assert len(written(owner, said)) == 7
