"""Who is told how much: of each sum no more than the actor's own areas have."""

import pytest

from layers.access import Actor, nobody
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import queries as incidents
from layers.plans import queries as plans
from layers.squads import queries as squads
from tests.cast import EAST, WEST
from tests.layers.scope.town import (
    BOTH,
    BUREAU,
    DAY,
    EASTERN,
    ELSEWHERE,
    GRID_WORKER,
    MEMBER,
    NOON,
    WEEK,
    WESTERN,
    Town,
)

SUMMED = ("cells", "incidents", "hot", "cold", "hot_within_township", "insufficient")


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
