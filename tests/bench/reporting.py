"""A report by POST, with all that it takes, beside an endpoint that only inserts a row."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from api.cli.running import url_of
from layers.roles import Role
from tests.bench.bench import Bench
from tests.bench.load import CLIENTS, posted, served
from tests.bench.measure import Goal, Line, Side, same
from tests.bench.served import NAIVE, NaiveReport
from tests.signed import signed_in

ROW = "report"
PATH, BATCH = "/api/incidents", "/api/incidents/batch"
MATTER = "bench"
QUEUED = 50
"""Reports that wait on a phone until its signal comes back."""
Report = dict[str, object]
Points = NDArray[np.float64]
Post = Callable[..., list[bytes]]


def rows(bench: Bench) -> Iterator[Line]:
    places = bench.town.points(bench.amounts.questions)
    with _posting(bench) as post:
        yield from _one_by_one(bench, post, places)
        for phones in (1, CLIENTS):
            yield from _queued(bench, post, places[:QUEUED], phones)


@contextmanager
def _posting(bench: Bench) -> Iterator[Post]:
    """Sends as a grid worker to the real server."""
    with bench.engine.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), Role.GRID_WORKER, login="reporter")
        connection.execute(text(f"INSERT INTO matters (code, name_zh, name_en, offered) "
                                f"VALUES ('{MATTER}', '', '', true)"))  # fmt: skip
        NaiveReport.metadata.create_all(connection)
        connection.execute(text(f"GRANT INSERT ON {NaiveReport.__tablename__} TO gridpatrol_app"))
    with served(url_of(bench.ours)) as port:
        yield partial(_sent, port, secret)


def _sent(
    port: int, secret: str, path: str, bodies: list[bytes], clients: int = CLIENTS
) -> list[bytes]:
    return posted(port, path, bodies, secret, clients)


def _one_by_one(bench: Bench, post: Post, places: Points) -> Iterator[Line]:
    """Each round sends reports that were never sent before."""
    sides = {
        side: Side(label, lambda path=path: post(path, _bodies(places)), times=len(places))
        for side, label, path in (("ours", "ours", PATH), ("naive", "ORM, insert only", NAIVE))
    }
    taken, answers = bench.in_turn("a report by POST", sides)
    told = [json.loads(body) for body in answers["ours"]]
    same(all(case["grid"] and case["case_no"] for case in told), "a report without grid or number")
    yield Line(ROW, "one report by POST", taken, (Goal(1, "naive"), Goal(2, "naive", aim=True)))


def _queued(bench: Bench, post: Post, places: Points, phones: int) -> Iterator[Line]:
    """Of so many phones at once: each over a connection of its own, as a batch or one by one."""
    many, every = phones * len(places), np.tile(places, (phones, 1))
    sides = {
        "ours": Side("batch", lambda: post(BATCH, _batches(places, phones), phones), times=many),
        "naive": Side("a POST each", lambda: post(PATH, _bodies(every), phones), times=many),
    }
    what = f"{len(places)} queued reports of {phones} phones at once, each"
    taken, answers = bench.in_turn(what, sides)
    for answer in answers["ours"]:
        judged = [item["status"] for item in json.loads(answer)["items"]]
        same(judged == [201] * len(places), "a queued report was refused")
    yield Line(ROW, what, taken, (Goal(5, "naive"),))


def _batches(places: Points, phones: int) -> list[bytes]:
    batches = ([{"report": report} for report in _reports(places)] for _ in range(phones))
    return [json.dumps({"items": items}).encode() for items in batches]


def _bodies(places: Points) -> list[bytes]:
    return [json.dumps(report).encode() for report in _reports(places)]


def _reports(places: Points) -> Iterator[Report]:
    for lon, lat in places.tolist():
        yield {
            "id": str(uuid4()), "matter": MATTER, "lon": lon, "lat": lat, "accuracy_m": 12,
            "occurred_at": datetime.now(UTC).isoformat(), "description": "路面有积水，影响通行",
            "source": "grid_worker",
        }  # fmt: skip
