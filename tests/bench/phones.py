"""Many phones that say where they are; as a process of its own beside what else is measured.

`python -m tests.bench.phones --port 8000 --phones 20000 --rate 2000 --seconds 60` sends so many
positions each second and prints one line of JSON: how many were taken each second, and how long a
phone waited for its answer (ms, median and 95th percentile).
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from statistics import median, quantiles

from sqlalchemy import Engine, text

from api import auth
from tests.bench.load import HOST, ROOT, ServerFailed

LINKS = 400
"""Phones that speak at the same time: each waits for its batch."""
WEST, SOUTH, WIDE = 119.9, 29.7, 0.02  # degrees
BEATS = 500
"""Those who carry the phones are on so many ways."""


def hand_out(engine: Engine, phones: int) -> None:
    """So many phones, carried by squads that are all on a shift."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO shifts (squad_code, starts_at, ends_at)"
            " SELECT code, :begin, :end FROM squads"
        ), {"begin": now - timedelta(hours=1), "end": now + timedelta(hours=12)})  # fmt: skip
        connection.execute(text(
            "INSERT INTO devices (code, name, squad_code, token_hash)"
            " SELECT 'bench' || n, '', s.code, hash"
            " FROM unnest(CAST(:hashes AS bytea[])) WITH ORDINALITY AS d (hash, n)"
            " JOIN (SELECT code, row_number() OVER (ORDER BY code) AS k, count(*) OVER () AS squads"
            " FROM squads) s ON k = n % squads + 1"
        ), {"hashes": [auth.digest(_token(n)) for n in range(phones)]})  # fmt: skip


def _token(n: int) -> str:
    return f"gpd_bench-{n}"


def request(n: int, lon: float, lat: float, at: float) -> bytes:
    """What a phone sends, at so many seconds since 1970."""
    query = f"id={_token(n)}&lat={lat:.6f}&lon={lon:.6f}&timestamp={at:.0f}"
    head = f"GET /positions/osmand?{query}&speed=2&accuracy=10 HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
    return head.encode()


async def speak(port: int, requests: Iterable[bytes], each_s: float = 0.0) -> list[float]:
    """Each after the one before was answered, over a lasting connection and no faster than one in
    so many seconds; how long each took."""
    reader, writer = await asyncio.open_connection(HOST, port)
    took, due = [], time.monotonic()
    for one in requests:
        begun = time.monotonic()
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:20]:
            raise ServerFailed(repr(head))
        took.append(time.monotonic() - begun)
        due += each_s
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    writer.close()
    await writer.wait_closed()
    return took


@contextmanager
def beside(engine: Engine, port: int, rate: int, seconds: int) -> Iterator[dict[str, object]]:
    """Let a process send while the block runs; after it one finds there what the process told."""
    told: dict[str, object] = {}
    phones = rate * 10  # each speaks every ten seconds
    given = {"port": port, "phones": phones, "rate": rate, "seconds": seconds}
    command = [sys.executable, "-m", "tests.bench.phones"]
    command += [text for name, value in given.items() for text in (f"--{name}", str(value))]
    hand_out(engine, phones)
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            yield told
            told |= json.loads(process.communicate(timeout=seconds + 60)[0])
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description="Many phones that say where they are.")
    for name in ("port", "phones", "rate", "seconds"):
        parser.add_argument(f"--{name}", type=int, required=True)
    asked = parser.parse_args()
    begun = time.monotonic()
    took = asyncio.run(_all(asked.port, asked.phones, asked.rate, begun + asked.seconds))
    rate = len(took) / (time.monotonic() - begun)
    print(json.dumps({
        "fixes_a_second": round(rate), "fix_median_ms": round(median(took) * 1000),
        "fix_p95_ms": round(quantiles(took, n=20)[-1] * 1000),
    }))  # fmt: skip


async def _all(port: int, phones: int, rate: int, until: float) -> list[float]:
    links = (speak(port, _on_the_way(link, phones, until), LINKS / rate) for link in range(LINKS))
    return [one for took in await asyncio.gather(*links) for one in took]


def _on_the_way(link: int, phones: int, until: float) -> Iterator[bytes]:
    """What the phones of a link send in turn, each a little further each time."""
    for turn in takewhile(lambda _: time.monotonic() < until, count()):
        for n in range(link, phones, LINKS):
            lon = WEST + WIDE * (n % BEATS) / BEATS + 1e-5 * turn
            lat = SOUTH + WIDE * (n % BEATS * 7 % BEATS) / BEATS
            if time.monotonic() < until:
                yield request(n, lon, lat, time.time())


if __name__ == "__main__":
    main()
