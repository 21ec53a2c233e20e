"""The command: which rows, how often, and the one table."""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from api import approle, cluster
from api.version import VERSION
from layers import db
from tests.bench import (
    assigning,
    clustering,
    counting,
    drawing,
    importing,
    locating,
    nearest,
    positioning,
    reporting,
    tiling,
    travelling,
)
from tests.bench.bench import Bench, settled
from tests.bench.measure import Line
from tests.bench.table import as_json, table
from tests.bench.town import Amounts, kept
from tests.conftest import fresh_database

VAR = Path(__file__).resolve().parents[2] / "var" / "bench"
LASTING = 0.5
Row = Callable[[Bench], Iterator[Line]]
ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "import": importing.rows,
        "locate": locating.rows,
        "cells": counting.rows,
        "hotspots": clustering.rows,
        "nearest": nearest.rows,
        "roads": travelling.rows,
        "assignment": assigning.rows,
        "report": reporting.rows,
        "positions": positioning.rows,
        "tiles": tiling.rows,
        "page": drawing.pages,
        "image": drawing.images,
    }
)
LARGE: Mapping[str, Row] = MappingProxyType(
    {"import": importing.large, "locate": locating.large, "hotspots": clustering.large}
)


@dataclass(frozen=True)
class Asked:
    only: tuple[str, ...]
    rounds: int
    large: bool
    as_json: bool


def asked(arguments: Sequence[str]) -> Asked:
    """What the command line asks for; exits with 2 where it cannot be understood."""
    parser = argparse.ArgumentParser(
        "gridpatrol bench", description="How fast, beside the limit, the best peer and the naive "
        "way. Example: gridpatrol bench --only locate,page",
    )  # fmt: skip
    parser.add_argument("--only", type=_names, default=tuple(ROWS), metavar="NAME,...",
                        help=f"rows: {', '.join(ROWS)}")  # fmt: skip
    parser.add_argument("--rounds", type=_count, default=5, help="turns of each side (5)")
    parser.add_argument("--large", action="store_true", help="also ten times as much")
    parser.add_argument("--json", action="store_true", dest="as_json", help="for machines")
    return Asked(**vars(parser.parse_args(arguments)))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no row {', '.join(unknown)}; rows: {', '.join(ROWS)}")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1 round")
    return int(text)


def measured(bench: Bench, wish: Asked) -> Iterator[Line]:
    for name in wish.only:
        yield from ROWS[name](bench)
        if wish.large and name in LARGE:
            yield from LARGE[name](bench)


def main(arguments: Sequence[str]) -> None:
    wish, load = asked(arguments), os.getloadavg()[0]
    warnings.simplefilter("ignore")
    VAR.mkdir(parents=True, exist_ok=True)
    _say(f"load of this machine {load:.1f} on {os.cpu_count()} cores")
    lines: list[Line] = []
    try:
        with _ready(wish.rounds) as bench:
            for line in measured(bench, wish):
                lines.append(line)  # noqa: PERF402  (what is there must survive an interruption)
    finally:
        print(_written(lines, wish, load))


@contextmanager
def _ready(rounds: int) -> Iterator[Bench]:
    """The reference town, and a fresh database that holds its areas and squads."""
    amounts, found = Amounts(), cluster.find(VAR)
    _say(f"the practice town: {amounts.size}")
    town = kept(amounts.size, VAR)
    with cluster.running(found):
        url = fresh_database(found, "bench")
        with settled(url, town) as engine:
            ours = db.connect(approle.url(url, VAR))
            yield Bench(town, amounts, rounds, LASTING, url, engine, ours, _say)
            ours.dispose()


def _written(lines: Sequence[Line], wish: Asked, load: float) -> str:
    if not wish.as_json:
        return table(lines)
    about = {"version": VERSION, "load": load, "cores": os.cpu_count(), **asdict(wish)}
    return json.dumps({**about, "lines": [as_json(line) for line in lines]}, indent=1)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
