"""Residents: one link brings one report, follows it through the loop, and reaches nothing else."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, text

from layers.access import PUBLIC, Actor, Verb, acting
from layers.enquiries import actions as enquiries
from layers.enquiries.tables import Enquiry
from layers.errors import Conflict, NotFound
from layers.incidents.actions.reporting import Report
from layers.incidents.tables import Incident
from layers.journal.tables import Entry
from layers.migrations.wall import APPLICATION
from layers.residents import actions, queries, rules
from layers.residents.actions import Link
from layers.residents.rules import Stage
from tests.cast import WEST
from tests.wall import as_application, counted, refused

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
HERE = (119.905, 29.705)
HASH, OTHER = sha256(b"a link").digest(), sha256(b"another").digest()
ME = queries.holder(HASH)
STAFF = Actor("Li", frozenset({Verb.CONTACT}))


@pytest.fixture(autouse=True)
def matters(cast, connection: Connection) -> None:
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered, public) VALUES"
        " ('S02', '垃圾', 'Rubbish', true, true), ('S03', '渣土', 'Rubble', true, false),"
        " ('S04', '井盖', 'Cover', false, true)"
    ))  # fmt: skip


@pytest.fixture
def resident(connection: Connection) -> Iterator[Connection]:
    with as_application(connection, ME) as ours:
        yield ours


def new(noon: datetime, **more: object) -> Report:
    given = {"id": uuid4(), "source": "resident", "matter": "S02", "place": HERE, "x": HERE[0],
             "y": HERE[1], "datum": "wgs84", "occurred_at": noon, "content": b"1"}  # fmt: skip
    return Report(**(given | more))


@pytest.fixture
def bring(connection: Connection, noon: datetime) -> Callable[..., UUID]:
    """A report by the link of a digest."""

    def brought(token_hash: bytes = HASH, **more: object) -> UUID:
        actor, report = queries.holder(token_hash), new(noon, **more)
        link = Link(report.id, report.content, token_hash)
        with as_application(connection, actor) as ours:
            actions.bring(ours, link, report, actor=actor, at=noon, zone=ZONE)
        return report.id

    return brought


@pytest.fixture
def moved(connection: Connection, noon: datetime) -> Callable[..., None]:
    """A case as it stands after steps to these states, a minute apart."""

    def go(case: UUID, *states: str) -> None:
        for number, state in enumerate(states, start=2):
            connection.execute(text(
                "INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state,"
                " to_state, by, happened_at, received_at, late, reason, details)"
                " VALUES (:case, :number, gen_random_uuid(), 'x', 'x', :state, 'Zhang', :at, :at,"
                " false, 'because', '{}')"
            ), {"case": case, "number": number, "state": state,
                "at": noon + number * MINUTE})  # fmt: skip
        connection.execute(text("UPDATE incidents SET state = :state WHERE id = :case"),
                           {"state": states[-1], "case": case})  # fmt: skip

    return go


def look(connection: Connection, token_hash: bytes = HASH, by: Actor | None = None):
    with as_application(connection, by or queries.holder(token_hash)) as ours:
        return queries.behind(ours, token_hash)


def test_a_report_comes_in_once_and_is_found_by_its_link(bring, connection, noon):
    first = new(noon)
    link = Link(first.id, first.content, HASH)
    with as_application(connection, ME) as ours:
        kept = [actions.bring(ours, link, first, actor=ME, at=noon, zone=ZONE) for _ in range(2)]

    row = look(connection)
    assert kept == [True, False]
    assert (row["incident"], row["state"], row["merged"]) == (first.id, "reported", False)
    assert row["description"] is row["address"] is None
    assert row["case_no"] is not None


def test_the_words_are_shown_once_they_are_released(bring, connection):
    case = bring(description="在门口", address="柳河路 8 号")

    before = look(connection)
    connection.execute(text("UPDATE incidents SET released = true WHERE id = :id"), {"id": case})
    after = look(connection)

    assert (before["description"], before["address"]) == (None, None)
    assert (after["description"], after["address"]) == ("在门口", "柳河路 8 号")
    assert (after["lon"], after["lat"]) == (119.905, 29.705)


def test_another_link_leads_nowhere(bring, connection):
    bring()

    for by in (queries.holder(OTHER), PUBLIC):
        with pytest.raises(NotFound):
            look(connection, by=by)
    with pytest.raises(NotFound):
        look(connection, OTHER)


def test_one_link_brings_one_report(bring):
    bring()

    with pytest.raises(Conflict, match="link_used"):
        bring()


def test_the_id_of_anothers_report_is_as_good_as_none(bring):
    theirs = bring(OTHER)

    with pytest.raises(NotFound):
        bring(id=theirs)


@pytest.mark.parametrize("matter", ["S03", "S99"])
def test_what_is_not_for_everybody_is_not_reported_by_everybody(matter, bring):
    with pytest.raises(NotFound, match="no_matter"):
        bring(matter=matter)


def test_what_was_merged_shows_how_the_other_stands(bring, moved, cast, connection, noon):
    mine, root = bring(), cast.report(*HERE, noon)
    moved(root, "filed", "rejected")
    connection.execute(text("UPDATE incidents SET state = 'merged', merged_into = :root"
                            " WHERE id = :id"), {"root": root, "id": mine})  # fmt: skip

    row = look(connection)

    assert (row["case"], row["state"], row["merged"]) == (root, "rejected", True)


def test_the_history_names_nobody(bring, moved, connection):
    case = bring()
    moved(case, "filed", "dispatched")

    with as_application(connection, ME) as ours:
        rows = queries.history(ours, case)

    assert [row["to_state"] for row in rows] == ["reported", "filed", "dispatched"]
    assert all("by" not in row for row in rows)


def test_a_case_that_everybody_may_know_can_be_followed(moved, cast, connection, noon):
    case = cast.report(*HERE, noon)
    link = Link(uuid4(), b"1", HASH)
    with as_application(connection, ME) as ours, pytest.raises(NotFound):
        actions.follow(ours, link, case, actor=ME, at=noon)
    moved(case, "filed")

    with as_application(connection, ME) as ours:
        kept = [actions.follow(ours, link, case, actor=ME, at=noon) for _ in range(2)]

    assert kept == [True, False]
    assert look(connection)["case"] == case


# --- What is near -------------------------------------------------------------------------------


def test_open_public_cases_nearby_are_told_by_their_coarse_places(moved, cast, connection, noon):
    filed, closed, unfiled, far = (
        cast.report(lon, 29.7054, noon) for lon in (119.9054, 119.905, 119.905, 119.908)
    )
    for case, state in ((filed, "filed"), (closed, "closed"), (far, "filed")):
        moved(case, state)

    with as_application(connection, PUBLIC) as ours:
        found = queries.near(ours, "S02", *HERE)
        other = queries.near(ours, "S03", *HERE)

    assert [(one.id, one.state, one.metres) for one in found] == [(filed, "filed", 0)]
    assert unfiled not in {one.id for one in found} and other == []


def test_a_posted_code_tells_a_grid_and_nothing_else_of_it(cast, connection, noon):
    code = f"{WEST}001001"
    with as_application(connection, PUBLIC) as ours:
        told = queries.grid_of(ours, code, on=noon.date())
        unknown = queries.grid_of(ours, "nonsense", on=noon.date())
        seen = counted(ours, "grids")

    assert told and (told.name, told.township) == ("West south", "西街")
    assert (round(told.lon, 3), round(told.lat, 3), round(told.metres)) == (119.905, 29.705, 585)
    assert unknown is None and seen == 0


# --- How satisfied ------------------------------------------------------------------------------


@pytest.fixture
def rated(connection: Connection, noon: datetime):
    def rate(score: int, words: str | None = None, at: datetime = noon) -> None:
        with as_application(connection, ME) as ours:
            actions.rate(ours, HASH, score, words, actor=ME, at=at)

    return rate


def test_an_opinion_is_asked_at_the_end_and_can_be_changed_for_a_week(
    bring, moved, rated, connection, noon
):
    case = bring()
    with pytest.raises(Conflict, match="not_ended"):
        rated(5)
    moved(case, "closed")

    rated(2, "太慢")
    rated(4, None, noon + timedelta(days=7))
    with pytest.raises(Conflict, match="rated_already"):
        rated(1, None, noon + timedelta(days=7, seconds=1))

    row = look(connection)
    assert (row["satisfaction"], row["opinion"], row["rated_at"]) == (4, None, noon)


@pytest.fixture
def called(connection: Connection, noon: datetime):
    """The only enquiry is answered, and called back so."""

    def call(reached: bool, satisfaction: int | None, remark: str | None) -> None:
        (enquiry,) = connection.execute(select(Enquiry.id)).scalars()
        by = {"actor": STAFF, "at": noon}
        with as_application(connection, STAFF) as ours:
            enquiries.answer(ours, enquiry, "已清运", **by)
            enquiries.call_back(ours, enquiry, reached=reached, satisfaction=satisfaction,
                                remark=remark, **by)  # fmt: skip

    return call


def test_a_call_back_neither_shows_its_notes_to_the_link_nor_touches_what_that_said(
    bring, moved, rated, called, connection, noon
):
    moved(bring(), "closed")
    rated(1, "太慢")

    called(False, None, "骂人")
    with pytest.raises(Conflict, match="own_rating"):
        called(True, 5, None)

    row = look(connection)
    assert (row["satisfaction"], row["opinion"], row["rated_at"]) == (1, "太慢", noon)
    assert "骂人" not in str(row)


def test_whoever_was_called_may_still_rate_it_themselves(
    bring, moved, rated, called, connection, noon
):
    moved(bring(), "closed")
    called(True, 5, "好")

    rated(5, at=noon + timedelta(days=8))

    row = look(connection)
    assert (row["opinion"], row["rated_at"]) == (None, noon + timedelta(days=8))


def test_what_was_said_is_not_in_the_journal(bring, moved, rated, connection):
    moved(bring(description="电话 13800001111"), "closed")
    rated(1, "我是李四")

    told = connection.execute(select(Entry.verb, Entry.details)).all()

    assert {"report", "take", "rate"} <= {row.verb for row in told}
    assert not [row for row in told if "李四" in str(row) or "13800001111" in str(row)]


# --- Stages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "stages"),
    [
        (["reported"], [Stage.RECEIVED]),
        (["reported", "to_check", "reported"], [Stage.RECEIVED]),
        (["reported", "filed", "dispatched", "accepted"],
         [Stage.RECEIVED, Stage.FILED, Stage.ON_ITS_WAY]),
        (["reported", "filed", "dispatched", "filed"], [Stage.RECEIVED, Stage.FILED]),
        (["reported", "closed"], [Stage.RECEIVED, Stage.DONE]),
        (["reported", "merged"], [Stage.RECEIVED]),
    ],
)  # fmt: skip
def test_stages_are_those_that_still_hold(states, stages, noon):
    at = [noon + number * MINUTE for number in range(len(states))]

    found = rules.reached(zip(states, at, strict=True))

    assert list(found) == stages
    assert found[Stage.RECEIVED] == noon


# --- The second wall ----------------------------------------------------------------------------

INSERT = """INSERT INTO incidents (id, source, external_id, matter_code, state, place, x, y, datum,
    cell, occurred_at, occurred_precision, received_at, case_no, version, reported_by, released)
    VALUES (gen_random_uuid(), :source, :no, :matter, :state, ST_Point(1, 1, 4326), 1, 1, 'wgs84',
    1, now(), 'minute', now(), :no, 1, :by, :released)"""
MINE = {"source": "resident", "matter": "S02", "state": "reported", "by": ME.name,
        "released": False}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "staff"}, {"matter": "S03"}, {"matter": "S04"}, {"state": "filed"},
        {"released": True}, {"by": "somebody"},
    ],
)  # fmt: skip
def test_the_database_takes_from_residents_new_reports_alone(wrong, resident):
    resident.execute(text(INSERT), MINE | {"no": "1"})

    with refused(resident):
        resident.execute(text(INSERT), MINE | {"no": "2"} | wrong)


def test_a_resident_changes_no_case_and_takes_no_step(bring, connection):
    case = bring()
    step = """INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state,
        to_state, by, happened_at, received_at, late, details)
        VALUES (:id, 2, gen_random_uuid(), 'file', 'reported', 'filed', :by, now(), now(), false,
        '{}')"""
    with as_application(connection, ME) as ours:
        changed = ours.execute(text("UPDATE incidents SET released = true")).rowcount
        with refused(ours):
            ours.execute(text(step), {"id": case, "by": ME.name})

    assert changed == 0


def test_a_resident_answers_no_enquiry_not_even_the_own(bring, connection):
    bring()
    bring(OTHER)
    with as_application(connection, ME) as ours:
        with refused(ours):
            ours.execute(text("UPDATE enquiries SET answer = 'x', answered_at = now()"))
        seen = counted(ours, "enquiries")
        rated = ours.execute(text(
            "UPDATE enquiries SET satisfaction = 3, satisfied_at = now()"
        )).rowcount  # fmt: skip

    assert (seen, rated) == (1, 1)


def test_of_other_cases_a_resident_sees_no_more_than_everybody(
    bring, moved, cast, connection, noon
):
    mine, public, hidden = bring(), cast.report(*HERE, noon), cast.report(*HERE, noon)
    moved(public, "filed")

    with as_application(connection, ME) as ours:
        seen = set(ours.execute(select(Incident.id)).scalars())
        steps = set(ours.execute(text("SELECT incident_id FROM incident_steps")).scalars())

    assert seen == {mine, public} and hidden not in seen
    assert steps == {mine}


@pytest.mark.parametrize("name", ["resident:", "resident:zz", "resident", "public", "worker"])
def test_no_other_name_holds_a_link(name, bring, connection):
    bring()
    connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
    acting(connection, Actor(name, frozenset(), frozenset()))

    assert counted(connection, "enquiries") == 0
