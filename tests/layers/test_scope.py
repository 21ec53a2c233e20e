"""Who sees what: of each read the rows of the actor's own areas, and of each sum no more."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
from shapely import Point
from sqlalchemy import Connection, Engine, text

from layers.access import Actor, Verb, nobody
from layers.db import Page
from layers.errors import Forbidden, NotFound
from layers.grids import actions as grid_actions
from layers.grids import queries as grids
from layers.holidays import actions as holidays
from layers.hotspots import actions as studies
from layers.hotspots import queries as hotspots
from layers.incidents import actions as incident_actions
from layers.incidents import queries as incidents
from layers.incidents.queries import Wanted
from layers.journal import queries as journal
from layers.matters import actions as matters
from layers.places import actions as places
from layers.plans import actions as planning
from layers.plans import queries as plans
from layers.queue import queries as jobs
from layers.rivers import actions as rivers
from layers.roads import actions as roads
from layers.squads import actions as squad_actions
from layers.squads import queries as squads
from tests.cast import EAST, SQUARES, WEST, Cast

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
DAY = NOON.date()
ZONE = ZoneInfo("Asia/Shanghai")
WEEK = "2026-W48"
EVERY = frozenset(Verb)
WEST_NORTH = f"{WEST}001002"
SUMMED = ("cells", "incidents", "hot", "cold", "hot_within_township", "insufficient")

BUREAU = Actor("bureau", EVERY)
WESTERN, EASTERN = (Actor("planner", EVERY, frozenset({code})) for code in (WEST, EAST))
BOTH = Actor("both", EVERY, frozenset({WEST, EAST}))
ELSEWHERE = Actor("elsewhere", EVERY, frozenset({"339901109"}))
GRID_WORKER = Actor("worker", frozenset(), frozenset(), grids=frozenset({WEST_NORTH}))
MEMBER = Actor("member", frozenset(), frozenset(), squads=frozenset({"S1"}))
OWN = {
    WEST: WESTERN,
    EAST: EASTERN,
    WEST_NORTH: GRID_WORKER,
    f"{WEST}/S1": MEMBER,
    "nothing": nobody("n"),
}
"""How the labels of what an actor sees begin."""


@dataclass(frozen=True)
class Town:
    """The cast with its cases, a study of them and the approved plan of a week."""

    connection: Connection
    cases: dict[UUID, str]
    """Case -> code of its grid; empty where it lies in none."""
    run: int
    plan: int


@pytest.fixture(scope="module")
def settled(engine: Engine) -> Iterator[Town]:
    """Made once for all these tests, which only look."""
    with engine.connect() as connection, connection.begin() as outer:
        yield _settle(Cast.settle(connection), connection)
        outer.rollback()


def _settle(cast: Cast, connection: Connection) -> Town:
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, NOON - timedelta(days=1 + number * 2))
    for number in range(6):
        cast.report(119.9153 + number * 1e-4, 29.7155, NOON - timedelta(days=1 + number * 10))
    for number in range(120):
        cast.report(119.9171, 29.7031, NOON - timedelta(days=1 + number % 7))
    cast.report(119.9053, 29.7151, NOON - timedelta(days=9))
    cast.report(119.99, 29.70, NOON - timedelta(days=3))
    wish = planning.Wish(WEEK, ZONE)
    plan = planning.draft(connection, wish, actor=BUREAU, at=NOON, version="test")
    planning.approve(connection, plan, actor=BUREAU, at=NOON)
    run = connection.execute(text("SELECT max(id) FROM hotspot_runs")).scalar_one()
    return Town(connection, dict(connection.execute(text(CASES)).all()), run, plan)


CASES = "SELECT i.id, coalesce(code, '') FROM incidents i LEFT JOIN grids g ON g.id = grid_id"


@pytest.fixture
def town(settled: Town) -> Iterator[Town]:
    """Whatever a test does to it is undone."""
    with settled.connection.begin_nested() as tried:
        yield settled
        tried.rollback()


# --- Rows ---------------------------------------------------------------------------------------

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


# --- Sums ---------------------------------------------------------------------------------------


def test_counts_are_those_of_the_own_areas(town: Town):
    def counts(actor: Actor) -> tuple[object, ...]:
        connection = town.connection
        return (
            grids.counted(connection, actor, DAY),
            squads.counted(connection, actor, NOON),
            incidents.counted(connection, actor),
        )

    assert counts(BUREAU) == ((2, 4), (2, 2), 158)
    assert counts(WESTERN) == ((1, 2), (1, 1), 31)
    assert counts(EASTERN) == ((1, 2), (1, 1), 126)
    assert counts(GRID_WORKER) == ((0, 1), (0, 0), 1)
    assert counts(MEMBER) == ((0, 0), (1, 1), 0)
    assert counts(nobody("n")) == ((0, 0), (0, 0), 0)


def test_the_first_and_the_newest_case_are_those_of_the_own_areas(town: Town):
    def span(actor: Actor) -> tuple[object, object]:
        ends = (
            incidents.first_at(town.connection, actor),
            incidents.newest_at(town.connection, actor),
        )
        return tuple(end and (NOON - end).days for end in ends)

    assert span(BUREAU) == (59, 1)
    assert span(EASTERN) == (51, 1)
    assert span(GRID_WORKER) == (9, 9)
    assert span(MEMBER) == (None, None)


def test_the_extent_is_that_of_the_own_townships(town: Town):
    def extent(actor: Actor) -> list[float] | None:
        found = grids.extent(town.connection, actor)
        return found and [round(side, 6) for side in found]

    assert extent(WESTERN) == [119.90, 29.70, 119.91, 29.72]
    assert extent(EASTERN) == [119.91, 29.70, 119.92, 29.72]
    assert extent(GRID_WORKER) is None


def test_the_partition_is_checked_for_the_own_townships(town: Town):
    def square_km(actor: Actor) -> float:
        check = grids.partition(town.connection, actor, DAY)
        assert check.findings == ()
        return round(check.grids_m2 / 1e6, 2)

    assert [square_km(each) for each in (BUREAU, WESTERN, EASTERN)] == [4.29, 2.15, 2.15]
    assert square_km(GRID_WORKER) == 0


def test_what_a_study_found_is_told_of_the_cells_in_sight(town: Town):
    whole, both, west, east = (
        hotspots.run(town.connection, actor, town.run)["found"]
        for actor in (BUREAU, BOTH, WESTERN, EASTERN)
    )

    shared = (*SUMMED, "hot_by_township", "piles")
    assert {name: both[name] for name in shared} == {name: whole[name] for name in shared}
    assert {name: west[name] + east[name] for name in SUMMED} == {n: whole[n] for n in SUMMED}
    assert (west["incidents"], east["incidents"], whole["outside"]) == (31, 126, 1)
    assert min(west["hot"], west["hot_within_township"], east["cells"]) > 0
    assert west["hot_by_township"] == {WEST: west["hot"]}
    assert (west["piles"], east["piles"]) == ([], whole["piles"])
    assert (west["area_km2"], both["area_km2"]) == (2.15, 4.3)


def test_of_a_study_nothing_is_told_that_only_the_whole_has(town: Town):
    for run in (
        hotspots.run(town.connection, WESTERN, town.run),
        hotspots.runs(town.connection, WESTERN)[0],
        hotspots.newest(town.connection, WESTERN),
    ):
        assert {*run["found"]} == {*SUMMED, "area_km2", "hot_by_township", "piles"}
        assert EAST not in str(dict(run)) and "119.917" not in str(dict(run))


def test_a_plans_sums_are_those_of_the_visits_in_sight(town: Town):
    def sums(actor: Actor) -> dict[str, float]:
        asked = plans.one(town.connection, actor, town.plan)["parameters"]
        return {name: asked[name] for name in ("visits", "expected", "met")}

    whole, west, east = (sums(actor) for actor in (BUREAU, WESTERN, EASTERN))

    assert sums(BOTH) == pytest.approx(whole)
    assert {name: west[name] + east[name] for name in whole} == pytest.approx(whole)
    assert (west["visits"], east["visits"], whole["visits"]) == (12, 6, 18)
    own = plans.visits(town.connection, GRID_WORKER, town.plan).iloc[0]
    assert sums(GRID_WORKER) == pytest.approx(
        {
            "visits": own["visits"],
            "expected": own["expected"],
            "met": own["expected"] * (1 - 0.7 ** own["visits"]),
        }
    )


def test_of_a_plan_only_what_was_asked_is_told_beside_the_own_sums(town: Town):
    whole = plans.one(town.connection, BUREAU, town.plan)["parameters"]

    for plan in (
        plans.one(town.connection, WESTERN, town.plan),
        plans.listed(town.connection, WESTERN, week=WEEK)[0],
        plans.newest(town.connection, WESTERN),
        plans.standing(town.connection, WESTERN),
    ):
        own = plan["parameters"]
        assert {*whole} - {*own} == {"capacity"}
        assert {name for name in own if own[name] != whole[name]} == {"expected", "met", "visits"}
        assert EAST not in str(dict(plan))


def test_the_list_of_plans_sums_up_the_visits_in_sight(town: Town):
    actors = (BUREAU, WESTERN, EASTERN, ELSEWHERE, MEMBER)

    assert [plans.listed(town.connection, each)[0]["visits"] for each in actors] == [
        18,
        12,
        6,
        0,
        0,
    ]


@pytest.mark.parametrize("actor", [ELSEWHERE, MEMBER, nobody("n")], ids=lambda actor: actor.name)
def test_whose_area_has_no_part_in_it_knows_only_that_it_was_made(town: Town, actor: Actor):
    run = hotspots.newest(town.connection, actor)
    plan = plans.standing(town.connection, actor)

    assert (run["id"], plan["id"]) == (town.run, town.plan)
    assert {run["found"][name] for name in (*SUMMED, "area_km2")} == {0}
    assert (run["found"]["hot_by_township"], run["found"]["piles"]) == ({}, [])
    assert {plan["parameters"][name] for name in ("visits", "expected", "met")} == {0}


# --- Powers over the whole bureau ---------------------------------------------------------------

NOTHING = gpd.GeoDataFrame({"name": []}, geometry=[], crs=4326)
Act = Callable[[Town, Actor], object]


def _importing(action: Callable[..., object], **more: object) -> Act:
    return lambda t, a: action(t.connection, NOTHING, actor=a, at=NOON, **more)


OF_THE_BUREAU: dict[str, tuple[Verb, Act]] = {
    "import townships": (Verb.IMPORT, _importing(grid_actions.import_townships)),
    "import grids": (Verb.IMPORT, _importing(grid_actions.import_grids, today=DAY)),
    "import squads": (Verb.IMPORT, _importing(squad_actions.import_squads)),
    "import incidents": (Verb.IMPORT, _importing(incident_actions.import_incidents, zone=ZONE)),
    "import roads": (Verb.IMPORT, _importing(roads.import_roads)),
    "import rivers": (Verb.IMPORT, _importing(rivers.import_rivers)),
    "import places": (Verb.IMPORT, _importing(places.import_places)),
    "import matters": (Verb.IMPORT, _importing(matters.import_matters)),
    "import holidays": (Verb.IMPORT, _importing(holidays.import_holidays)),
    "give grids anew": (
        Verb.IMPORT, lambda t, a: incident_actions.assign_grids(t.connection, actor=a, zone=ZONE)
    ),
    "study": (Verb.STUDY, lambda t, a: studies.study(
        t.connection, studies.Parameters(DAY, ZONE), actor=a, at=NOON, version="test"
    )),
    "draft": (Verb.PLAN, lambda t, a: planning.draft(
        t.connection, planning.Wish(WEEK, ZONE), actor=a, at=NOON, version="test"
    )),
    "approve": (
        Verb.APPROVE, lambda t, a: planning.approve(t.connection, t.plan, actor=a, at=NOON)
    ),
    "read the journal": (
        Verb.AUDIT, lambda t, a: journal.listed(t.connection, a, Page(), journal.Wanted())
    ),
    "read its last row": (
        Verb.AUDIT, lambda t, a: journal.last(t.connection, a, "approve", "plans")
    ),
    "prove the journal": (Verb.AUDIT, lambda t, a: journal.verify(t.connection, a, at=NOON)),
    "tell what uploads are wanted": (
        Verb.MANAGE, lambda t, a: jobs.wanted_paths(t.connection, a, "import", NOON)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_THE_BUREAU)
def test_a_power_over_a_township_is_no_power_over_the_bureau(town: Town, name: str):
    verb, act = OF_THE_BUREAU[name]
    planner_of_the_west = Actor("p", EVERY, narrower={verb: frozenset({WEST})})

    for actor, code in (
        (WESTERN, "may_not_there"),
        (BOTH, "may_not_there"),
        (planner_of_the_west, "may_not_there"),
        (Actor("without", EVERY - {verb}), "may_not"),
    ):
        with pytest.raises(Forbidden) as refused:
            act(town, actor)
        assert (refused.value.code, refused.value.values) == (code, {"verb": verb})
