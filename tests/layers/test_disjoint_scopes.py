"""Two actors without a common area have nothing in common, and together see what both would."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, box
from sqlalchemy import Connection, Engine

from layers.access import Actor, Verb
from layers.grids import actions as areas
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import actions as reports
from layers.incidents import queries as incidents
from layers.incidents.queries import Wanted
from layers.plans import actions as planning
from layers.plans import queries as plans
from layers.squads import actions as stations
from layers.squads import queries as squads

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
DAY, ZONE = NOON.date(), ZoneInfo("Asia/Shanghai")
OPERATOR = Actor("operator", frozenset(Verb))
TOWNSHIPS = {f"T{n}": box(119.9 + n / 100, 29.7, 119.91 + n / 100, 29.72) for n in range(5)}
GRIDS = {
    f"{code}G{part}": box(west, 29.7 + part / 100, east, 29.71 + part / 100)
    for code, (west, _, east, _) in ((code, shape.bounds) for code, shape in TOWNSHIPS.items())
    for part in range(2)
}


@pytest.fixture(scope="module")
def bureau(engine: Engine) -> Iterator[Connection]:
    """Five townships of two grids, each with a squad and its own number of cases; a plan."""
    with engine.connect() as connection, connection.begin() as outer:
        _settle(connection)
        yield connection
        outer.rollback()


def _settle(connection: Connection) -> None:
    who = {"actor": OPERATOR, "at": NOON}
    areas.import_townships(connection, _shapes(TOWNSHIPS, visits_per_week=7), **who)
    areas.import_grids(connection, _shapes(GRIDS), today=DAY, **who)
    homes = {f"S{code}": shape.centroid for code, shape in TOWNSHIPS.items()}
    stations.import_squads(connection, _frame(homes), **who)
    reports.import_incidents(connection, _cases(), zone=ZONE, **who)
    wish = planning.Wish("2026-W48", ZONE)
    plan = planning.draft(connection, wish, version="test", **who)
    planning.approve(connection, plan, **who)


def _cases() -> gpd.GeoDataFrame:
    places = [
        Point(shape.bounds[0] + 0.001 + number * 2e-4, shape.bounds[1] + 0.004)
        for many, shape in enumerate(GRIDS.values(), start=1)
        for number in range(many * 2)
    ]
    when = [NOON - timedelta(days=1 + number % 60) for number in range(len(places) + 1)]
    outside = Point(119.8, 29.7)
    return gpd.GeoDataFrame({"occurred_at": when}, geometry=[*places, outside], crs=4326)


def _shapes(shapes: dict[str, object], **more: object) -> gpd.GeoDataFrame:
    return _frame({code: MultiPolygon([shape]) for code, shape in shapes.items()}, **more)


def _frame(shapes: dict[str, object], **more: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [*shapes], **more}, geometry=[*shapes.values()], crs=4326)


def seen(connection: Connection, actor: Actor) -> dict[str, list[object]]:
    """Everything in sight, by kind."""
    run, plan = hotspots.newest(connection, actor), plans.newest(connection, actor)
    cases = incidents.listed(connection, actor, Wanted(), after="", limit=999)
    return {
        "townships": list(grids.townships(connection, actor)["code"]),
        "grids": list(grids.grids(connection, actor, DAY)["code"]),
        "squads": list(squads.squads(connection, actor, NOON)["code"]),
        "incidents": [row["id"] for row in cases],
        "cells": list(hotspots.cells(connection, actor, run["id"])["cell"]),
        "visits": list(plans.visits(connection, actor, plan["id"])["code"]),
    }


def sums(connection: Connection, actor: Actor) -> dict[str, float]:
    """What is told of it in numbers."""
    run, plan = hotspots.newest(connection, actor), plans.newest(connection, actor)
    townships, held = grids.counted(connection, actor, DAY)
    return {
        "townships": townships,
        "grids": held,
        "squads": squads.counted(connection, actor, NOON)[0],
        "incidents": incidents.counted(connection, actor),
        **{f"found {name}": run["found"][name] for name in ("cells", "incidents", "hot", "cold")},
        "visits": plan["visits"],
        **{f"plan {name}": plan["parameters"][name] for name in ("visits", "expected", "met")},
    }


def someone(townships: set[str], single: set[str]) -> Actor:
    """Of some townships, and of single grids in others."""
    others = frozenset(f"{code}G0" for code in single - townships)
    return Actor("someone", frozenset(), frozenset(townships), grids=others)


parts = st.lists(
    st.tuples(st.sampled_from(["first", "second", "nobody"]), st.booleans()), min_size=5, max_size=5
)
"""Of each township: whose it is, and whether all of it or only a grid."""


@settings(max_examples=10, deadline=None)
@given(parts)
def test_disjoint_areas_show_disjoint_things_that_add_up(bureau: Connection, parts):
    def area(*owners: str) -> Actor:
        held = zip(TOWNSHIPS, parts, strict=True)
        own = {code: whole for code, (owner, whole) in held if owner in owners}
        return someone({code for code, whole in own.items() if whole}, set(own))

    first, second, both = area("first"), area("second"), area("first", "second")
    one, other, together = (seen(bureau, actor) for actor in (first, second, both))

    for kind, rows in together.items():
        assert sorted(one[kind] + other[kind]) == sorted(rows), kind
        assert len(set(rows)) == len(rows), kind
    mine, yours = sums(bureau, first), sums(bureau, second)
    assert sums(bureau, both) == pytest.approx({name: mine[name] + yours[name] for name in mine})


def test_the_bureau_sees_what_all_townships_do_and_its_pool(bureau: Connection):
    all_townships = someone(set(TOWNSHIPS), set())

    whole, theirs = sums(bureau, OPERATOR), sums(bureau, all_townships)
    assert whole.pop("incidents") == theirs.pop("incidents") + 1 == 111
    assert whole == pytest.approx(theirs)
