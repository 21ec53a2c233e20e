"""A bureau's CSV of incidents into the database: the whole of it against bare copying."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import psycopg
from sqlalchemy import text

from api import imports
from api.deps import OPERATOR
from layers.access import transaction
from layers.files import Outcome
from layers.hotspots import actions as hotspots
from tests.bench.bench import AROUND, NOON, Bench
from tests.bench.measure import Goal, Line, Side, growth, same

ROW = "import"
COPIED = 1 << 20


def rows(bench: Bench) -> Iterator[Line]:
    """Ours reads, checks, locates, writes and reports; the others only write what is read."""
    many, few = bench.amounts.points, bench.amounts.fewer_points
    copy = bench.town.folder / f"incidents-{many}.copy"
    copy.unlink(missing_ok=True)
    sides: dict[str, Side[object]] = {
        "few": Side("ours, fewer", lambda: _import(bench, few), lambda: _empty(bench)),
        "ours": Side("ours", lambda: _import(bench, many), lambda: _empty(bench)),
        "limit": Side("COPY", lambda: _copy_in(bench, copy), lambda: _ready(bench, copy)),
        "naive": Side("to_postgis", _to_postgis(bench, many), lambda: _checkpoint(bench)),
    }
    taken, answers = bench.in_turn(f"import of {many:,} incidents", sides)
    _check(bench, answers["ours"], many)
    fewer = taken.pop("few")
    goals = (Goal(1, "naive"), Goal(0.5, "limit", aim=True))
    yield Line(ROW, f"bulk import, {many:,} points from CSV", taken, goals)
    yield growth(ROW, "bulk import", (few, fewer), (many, taken["ours"]))
    yield from _studies(bench)


def large(bench: Bench) -> Iterator[Line]:
    many, more = bench.amounts.points, bench.amounts.points * 10
    sides = {
        "many": Side("ours", lambda: _import(bench, many), lambda: _empty(bench)),
        "more": Side("ours, tenfold", lambda: _import(bench, more), lambda: _empty(bench)),
    }
    taken, _ = bench.in_turn(f"import of {more:,} incidents", sides)
    yield growth(ROW, "bulk import", (many, taken["many"]), (more, taken["more"]))


def _import(bench: Bench, count: int) -> Outcome:
    """What `gridpatrol import incidents FILE --errors FILE` does."""
    wanted = imports.Wanted("incidents", bench.town.file(count))
    with transaction(bench.ours, OPERATOR) as connection:
        checked, outcome = imports.run(connection, wanted, AROUND)
        imports.write_refused(checked, bench.town.folder / "refused.csv", "zh")
    return outcome


def _empty(bench: Bench) -> None:
    with bench.engine.begin() as connection:
        connection.execute(text("TRUNCATE incidents CASCADE"))
    _checkpoint(bench)


def _checkpoint(bench: Bench) -> None:
    """Nobody pays for what another wrote."""
    with bench.engine.begin() as connection:
        connection.execute(text("CHECKPOINT"))


def _ready(bench: Bench, copy: Path) -> None:
    """Keep our finished rows, once, in the order of the file; then make room for them."""
    if not copy.exists():
        _copy_out(bench, copy)
    _empty(bench)


def _copy_out(bench: Bench, path: Path) -> None:
    rows = "COPY (SELECT * FROM incidents ORDER BY external_id) TO STDOUT (FORMAT binary)"
    with psycopg.connect(bench.url) as raw, path.open("wb") as file, _copy(raw, rows) as copied:
        file.writelines(copied)


def _copy_in(bench: Bench, path: Path) -> None:
    """The same rows, ready made, into the same table with its indexes and keys."""
    into = "COPY incidents FROM STDIN (FORMAT binary)"
    with psycopg.connect(bench.url) as raw, path.open("rb") as file, _copy(raw, into) as copied:
        while block := file.read(COPIED):
            copied.write(block)


@contextmanager
def _copy(raw: psycopg.Connection, statement: str) -> Iterator[psycopg.Copy]:
    with raw.cursor() as cursor, cursor.copy(statement) as copied:
        yield copied


def _to_postgis(bench: Bench, count: int):
    cases = bench.town.cases(count)
    points = gpd.points_from_xy(cases["lon"], cases["lat"], crs=4326)
    frame = gpd.GeoDataFrame(cases, geometry=points)
    return lambda: frame.to_postgis("plain", bench.engine, if_exists="replace")


PAIRS = """
    SELECT count(*) FROM incidents i JOIN plain p USING (source, external_id)
    WHERE ST_DWithin(i.place, p.geometry, 1e-9) AND i.occurred_at = p.occurred_at
"""


def _check(bench: Bench, outcome: object, count: int) -> None:
    """Each row is in or told, and those that are in are those of the frame."""
    same(isinstance(outcome, Outcome), "an import tells what it did")
    with bench.engine.begin() as connection:
        held = connection.execute(text("SELECT count(*) FROM incidents")).scalar_one()
        equal = connection.execute(text(PAIRS)).scalar_one()
        connection.execute(text("DROP TABLE plain"))
        connection.execute(text("ANALYZE incidents"))
    same(outcome.new == held == equal, f"{outcome.new} imported, {held} held, {equal} as sent")
    same(outcome.total == count, f"{outcome.total} rows read of {count}")


# --- A study of what was imported ---------------------------------------------------------------


def _studies(bench: Bench) -> Iterator[Line]:
    """All steps of a hotspot study, over a few weeks and over the whole history."""
    weeks = {"few": bench.amounts.fewer_weeks, "ours": bench.amounts.weeks}
    sides = {name: Side(f"{n} weeks", lambda n=n: _study(bench, n)) for name, n in weeks.items()}
    taken, found = bench.in_turn("hotspot study", sides)
    few, many = found["few"], found["ours"]
    fewer = taken.pop("few")
    yield Line("hotspots", f"whole hotspot study, {many:,} incidents", taken)
    yield growth("hotspots", "whole hotspot study", (few, fewer), (many, taken["ours"]))


def _study(bench: Bench, weeks: int) -> int:
    """How many incidents a study of so many weeks counted; nothing of it is kept."""
    wish = hotspots.Parameters(NOON.date(), AROUND.settings.zone, weeks)
    by, at = AROUND.actor, AROUND.at
    with bench.engine.connect() as connection:
        made = hotspots.study(connection, wish, actor=by, at=at, version="bench")
        return len(made.weighed.observed.cell)
