"""Positions of many phones: sent to the real server, judged and kept, beside the barest update."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import psycopg
from numpy.typing import NDArray
from sqlalchemy import text

from api.cli.running import url_of
from tests.bench.bench import Bench
from tests.bench.load import CLIENTS, served
from tests.bench.measure import Goal, Line, Side, same
from tests.bench.phones import LINKS, hand_out, request, speak

ROW = "positions"
SHARE = 5
"""Of all phones so many parts take turns, so that a round is none of the last one's."""


def rows(bench: Bench) -> Iterator[Line]:
    count = bench.amounts.positions
    sent = count // SHARE
    places = bench.town.points(count)
    with _equipped(bench, count), served(url_of(bench.ours)) as port:
        rounds = iter(range(1_000_000))

        def ours() -> int:
            turn = next(rounds)
            requests = [_moved(n, *places[n], turn) for n in range(turn % SHARE, count, SHARE)]
            asyncio.run(_flood(port, requests[:sent]))
            return _kept(bench)

        sides = {
            "ours": Side("judged, with tracks", ours, times=sent),
            "limit": Side("UPDATE + commit", partial(_updated, bench, places[:sent]), times=sent),
        }
        taken, answers = bench.in_turn(f"positions of {count:,} phones", sides)
    same(answers["ours"] == sent * next(rounds), "a position is missing")
    yield Line(ROW, f"one position, of {count:,} phones", taken, (Goal(0.25, "limit"),))


@contextmanager
def _equipped(bench: Bench, count: int) -> Iterator[None]:
    """So many phones, and a table to be updated."""
    hand_out(bench.engine, count)
    with bench.engine.begin() as connection:
        connection.execute(text(
            "CREATE TABLE IF NOT EXISTS bench_positions"
            " (id int PRIMARY KEY, place geometry(Point, 4326), at timestamptz)"
        ))  # fmt: skip
        connection.execute(text("CREATE INDEX ON bench_positions USING gist (place)"))
        connection.execute(
            text("INSERT INTO bench_positions SELECT n, ST_Point(0, 0, 4326), now()"
                 " FROM generate_series(0, :count) n"), {"count": count},
        )  # fmt: skip
    yield
    with bench.engine.begin() as connection:
        for table in ("fixes", "devices_heard", "shifts", "devices"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DROP TABLE bench_positions"))


def _moved(n: int, lon: float, lat: float, turn: int) -> bytes:
    """Each phone moves a little in ten seconds."""
    at = datetime.now(UTC).timestamp() - 3_000 + 10 * turn
    return request(n, lon, lat + turn * 1e-5, at)


async def _flood(port: int, requests: list[bytes]) -> None:
    """All requests over a few hundred lasting connections, each one after the other."""
    await asyncio.gather(*(speak(port, requests[n::LINKS]) for n in range(LINKS)))


def _kept(bench: Bench) -> int:
    with bench.engine.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM fixes")).scalar_one())


UPDATE = "UPDATE bench_positions SET place = ST_Point(%s, %s, 4326), at = now() WHERE id = %s"


def _updated(bench: Bench, places: NDArray[object]) -> None:
    """Each by itself: no door, no phone known, nothing judged."""

    def update(first: int) -> None:
        with psycopg.connect(url_of(bench.engine), autocommit=True) as connection:
            for n in range(first, len(places), CLIENTS):
                connection.execute(UPDATE, (*places[n].tolist(), n))

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(update, range(CLIENTS)))
