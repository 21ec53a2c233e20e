"""Somebody asks what is kept: it is found for that person alone, and removed."""

import pytest
from sqlalchemy import select, update

from layers.errors import Invalid, NotFound
from layers.incidents import actions as incidents
from layers.incidents.tables import Incident
from layers.journal.tables import Entry, FreeText
from layers.reporters import actions, rules
from layers.reporters.rules import Contact
from layers.reporters.tables import Reporter
from tests.layers.reporters.person import EAST_PLACE, EMAIL, PHONE, WEST_PLACE


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
