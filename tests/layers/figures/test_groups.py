"""Figures by township, grid, squad and class, and the lists behind them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection

from layers.access import Actor
from layers.figures import queries, rules
from layers.figures.queries import Part
from layers.figures.rules import By
from tests.cast import EAST, WEST, Cast
from tests.layers.figures.week import BUREAU, IN_EAST, NOON, TOLD, WEEK, WESTERN


@pytest.fixture
def towns(tell, cast: Cast) -> None:
    """Cases in two townships and in none, by two squads, and some from files."""
    for steps in TOLD.values():
        tell(steps)
    for name in ("in time", "finished late", "stands", "never sent"):
        to_east = tuple((at, verb) for at, verb in TOLD[name])
        tell(to_east, IN_EAST)
        tell(to_east, (121.0, 31.0))
    for hours in (1, 30, 24 * 8):
        cast.report(*IN_EAST, NOON + timedelta(hours=hours), "closed" if hours > 1 else "reported")


LISTS = [(figure, name) for figure in rules.CATALOGUE.values() for name in figure.parts]


@pytest.mark.parametrize(("actor", "by"), [*((BUREAU, by) for by in By), (WESTERN, By.TOWNSHIP)])
def test_each_number_is_as_many_cases_as_its_list_shows(actor, by, connection, towns):
    groups = queries.tables(connection, actor, WEEK, by)
    total = queries.total(connection, actor, WEEK)

    for figure, name in LISTS:
        numbers = {group.key: group.cells[figure.code].parts[name] for group in groups}
        lists = {key: ids(connection, actor, Part(figure, name, by, key)) for key in numbers}
        assert {key: len(found) for key, found in lists.items()} == numbers
        assert sum(numbers.values()) == total.cells[figure.code].parts[name]


def ids(connection: Connection, actor: Actor, part: Part) -> set[UUID]:
    rows = queries.cases(connection, actor, part, WEEK, after="", limit=1000)
    return {row["id"] for row in rows}


def test_several_tables_at_once_are_as_each_by_itself(connection, towns):
    bys = (None, *By)

    found = queries.counted(connection, BUREAU, WEEK, bys)

    assert found == {by: queries.tables(connection, BUREAU, WEEK, by) for by in bys}
    assert found[None][0].cells["reported"].value


def test_a_list_goes_on_behind_the_key_of_its_last_case(connection, towns):
    reported, after, pages = Part(rules.figure("reported"), "denominator"), "", []
    while page := queries.cases(connection, BUREAU, reported, WEEK, after=after, limit=5):
        pages += [row["id"] for row in page]
        after = queries.key(page[-1])

    assert len(pages) == len(set(pages)) == len(ids(connection, BUREAU, reported))


def test_nobody_counts_beyond_the_own_townships(connection, towns):
    seen = queries.tables(connection, WESTERN, WEEK, By.TOWNSHIP)
    nowhere = replace(BUREAU, townships=frozenset(), squads=frozenset({"S1"}))

    assert [group.key for group in seen] == [WEST]
    assert queries.tables(connection, nowhere, WEEK, By.SQUAD) == []


def test_a_squad_has_a_row_and_the_pool_and_the_matters_class_too(connection, towns):
    squads = queries.tables(connection, BUREAU, WEEK, By.SQUAD)
    classes = queries.tables(connection, BUREAU, WEEK, By.CLASS)
    townships = queries.tables(connection, BUREAU, WEEK, By.TOWNSHIP)

    assert [(group.key, group.name_zh) for group in squads] == [("S1", "西街中队"), (None, None)]
    assert [(group.key, group.name_en) for group in classes] == [("event-01", "Street appearance")]
    assert [group.key for group in townships] == [WEST, EAST, None]


def test_a_class_of_components_is_not_the_class_of_events_with_the_same_code(connection, tell):
    for matter in ("S02", "C17", "X"):
        tell(TOLD["in time"], matter=matter)

    classes = queries.tables(connection, BUREAU, WEEK, By.CLASS)
    lists = [ids(connection, BUREAU, Part(rules.figure("closure"), "denominator", By.CLASS, key))
             for key in ("component-01", "event-01", None)]  # fmt: skip

    assert [(group.key, group.name_en) for group in classes] == [
        ("component-01", "Public utilities"), ("event-01", "Street appearance"), (None, None),
    ]  # fmt: skip
    assert [len(found) for found in lists] == [1, 1, 1]


def test_cases_from_files_are_counted_apart_and_never_as_being_on_time(connection, towns):
    cell = queries.total(connection, BUREAU, WEEK).cells["on_time"]
    rows = queries.cases(connection, BUREAU, Part(cell.figure, "imported"), WEEK,
                         after="", limit=9)  # fmt: skip

    assert cell.parts["imported"] == 2
    assert [row["state"] for row in rows] == ["closed", "reported"]
