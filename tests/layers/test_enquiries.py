"""Enquiries: taken for a case, answered, called back; seen by those who need them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from layers.access import Actor, actor_of, nobody
from layers.enquiries import actions, queries
from layers.enquiries.actions import Asked
from layers.enquiries.queries import Wanted
from layers.enquiries.rules import Channel, Waits
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.incidents.tables import Incident
from layers.journal.tables import Entry
from layers.reporters.tables import Reporter
from layers.roles import Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST, Cast
from tests.wall import as_application, refused

HOUR = timedelta(hours=1)
DAY = date(2026, 11, 16)
WEST_PLACE, EAST_PLACE = (119.905, 29.705), (119.915, 29.705)


def held(role: Role, kind: AreaKind, code: str) -> Actor:
    return actor_of(f"{role} {code}", [Grant(role, Area(kind, code), DAY)], DAY)


ACCEPTOR = held(Role.ACCEPTOR, AreaKind.TOWNSHIP, WEST)
EASTERN = held(Role.ACCEPTOR, AreaKind.TOWNSHIP, EAST)
LEADER = held(Role.LEADER, AreaKind.TOWNSHIP, WEST)
WORKER = held(Role.GRID_WORKER, AreaKind.GRID, f"{WEST}001001")


@pytest.fixture
def taken(cast: Cast, connection: Connection, noon: datetime) -> Callable[..., UUID]:
    """An enquiry about a new case, or about the one that is named."""

    def take(
        incident: UUID | None = None, place=WEST_PLACE, by=ACCEPTOR, caller=True, **more
    ) -> UUID:
        about = incident or cast.report(*place, noon)
        if caller:
            known = {"incident_id": about, "key_id": "k", "sealed": b"x", "kept_at": noon}
            connection.execute(insert(Reporter).values(**known, marks=[]).on_conflict_do_nothing())
        given = {"id": uuid4(), "channel": Channel.HOTLINE_12345, "content": b"1"} | more
        actions.take(connection, Asked(incident=about, **given), actor=by, at=noon)
        return given["id"]

    return take


@pytest.fixture
def one(connection: Connection):
    def read(enquiry_id: UUID, by: Actor = ACCEPTOR):
        return queries.one(connection, by, enquiry_id)

    return read


@pytest.fixture
def listed(connection: Connection):
    def read(by: Actor = ACCEPTOR, after: str = "", limit: int = 10, **wanted) -> list[UUID]:
        rows = queries.listed(connection, by, Wanted(**wanted), after=after, limit=limit)
        return [row["id"] for row in rows]

    return read


@pytest.fixture
def answered(connection: Connection, noon: datetime):
    def answer(enquiry_id: UUID, words: str = "已清理", by: Actor = ACCEPTOR, at=noon) -> None:
        actions.answer(connection, enquiry_id, words, actor=by, at=at)

    return answer


@pytest.fixture
def called(connection: Connection, noon: datetime):
    def call(enquiry_id: UUID, reached=True, satisfaction=None, remark=None, at=noon) -> None:
        actions.call_back(connection, enquiry_id, reached=reached, satisfaction=satisfaction,
                          remark=remark, actor=ACCEPTOR, at=at)  # fmt: skip

    return call


# --- Taken --------------------------------------------------------------------------------------


def test_several_may_wait_for_one_case(taken, listed, cast, noon):
    heap = cast.report(*WEST_PLACE, noon)

    three = {taken(heap, outside_no=str(number)) for number in range(3)}

    assert set(listed(incident=heap)) == three


def test_the_same_enquiry_is_taken_once_and_another_under_its_id_is_refused(
    taken, connection, cast, noon
):
    enquiry = taken()
    about = connection.execute(text("SELECT incident_id FROM enquiries")).scalar_one()
    again = Asked(enquiry, about, Channel.HOTLINE_12345, b"1")

    assert not actions.take(connection, again, actor=ACCEPTOR, at=noon)
    with pytest.raises(Conflict, match="other_content"):
        taken(id=enquiry, content=b"2")


def test_an_order_of_a_hotline_is_taken_once(taken):
    taken(outside_no="2026-1")
    taken(outside_no="2026-1", channel=Channel.HOTLINE_12319)

    with pytest.raises(Conflict, match="order_known"):
        taken(outside_no="2026-1")


def test_of_an_order_out_of_sight_nothing_is_told(taken):
    taken(outside_no="2026-1")

    with pytest.raises(NotFound, match="no_enquiry"):
        taken(outside_no="2026-1", place=EAST_PLACE, by=EASTERN)


def test_nothing_is_taken_for_a_case_out_of_sight_or_by_whoever_talks_to_nobody(taken):
    with pytest.raises(NotFound, match="no_incident"):
        taken(place=EAST_PLACE)
    with pytest.raises(Forbidden, match="may_not"):
        taken(by=WORKER)


# --- Answered and called back -------------------------------------------------------------------


def test_an_enquiry_waits_for_its_answer_then_for_the_call_back(taken, one, answered, called):
    enquiry = taken()
    waits = [one(enquiry)["waits"]]

    answered(enquiry)
    waits.append(one(enquiry)["waits"])
    called(enquiry, satisfaction=5, remark="谢谢")
    waits.append(one(enquiry)["waits"])

    assert waits == [Waits.ANSWER, Waits.CALL_BACK, None]
    assert (one(enquiry)["satisfaction"], one(enquiry)["remark"]) == (5, "谢谢")


def test_whoever_left_no_name_and_no_number_is_not_waited_for(taken, one, listed, answered):
    enquiry, known = taken(caller=False), taken()
    answered(enquiry)
    answered(known)

    assert (one(enquiry)["waits"], one(enquiry)["caller"], one(known)["caller"]) == (
        None, False, True,
    )  # fmt: skip
    assert listed(waits=Waits.CALL_BACK) == [known]


def test_who_may_not_see_who_asked_is_not_told_whether_anybody_is_known(taken, one, answered):
    enquiry = taken(caller=False)
    answered(enquiry)

    told = one(enquiry, LEADER)

    assert (told["waits"], told["caller"]) == (Waits.CALL_BACK, None)


def test_a_corrected_answer_keeps_the_time_of_the_first(taken, one, answered, noon):
    enquiry = taken()
    answered(enquiry)

    answered(enquiry, "已清理干净", at=noon + HOUR)

    assert (one(enquiry)["answer"], one(enquiry)["answered_at"]) == ("已清理干净", noon)


def test_nobody_is_called_back_before_the_answer_or_rates_without_being_reached(
    taken, answered, called
):
    enquiry = taken()

    with pytest.raises(Conflict, match="not_answered"):
        called(enquiry)
    answered(enquiry)
    with pytest.raises(Invalid, match="not_reached"):
        called(enquiry, reached=False, satisfaction=3)


def test_a_second_call_stands_in_place_of_the_first(taken, one, answered, called, noon):
    enquiry = taken()
    answered(enquiry)
    called(enquiry, reached=False)

    called(enquiry, satisfaction=2, at=noon + HOUR)

    row = one(enquiry)
    assert (row["reached"], row["satisfaction"], row["called_back_at"]) == (True, 2, noon + HOUR)


def test_the_same_judgement_beside_another_remark_is_one_of_its_own_day(
    taken, one, answered, called, noon
):
    enquiry = taken()
    answered(enquiry)
    rated = []

    for hours, said in enumerate((5, 5, 2, None, 2)):
        called(enquiry, satisfaction=said, remark=f"{hours}", at=noon + hours * HOUR)
        rated.append(one(enquiry)["satisfied_at"])

    assert rated == [noon, noon, noon + 2 * HOUR, None, noon + 4 * HOUR]


def test_the_journal_tells_what_was_done_once_each_and_repeats_no_words(
    taken, answered, called, connection
):
    enquiry = taken(outside_no="2026-1")
    for _ in range(2):
        answered(enquiry, "张三的摊位已清理")
    for _ in range(2):
        called(enquiry, satisfaction=4, remark="李四谢谢")

    mine = select(Entry.verb, Entry.details).where(Entry.kind == "enquiries").order_by(Entry.id)
    rows = connection.execute(mine).all()
    assert [row.verb for row in rows] == ["take", "answer", "call_back"]
    assert rows[-1].details == {"reached": True, "satisfaction": 4}
    assert not [word for word in ("张三", "李四", "2026-1") if word in str(rows)]


def test_the_words_of_an_enquiry_are_taken_out_and_what_was_done_stays(
    taken, one, answered, called, connection, noon
):
    enquiry = taken(outside_no="2026-1")
    answered(enquiry, "张三的摊位已清理")
    called(enquiry, satisfaction=4, remark="李四谢谢")

    with pytest.raises(NotFound, match="no_enquiry"):
        actions.redact(connection, enquiry, "x", actor=EASTERN, at=noon)
    with pytest.raises(Forbidden, match="may_not"):
        actions.redact(connection, enquiry, "x", actor=LEADER, at=noon)
    actions.redact(connection, enquiry, "本人要求", actor=ACCEPTOR, at=noon)

    row = one(enquiry)
    assert (row["answer"], row["remark"], row["outside_no"]) == (None, None, None)
    assert (row["answered_at"], row["satisfaction"], row["waits"]) == (noon, 4, None)
    last = select(Entry.verb, Entry.subject).order_by(Entry.id.desc()).limit(1)
    assert tuple(connection.execute(last).one()) == ("redact", str(enquiry))


# --- Seen ---------------------------------------------------------------------------------------


def test_the_nearest_deadline_comes_first_and_what_has_none_last(taken, listed, one, noon):
    late, never, soon = taken(respond_by=noon + 2 * HOUR), taken(), taken(respond_by=noon + HOUR)

    assert listed() == [soon, late, never]
    assert listed(after=queries.key(one(soon)), limit=1) == [late]
    assert listed(after=queries.key(one(late))) == [never]


def test_only_what_is_past_its_deadline_without_an_answer_is_overdue(taken, listed, answered, noon):
    done, late, _ = (taken(respond_by=noon + hours * HOUR) for hours in (-2, -1, 1))
    answered(done)

    assert listed(overdue_at=noon) == [late]
    assert listed(waits=Waits.CALL_BACK) == [done]


def test_enquiries_of_merged_reports_are_listed_with_their_case(
    taken, listed, one, connection, cast, noon
):
    root = cast.report(*WEST_PLACE, noon)
    own, merged = taken(root), taken()
    part = one(merged)["incident"]
    connection.execute(
        Incident.__table__.update().where(Incident.id == part).values(merged_into=root)
    )

    assert set(listed(incident=root)) == {own, merged}
    assert (one(merged)["incident"], one(merged)["case"]) == (part, root)


def test_an_enquiry_is_seen_with_its_case_by_those_who_file_answer_or_lead(taken, listed, one):
    enquiry = taken()

    assert listed(ACCEPTOR) == listed(LEADER) == [enquiry]
    assert listed(EASTERN) == []
    with pytest.raises(NotFound, match="no_enquiry"):
        one(enquiry, EASTERN)
    with pytest.raises(Forbidden, match="may_not"):
        listed(WORKER)


def test_whoever_only_reads_answers_nobody(taken, answered):
    enquiry = taken()

    with pytest.raises(Forbidden, match="may_not"):
        answered(enquiry, by=LEADER)
    with pytest.raises(NotFound, match="no_enquiry"):
        answered(enquiry, by=EASTERN)


def test_the_database_itself_shows_and_takes_no_more(taken, connection):
    enquiry = taken()
    shown = {}

    for actor in (ACCEPTOR, LEADER, EASTERN, WORKER, nobody("x")):
        with as_application(connection, actor):
            asked = connection.execute(text("SELECT id FROM enquiries")).scalars()
            shown[actor.name] = list(asked)
    with as_application(connection, LEADER):
        changed = connection.execute(text("UPDATE enquiries SET satisfaction = 5")).rowcount
        with refused(connection):
            connection.execute(text("DELETE FROM enquiries"))

    assert [name for name, rows in shown.items() if rows == [enquiry]] == [
        ACCEPTOR.name, LEADER.name]  # fmt: skip
    assert changed == 0


def test_a_call_taker_keeps_in_sight_what_was_taken_for_another_township(
    connection, cast, taken, noon
):
    far = cast.report(*EAST_PLACE, noon)
    mine = Incident.__table__.update().where(Incident.id == far)
    connection.execute(mine.values(reported_by=ACCEPTOR.name))

    with as_application(connection, ACCEPTOR):
        enquiry = taken(far)

        assert queries.one(connection, ACCEPTOR, enquiry)["incident"] == far
        with pytest.raises(Forbidden, match="may_not_there"):
            actions.answer(connection, enquiry, "x", actor=ACCEPTOR, at=noon)
