"""Who reported a case: sealed, and shown to those who call back."""

import pytest
from sqlalchemy import select, text, update

from layers.access import Actor, Verb, acting
from layers.errors import Forbidden, Invalid, NotFound, Unready
from layers.incidents import actions as incidents
from layers.journal.tables import Entry
from layers.migrations.wall import APPLICATION
from layers.reporters import actions
from layers.reporters.rules import Contact, Wishes
from layers.reporters.tables import Reporter
from layers.sealing import new_keyring
from tests.layers.reporters.person import EAST_PLACE, EMAIL, LI, PHONE


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
