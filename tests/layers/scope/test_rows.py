"""Who sees what: of each read the rows of the actor's own areas."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from shapely import Point
from sqlalchemy import Connection, text

from layers.access import Actor, nobody
from layers.db import Page
from layers.errors import NotFound
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import queries as incidents
from layers.incidents.queries import Wanted
from layers.plans import queries as plans
from layers.squads import queries as squads
from tests.cast import EAST, SQUARES, WEST
from tests.layers.scope.town import (
    BOTH,
    BUREAU,
    DAY,
    EASTERN,
    GRID_WORKER,
    MEMBER,
    NOON,
    WEEK,
    WEST_NORTH,
    WESTERN,
    ZONE,
    Town,
)

OWN = {
    WEST: WESTERN,
    EAST: EASTERN,
    WEST_NORTH: GRID_WORKER,
    f"{WEST}/S1": MEMBER,
    "nothing": nobody("n"),
}
"""How the labels of what an actor sees begin."""

Read = Callable[[Town, Actor], Iterable[str]]
"""Labels of what is seen: they begin with the code of the area that a row belongs to."""


def _found(ask: Callable[[str | UUID], object], keys: Iterable[str | UUID]) -> Iterable[str | UUID]:
    for key in keys:
        try:
            ask(key)
        except NotFound:
            continue
        yield key


def _grid_one_by_one(town: Town, actor: Actor) -> Iterable[str]:
    return _found(lambda code: grids.grid(town.connection, actor, code, DAY), SQUARES)


def _cases(town: Town, ids: Iterable[UUID]) -> list[str]:
    return [f"{town.cases[case]}/{case}" for case in ids]


def _one_by_one(ask: Callable[[Connection, Actor, UUID], object]) -> Read:
    def read(town: Town, actor: Actor) -> list[str]:
        one_a_grid = {grid: case for case, grid in town.cases.items()}.values()
        return _cases(town, _found(partial(ask, town.connection, actor), one_a_grid))

    return read


def _observed(town: Town, actor: Actor) -> list[str]:
    window = {"since": NOON - timedelta(weeks=12), "until": NOON.astimezone(ZONE)}
    seen = incidents.observed(town.connection, actor, **window).lonlat.tolist()
    return [f"{_grid_of(Point(place))}/{place}" for place in seen]


def _grid_of(place: Point) -> str:
    return next((code for code, (_, square) in SQUARES.items() if square.covers(place)), "")


def _squads(rows: Iterable[str]) -> list[str]:
    return [f"{ {'S1': WEST, 'S2': EAST}[code] }/{code}" for code in rows]


READS: dict[str, Read] = {
    "townships": lambda t, a: grids.townships(t.connection, a)["code"],
    "pages of townships": lambda t, a: [
        row["code"] for row in grids.township_page(t.connection, a, Page())
    ],
    "grids": lambda t, a: grids.grids(t.connection, a, DAY)["code"],
    "pages of grids": lambda t, a: [
        row["code"] for row in grids.grid_page(t.connection, a, Page(), grids.Wanted(DAY))
    ],
    "a grid": _grid_one_by_one,
    "squads": lambda t, a: _squads(squads.squads(t.connection, a, NOON)["code"]),
    "squads as imported": lambda t, a: _squads(squads.kept(t.connection, a)["code"]),
    "pages of squads": lambda t, a: _squads(
        row["code"] for row in squads.listed(t.connection, a, NOON, Page())
    ),
    "squads to send": lambda t, a: _squads(
        row[0] for row in squads.starts(t.connection, a, NOON)
    ),
    "pages of cases": lambda t, a: _cases(t, (
        row["id"]
        for row in incidents.listed(t.connection, a, Wanted(), after="", limit=999)
    )),
    "a case": _one_by_one(incidents.one),
    "a case to act upon": _one_by_one(incidents.township_of),
    "cases on the map": lambda t, a: _cases(
        t, incidents.places(t.connection, a, Wanted())["id"]
    ),
    "cases to study": _observed,
    "cells": lambda t, a: [
        f"{row.township}/{row.cell}"
        for row in hotspots.cells(t.connection, a, t.run).itertuples()
    ],
    "visits": lambda t, a: plans.visits(t.connection, a, t.plan)["code"],
    "approved visits": lambda t, a: plans.approved(t.connection, a, WEEK).index,
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_of_each_read_an_actor_sees_the_rows_of_the_own_areas(town: Town, name: str):
    read = READS[name]
    whole = Counter(read(town, BUREAU))

    seen = {own: Counter(read(town, actor)) for own, actor in OWN.items()}

    assert seen == {
        own: Counter({label: n for label, n in whole.items() if label.startswith(own)})
        for own in OWN
    }
    assert all(any(label.startswith(code) for label in whole) for code in (WEST, EAST))


def test_a_grid_tells_the_name_of_the_township_it_lies_in(town: Town):
    (grid,) = grids.grids(town.connection, GRID_WORKER, DAY).to_dict("records")
    (visit,) = plans.visits(town.connection, GRID_WORKER, town.plan).to_dict("records")

    assert (grid["township_name"], visit["township_name"]) == ("西街", "西街")


def test_the_pool_outside_every_grid_is_the_bureaus_alone(town: Town):
    (outside,) = [case for case, grid in town.cases.items() if grid == ""]

    assert incidents.one(town.connection, BUREAU, outside)["township"] is None
    with pytest.raises(NotFound):
        incidents.one(town.connection, BOTH, outside)


def test_a_grid_in_sight_keeps_the_cases_of_its_earlier_boundaries(town: Town):
    town.connection.execute(
        text("UPDATE grids SET valid_to = '2026-11-10' WHERE name = 'West north'")
    )

    assert grids.grids(town.connection, GRID_WORKER, DAY).empty
    assert incidents.counted(town.connection, GRID_WORKER) == 1
