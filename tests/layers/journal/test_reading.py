from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from layers.access import Actor, acting
from layers.db import Page
from layers.errors import Forbidden, Invalid
from layers.journal import actions, queries
from layers.journal.queries import Wanted

SECOND = timedelta(seconds=1)


def test_an_auditor_reads_page_by_page_the_newest_first(
    connection: Connection, planner: Actor, rows: list[int]
):
    first = queries.listed(connection, planner, Page(limit=3), Wanted())
    second = queries.listed(connection, planner, Page(str(first[-1]["id"]), 2), Wanted())

    assert [row["id"] for row in (*first, *second)] == rows[::-1]
    assert all(row["seal"] for row in first)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(verb="draft"), [0]),
        (Wanted(kind="plans"), [0, 1]),
        (Wanted(kind="plans", subject="2"), [1]),
        (Wanted(actor="planner"), [0, 1]),
        (Wanted(actor="nobody"), []),
    ],
)
def test_an_auditor_narrows_what_is_listed(
    connection: Connection, planner: Actor, append, wanted: Wanted, found: list[int]
):
    ids = [append("draft"), append("approve")]

    rows = queries.listed(connection, planner, Page(), wanted)

    assert [ids.index(row["id"]) for row in rows[::-1] if row["id"] in ids] == found


def test_a_span_of_time_ends_before_its_end(
    connection: Connection, planner: Actor, append, noon: datetime
):
    entry = append()

    def ids(since: datetime, until: datetime) -> list[int]:
        asked = Wanted(since=since, until=until)
        return [row["id"] for row in queries.listed(connection, planner, Page(), asked)]

    assert entry in ids(noon, noon + SECOND)
    assert entry not in ids(noon - SECOND, noon)


def test_who_sees_only_some_townships_does_not_read_the_journal(connection: Connection):
    western = Actor("western", frozenset(), frozenset({"W"}))

    with pytest.raises(Forbidden):
        queries.listed(connection, western, Page(), Wanted())


@pytest.mark.parametrize("after", ["x", "-1", "٣", "9" * 19])
def test_a_page_key_that_is_none_is_refused(connection: Connection, planner: Actor, after: str):
    with pytest.raises(Invalid):
        queries.listed(connection, planner, Page(after), Wanted())


def test_a_layers_version_grows_by_its_own_rows_alone(connection: Connection, append):
    before = queries.version(connection, "plans"), queries.version(connection, "roads")
    versions = []
    for verb in ("draft", "approve"):
        append(verb)
        versions.append(queries.version(connection, "plans"))

    assert before[0] < versions[0] < versions[1] == queries.version(connection, "plans", "roads")
    assert queries.version(connection, "roads") == before[1] == 0


def test_a_row_that_comes_to_light_after_a_newer_one_makes_another_version(
    engine: Engine, planner: Actor, noon: datetime
):
    def noted(connection: Connection) -> None:
        acting(connection, planner)
        actions.note(connection, "draft", "plans", "1", actor=planner, at=noon)

    with engine.connect() as slow, engine.connect() as quick:
        noted(slow)
        noted(quick)
        quick.commit()
        acting(quick, planner)
        between = queries.version(quick, "plans")
        slow.commit()

        assert queries.version(quick, "plans") > between
