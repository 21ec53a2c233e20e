"""The desk under load: 10,000 open cases and 500 moving squads in a real browser, for a minute.

`var/venv/bin/python -m tests.bench.desk --seconds 60` prints one line of JSON: the longest tasks of
the page's main thread (ms), how long from the commit of a step until the frame that shows it (ms,
median and 95th percentile) and by how much the heap grew (MB). With `--fixes 2000` the squads move
by what 20,000 phones send, so many positions a second from a process of its own; then it also tells
how many were taken each second and how long a phone waited. Not part of the bench's table: there is
no peer to stand beside.
"""

import argparse
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import count, cycle
from uuid import UUID, uuid4

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright
from sqlalchemy import Connection, Engine, text

from api import cluster
from api.settings import Settings
from api.worker import Regular, keep, seal
from layers import db
from layers.access import Actor, Verb
from layers.holidays.queries import calendar
from layers.incidents.actions.stepping import Said, step
from layers.roles import Role
from tests.bench.__main__ import VAR
from tests.bench.load import HOST, served
from tests.bench.phones import beside
from tests.conftest import CHROMIUM, QUIET, app_url, town_of_its_own
from tests.signed import signed_in
from tests.web.served import cookie

CASES, SQUADS, STEPS_A_SECOND = 10_000, 500, 10
PATIENCE_MS = 120_000
Beside = Callable[[], AbstractContextManager[dict[str, object]]]
EVERYBODY = Actor(str(uuid4()), frozenset(Verb))
VIEW = json.dumps({"center": [119.91, 29.71], "zoom": 13.5})
WATCH = """async () => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(
        ({duration}) => Math.round(duration)))).observe({type: "longtask"});
    const page = document.querySelector('script[src*="desk/cases.js"]').src;
    const {cases, onChange, complete} = await import(page.replace("cases.js", "live/store.js"));
    window.all = () => complete() && cases.size;
    window.seen = {};
    onChange("cases", (changed) => requestAnimationFrame(() => {
        for (const id of changed) window.seen[`${id} ${cases.get(id)?.version}`] = Date.now();
    }));
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description="The desk under load, in a real browser.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--fixes", type=int, default=0, help="positions of phones a second")
    asked = parser.parse_args()
    found = cluster.find(VAR)
    with cluster.running(found), town_of_its_own(found, "bench_desk") as engine:
        _fill(engine)
        with _sealing(engine), served(_app_url(engine)) as port, _opened(engine, port) as page:
            sending = partial(beside, engine, port, asked.fixes, asked.seconds)
            told = _measured(engine, page, asked.seconds, sending if asked.fixes else None)
            print(json.dumps(told | {"load": os.getloadavg()[0]}))


def _app_url(engine: Engine) -> str:
    return app_url(engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1))


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO matters (code, name_zh, name_en, offered)"
            " VALUES ('S02', '暴露垃圾', 'Exposed rubbish', true) ON CONFLICT DO NOTHING"
        ))  # fmt: skip
        connection.execute(text(
            "INSERT INTO incidents (id, source, external_id, matter_code, state, place, x, y,"
            " datum, grid_id, cell, occurred_at, occurred_precision, received_at, case_no)"
            " SELECT gen_random_uuid(), 'staff', 'soak' || n, 'S02', 'filed', place, ST_X(place),"
            " ST_Y(place), 'wgs84', (SELECT g.id FROM grids g WHERE ST_Covers(g.shape, place)"
            " LIMIT 1), 0, now(), 'minute', now(), '26-' || lpad(n::text, 6, '0')"
            " FROM (SELECT n, ST_SetSRID(ST_Point(119.9001 + random() * 0.0198,"
            " 29.7001 + random() * 0.0198), 4326) AS place"
            " FROM generate_series(1, :cases) n) spread"
        ), {"cases": CASES})  # fmt: skip
        connection.execute(text(
            "INSERT INTO squads (code, name, township_code, home, on_duty, position, position_at,"
            " x, y, datum) SELECT 'Q' || n, '巡查' || n || '队', s.township_code, s.home, true,"
            " ST_SetSRID(ST_Point(119.9 + random() * 0.02, 29.7 + random() * 0.02), 4326), now(),"
            " s.x, s.y, s.datum FROM squads s, generate_series(1, :squads) n WHERE s.code = 'S1'"
        ), {"squads": SQUADS})  # fmt: skip


@contextmanager
def _sealing(engine: Engine) -> Iterator[None]:
    stop = threading.Event()
    own = db.connect(_app_url(engine))
    thread = threading.Thread(target=keep, args=(own, [Regular("seal", 0.2, seal)], stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        own.dispose()


@contextmanager
def _opened(engine: Engine, port: int) -> Iterator[Page]:
    with engine.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), Role.DISPATCHER, login="soak")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(
            base_url=f"http://{HOST}:{port}", storage_state=cookie(secret),
            viewport={"width": 1440, "height": 900},
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(f"localStorage.setItem('desk.soak.view', '{VIEW}')")
        page.goto("/desk?lang=zh")
        page.locator("#ground[data-drawn]").wait_for()
        yield page
        browser.close()


def _measured(engine: Engine, page: Page, seconds: int, phones: Beside | None) -> dict[str, object]:
    page.evaluate(WATCH)
    page.wait_for_function("() => window.all() >= 10000")
    page.wait_for_timeout(5_000)
    tools = page.context.new_cdp_session(page)
    before = _heap(tools)
    page.evaluate("window.tasks.length = 0")
    with phones() if phones else nullcontext({}) as of_phones:
        told = _worked(engine, page, seconds, moving=phones is None)
    page.wait_for_timeout(3_000)
    tasks = sorted(page.evaluate("window.tasks"), reverse=True)
    waits = _waits(told, page.evaluate("window.seen"))
    return {
        "seconds": seconds, "cases": CASES, "squads": SQUADS, "steps": len(told),
        "not_seen": len(told) - len(waits), "longest_tasks_ms": tasks[:5],
        "median_ms": round(float(np.median(waits))),
        "p95_ms": round(float(np.quantile(waits, 0.95))),
        "heap_growth_mb": round((_heap(tools) - before) / 1e6, 1), **of_phones,
    }  # fmt: skip


def _heap(tools: CDPSession) -> float:
    tools.send("HeapProfiler.collectGarbage")
    return float(tools.send("Runtime.getHeapUsage")["usedSize"])


def _waits(told: Mapping[str, float], seen: Mapping[str, float]) -> list[float]:
    return [seen[key] - at for key, at in told.items() if key in seen]


def _worked(engine: Engine, page: Page, seconds: int, *, moving: bool) -> dict[str, float]:
    """Each second some cases change, and all squads move unless phones do that; when each step was
    committed (ms)."""
    with engine.begin() as connection:
        cases = [str(row) for row in connection.execute(text("SELECT id FROM incidents")).scalars()]
    told: dict[str, float] = {}
    turns, levels = zip(cycle(cases), count(), strict=False), cycle((1, 2, 0))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        if moving:
            _move(engine)
        for case, _ in (next(turns) for _ in range(STEPS_A_SECOND)):
            with engine.begin() as connection:
                version = _changed(connection, case, next(levels))
            told[f"{case} {version}"] = time.time() * 1000
        page.wait_for_timeout(max(0.0, 1_000 - (time.monotonic() - begun) * 1_000))
    return told


def _move(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(
            "UPDATE squads SET position = ST_Translate(position, (random() - 0.5) * 0.0004,"
            " (random() - 0.5) * 0.0004), position_at = now() WHERE position IS NOT NULL"
        ))  # fmt: skip


def _changed(connection: Connection, case: str, level: int) -> int:
    now = datetime.now(UTC)
    days = calendar(connection, Settings().zone, Settings().shifts)
    said = Said("prioritise", uuid4(), now, priority=level, reason="soak")
    step(connection, UUID(case), said, calendar=days, actor=EVERYBODY, at=now)
    asked = text("SELECT version FROM incidents WHERE id = :id")
    return int(connection.execute(asked, {"id": case}).scalar_one())


if __name__ == "__main__":
    main()
