"""Who reported a case: sealed, shown to those who call back, found for that person alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, text, update

from layers.access import Actor, Verb, acting
from layers.errors import Forbidden, Invalid, NotFound, Unready
from layers.incidents import actions as incidents
from layers.incidents.tables import Incident
from layers.journal.tables import Entry, FreeText
from layers.migrations.wall import APPLICATION
from layers.reporters import actions, queries, rules
from layers.reporters.rules import Contact, Wishes
from layers.reporters.tables import Reporter
from layers.sealing import Keyring, new_keyring
from tests.cast import Cast

PHONE, EMAIL = "13800001111", "li.si@example.cn"
LI = Contact("李四", PHONE, EMAIL, "柳河路 8 号 302")
DAY = timedelta(days=1)
WEST_PLACE, EAST_PLACE = (119.905, 29.705), (119.915, 29.715)


@pytest.fixture
def ring() -> Keyring:
    return new_keyring()


@pytest.fixture
def acceptor() -> Actor:
    return Actor("acceptor", frozenset({Verb.CONTACT}))


@pytest.fixture
def western(cast: Cast) -> Actor:
    return Actor("western", frozenset({Verb.CONTACT}), frozenset({cast.west}))


@pytest.fixture
def case(cast: Cast, connection: Connection, ring: Keyring, acceptor: Actor, noon: datetime):
    """A case that somebody reported."""

    def reported(contact: Contact = LI, place=WEST_PLACE, **wishes: object) -> UUID:
        incident_id = cast.report(*place, noon)
        actions.keep(connection, incident_id, contact, Wishes(**wishes),
                     ring=ring, actor=acceptor, at=noon)  # fmt: skip
        return incident_id

    return reported


@pytest.fixture
def shown(connection: Connection, ring: Keyring, acceptor: Actor, noon: datetime):
    def opened(incident_id: UUID, by: Actor = acceptor) -> Contact:
        return actions.show(connection, incident_id, ring=ring, actor=by, at=noon).contact

    return opened


@pytest.fixture
def found(connection: Connection, ring: Keyring, acceptor: Actor, noon: datetime):
    def looked_up(phone: str | None = None, email: str | None = None, by: Actor = acceptor):
        wanted = rules.wanted(phone, email)
        reports = actions.find(connection, wanted, after=None, limit=100,
                               ring=ring, actor=by, at=noon)  # fmt: skip
        return {report.row["incident_id"] for report in reports}

    return looked_up


@pytest.fixture
def written(connection: Connection) -> Callable[[], str]:
    """All that the database holds of reporters and the journal, as text."""

    def read() -> str:
        rows = [
            row
            for table in ("reporters", "journal", "journal_texts", "personal_keys")
            for row in connection.execute(
                text(f"SELECT {table}::text, CAST(to_jsonb({table}) AS text) FROM {table}")
            )
        ]
        return str(rows)

    return read


# --- Kept ---------------------------------------------------------------------------------------


def test_whoever_calls_back_reads_what_was_kept(case, shown):
    assert shown(case()) == LI


def test_in_the_database_nothing_of_it_can_be_read(case, written, connection):
    case()

    text_of_rows = written()

    plain = [LI.name, PHONE, EMAIL, LI.address, "8613800001111"]
    spelled = [word.encode().hex() for word in plain]
    assert not [word for word in plain + spelled if word in text_of_rows]
    assert not [word for word in plain if word in repr(LI)]


def test_a_sealed_value_moved_to_another_case_is_refused(case, shown, connection):
    mine, other = case(), case(Contact("王五"))
    taken = select(Reporter.sealed).where(Reporter.incident_id == mine).scalar_subquery()
    connection.execute(update(Reporter).where(Reporter.incident_id == other).values(sealed=taken))

    with pytest.raises(Unready, match="sealed_damaged"):
        shown(other)


def test_another_key_opens_nothing(case, connection, acceptor, noon):
    incident_id = case()

    with pytest.raises(Unready, match="personal_key_missing"):
        actions.show(connection, incident_id, ring=new_keyring(), actor=acceptor, at=noon)


def test_a_correction_changes_what_it_names_and_is_found_by_the_new_number(
    case, shown, found, connection, ring, acceptor, noon
):
    incident_id = case()

    actions.correct(connection, incident_id, {"phone": "13900002222", "email": None},
                    ring=ring, actor=acceptor, at=noon)  # fmt: skip

    assert shown(incident_id) == Contact(LI.name, "13900002222", None, LI.address)
    assert found("13900002222") == {incident_id}
    assert found(PHONE) == found(email=EMAIL) == set()


def test_nobody_is_not_a_reporter(case):
    with pytest.raises(Invalid, match="reporter_empty"):
        case(Contact(name="  "))


def test_a_case_that_goes_takes_its_reporter_along(case, connection):
    incident_id = case()

    connection.execute(text("DELETE FROM incidents WHERE id = :id"), {"id": incident_id})

    assert connection.execute(select(Reporter)).all() == []


# --- Who may ------------------------------------------------------------------------------------


def test_without_the_power_nobody_sees_keeps_corrects_or_removes(
    case, connection, ring, noon, found
):
    incident_id, dispatcher = case(), Actor("dispatcher", frozenset(Verb) - {Verb.CONTACT})
    common = {"actor": dispatcher, "at": noon}

    for attempt in (
        lambda: actions.show(connection, incident_id, ring=ring, **common),
        lambda: actions.keep(connection, incident_id, LI, Wishes(), ring=ring, **common),
        lambda: actions.correct(connection, incident_id, {"name": "x"}, ring=ring, **common),
        lambda: actions.remove(connection, incident_id, **common),
        lambda: actions.remove_all(connection, ("phone", PHONE), ring=ring, **common),
        lambda: actions.disclose(connection, [incident_id], ring=ring, **common),
        lambda: incidents.redact(connection, incident_id, {"address": None}, "", **common),
        lambda: found(PHONE, by=dispatcher),
    ):
        with pytest.raises(Forbidden, match="may_not"):
            attempt()


def test_of_a_foreign_township_nothing_is_there(case, shown, western, found):
    west, east = case(), case(place=EAST_PLACE)

    assert shown(west, by=western) == LI
    with pytest.raises(NotFound, match="no_incident"):
        shown(east, by=western)
    with pytest.raises(Forbidden):
        found(PHONE, by=western)


def test_whoever_sees_a_township_by_another_role_does_not_see_who_reported_there(case, shown, cast):
    both = frozenset({cast.west, cast.east})
    narrow = {Verb.CONTACT: frozenset({cast.west})}
    actor = Actor("two roles", frozenset({Verb.CONTACT}), both, narrower=narrow)

    with pytest.raises(Forbidden, match="may_not_there"):
        shown(case(place=EAST_PLACE), by=actor)


def test_the_database_itself_shows_reporters_only_with_the_power_and_within_sight(
    case, connection, western, cast
):
    west, _ = case(), case(place=EAST_PLACE)
    connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
    asked = select(Reporter.incident_id)

    unset = connection.execute(asked).scalars().all()
    acting(connection, Actor("dispatcher", frozenset(Verb) - {Verb.CONTACT}))
    without = connection.execute(asked).scalars().all()
    acting(connection, western)
    within = connection.execute(asked).scalars().all()

    assert (unset, without, within) == ([], [], [west])


# --- The journal --------------------------------------------------------------------------------


def test_each_look_and_each_change_is_written_down_by_id_alone(
    case, shown, found, connection, ring, acceptor, noon, written
):
    incident_id = case()
    shown(incident_id)
    found(PHONE)
    actions.correct(connection, incident_id, {"name": "李思"},
                    ring=ring, actor=acceptor, at=noon)  # fmt: skip
    actions.disclose(connection, [incident_id], ring=ring, actor=acceptor, at=noon)
    actions.remove(connection, incident_id, actor=acceptor, at=noon)

    rows = connection.execute(
        select(Entry.verb, Entry.subject, Entry.details).order_by(Entry.id)
    ).all()

    mine, several = str(incident_id), {"incidents": [str(incident_id)]}
    assert [tuple(row) for row in rows] == [
        ("keep", mine, {"fields": ["address", "email", "name", "phone"]}),
        ("read", mine, {}),
        ("find", "phone", several),
        ("correct", mine, {"fields": ["name"]}),
        ("disclose", "file", several),
        ("remove", mine, {}),
    ]
    assert "李" not in written()


# --- A person asks ------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [
    "138 0000 1111", "+86-138-0000-1111", "008613800001111", "８６１３８００００１１１１",
    " (+86)13800001111 ", "138-0000-1111 转 2",
])  # fmt: skip
def test_somebodys_reports_are_found_however_the_number_is_typed(typed, case, found):
    kept = {case(), case(Contact(phone=typed)), case(Contact(phone=f"0579-87311234、{typed}"))}
    case(Contact("李四", "13800001112"))

    assert found(typed) == found(PHONE) == kept


@pytest.mark.parametrize("typed", ["(0579)8731 1234", "+86 579 87311234", "86-0579-87311234",
                                   "0579-87311234-801", "0579 8731-1234"])  # fmt: skip
def test_a_fixed_line_is_one_number_too(typed):
    assert rules.normal_phone(typed) == "8657987311234"


@pytest.mark.parametrize("typed", ["", "12", "李四", "330702199001011234", "+", "无"])
def test_what_is_no_phone_number_finds_nobody(typed):
    assert rules.normal_phone(typed) is None
    with pytest.raises(Invalid, match="no_phone_or_email"):
        rules.wanted(typed, None)


def test_an_address_is_found_in_any_letters(case, found):
    incident_id = case()

    assert found(email="Li.Si@Example.CN") == {incident_id}


@pytest.mark.parametrize("both", [(None, None), (PHONE, EMAIL)])
def test_a_person_is_looked_up_by_one_thing(both):
    with pytest.raises(Invalid, match="phone_or_email"):
        rules.wanted(*both)


def test_a_person_is_removed_everywhere_and_the_cases_stay(
    case, found, shown, connection, ring, acceptor, noon
):
    mine, other = [case(), case(place=EAST_PLACE)], case(Contact("王五", "13900002222"))

    gone = actions.remove_all(connection, rules.wanted(PHONE, None),
                              ring=ring, actor=acceptor, at=noon)  # fmt: skip

    assert gone == sorted(mine)
    assert found(PHONE) == found(email=EMAIL) == set()
    assert shown(other).name == "王五"
    with pytest.raises(NotFound, match="no_reporter"):
        shown(mine[0])
    assert len(connection.execute(select(Incident.id)).all()) == 3


def test_what_nobody_can_open_can_still_be_removed(case, connection, acceptor, noon):
    incident_id = case()
    connection.execute(update(Reporter).values(sealed=b"rubbish"))

    actions.remove(connection, incident_id, actor=acceptor, at=noon)

    [row] = connection.execute(select(Reporter.sealed, Reporter.marks, Reporter.removed_at))
    assert tuple(row) == (None, [], noon)


def test_a_description_is_redacted_for_a_reason_and_nothing_of_it_is_kept(
    cast, connection, acceptor, noon, written
):
    incident_id = cast.report(*WEST_PLACE, noon)
    connection.execute(update(Incident).values(description=f"张三说 {PHONE}"))

    incidents.redact(connection, incident_id, {"description": "一人说"}, "本人要求",
                     actor=acceptor, at=noon)  # fmt: skip

    said = connection.execute(select(Incident.description, Incident.redacted)).one()
    assert tuple(said) == ("一人说", True)
    [entry] = connection.execute(select(Entry.verb, Entry.details)).all()
    assert (entry.verb, entry.details["fields"]) == ("redact", ["description"])
    assert connection.execute(select(FreeText.text)).scalar_one() == "本人要求"
    assert PHONE not in written() and "本人要求" not in str(entry)


# --- In the course of time ----------------------------------------------------------------------


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
