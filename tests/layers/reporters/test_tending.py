"""Reporters in the course of time: forgotten, and sealed with a newer key."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text, update

from layers.access import Actor
from layers.incidents.tables import Incident
from layers.reporters import actions, queries, rules
from layers.reporters.rules import Contact
from layers.sealing import Keyring
from tests.layers.reporters.person import PHONE

DAY = timedelta(days=1)


@pytest.fixture
def forget(connection: Connection, planner: Actor, noon: datetime):
    def forgotten(before: datetime, limit: int | None = None) -> set[str]:
        return set(actions.forget(connection, before=before, limit=limit, actor=planner, at=noon))

    return forgotten


def close(connection: Connection, incident_id: UUID, at: datetime) -> None:
    connection.execute(update(Incident).where(Incident.id == incident_id).values(closed_at=at))


def test_reporters_are_forgotten_when_their_case_is_closed_long_enough(
    case, forget, connection, noon
):
    old, recent, _ = case(), case(), case()
    close(connection, old, noon - 200 * DAY)
    close(connection, recent, noon - 10 * DAY)

    assert forget(noon - 183 * DAY) == {str(old)}
    assert forget(noon - 183 * DAY) == set()
    assert set(queries.counted(connection).values()) == {2}


def test_a_merged_case_ends_with_the_one_that_it_was_merged_into(case, forget, connection, noon):
    main, merged = case(), case()
    into = update(Incident).where(Incident.id == merged).values(merged_into=main, state="merged")
    connection.execute(into)
    before = forget(noon)
    close(connection, main, noon - DAY)

    assert (before, forget(noon)) == (set(), {str(main), str(merged)})


def test_a_report_that_was_taken_back_counts_from_its_receipt(case, forget, connection, noon):
    incident_id = case()
    connection.execute(update(Incident).values(withdrawn=True))

    assert forget(noon) == set()
    assert forget(noon + DAY) == {str(incident_id)}


def test_a_reporter_is_held_as_long_as_somebody_said(case, forget, connection, noon):
    held, over = case(kept_until=noon.date() + DAY), case(kept_until=noon.date())
    for incident_id in (held, over):
        close(connection, incident_id, noon - 200 * DAY)

    assert forget(noon) == {str(over)}


def test_forgetting_goes_in_batches(case, forget, connection, noon):
    for plan in ("hashagg", "hashjoin", "mergejoin", "sort", "material"):
        connection.execute(text(f"SET LOCAL enable_{plan} = off"))  # all but the row by row
    for _ in range(3):
        close(connection, case(), noon - DAY)

    assert [len(forget(noon, limit=2)) for _ in range(3)] == [2, 1, 0]


def test_a_rotation_is_interrupted_and_goes_on(
    case, connection, ring, planner, acceptor, noon, shown
):
    cases = [case(Contact(f"市民{n}", f"1380000111{n}")) for n in range(5)]
    newer = ring.rotated()

    first = actions.reseal(connection, newer, limit=2, actor=planner)
    between = queries.counted(connection)
    opened = [
        actions.show(connection, one, ring=newer, actor=acceptor, at=noon).contact.name
        for one in cases
    ]
    rest = [actions.reseal(connection, newer, limit=2, actor=planner) for _ in range(3)]

    assert (first, rest) == (2, [2, 1, 0])
    assert between == {ring.current: 3, newer.current: 2}
    assert opened == [f"市民{n}" for n in range(5)]
    assert queries.counted(connection) == {newer.current: 5}
    alone = Keyring(newer.current, {newer.current: newer.secrets[newer.current]})
    found = actions.find(connection, rules.wanted("13800001113", None), after=None, limit=9,
                         ring=alone, actor=acceptor, at=noon)  # fmt: skip
    assert [report.contact.name for report in found] == ["市民3"]


def test_during_a_rotation_a_person_is_found_under_both_keys(
    case, connection, ring, planner, acceptor, noon
):
    kept, newer = {case(), case()}, ring.rotated()
    actions.reseal(connection, newer, limit=1, actor=planner)

    reports = actions.find(connection, rules.wanted(PHONE, None), after=None, limit=9,
                           ring=newer, actor=acceptor, at=noon)  # fmt: skip

    assert {report.row["incident_id"] for report in reports} == kept
