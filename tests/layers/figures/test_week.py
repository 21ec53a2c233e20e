"""The figures of a week of dated cases, worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, text, update

from layers import clock
from layers.access import Actor, Verb
from layers.enquiries.tables import Enquiry
from layers.errors import Forbidden
from layers.figures import queries, rules
from layers.figures.queries import Part
from layers.figures.rules import Period
from layers.incidents.actions.stepping import Said, step
from layers.incidents.tables import Incident
from tests.cast import EAST
from tests.layers.figures.week import (
    BUREAU,
    DAY,
    GIVEN,
    IN_EAST,
    IN_WEST,
    NOON,
    SHANGHAI,
    TOLD,
    WEEK,
    WESTERN,
)
from tests.wall import as_application

DUE = {
    "in time", "closed late", "finished late", "waits for its closing", "never arrived",
    "done again", "given back", "given more time", "ended by force",
    "stood at the scene and was ended", "taken up after all",
}  # fmt: skip
CLOSED = DUE - {"waits for its closing", "never arrived"}
WAITS = {"never sent", "stood, was ended and taken up", "taken up and ended"}
STANDS = {"stands", "stands before it is sent", "stands once it is handled"}
SENT_BACK = {"sent back", "sent back, stands"}
FILED = DUE | WAITS | STANDS | SENT_BACK | {"due next week"}
DECIDED = FILED | {"rejected", "fixed"}
ARRIVED = DUE - {"never arrived"} | {"stands", "stands once it is handled", "taken up and ended"}
EXPECTED = {
    "reported.denominator": DECIDED | {"a report that stands"}, "reported.imported": set(),
    "closure.denominator": DUE, "closure.numerator": CLOSED,
    "closure.no_deadline": WAITS, "closure.suspended": STANDS,
    "closure.imported": set(),
    "on_time.numerator": CLOSED - {"finished late"},
    "rework.denominator": CLOSED | {"taken up and ended"},
    "rework.numerator": {"done again", "taken up after all"},
    "return.denominator": FILED,
    "return.numerator": SENT_BACK | {"given back", "taken up after all"},
    "extension.denominator": DUE, "extension.numerator": {"given more time"},
    "valid.denominator": DECIDED,
    "valid.numerator": DECIDED - {"rejected", "taken up after all"},
    "arrive_order.denominator": ARRIVED,
}  # fmt: skip


def listed(connection, week, part: Part, actor: Actor = BUREAU, period: Period = WEEK) -> set[str]:
    rows = queries.cases(connection, actor, part, period, after="", limit=1000)
    return {week[row["id"]] for row in rows}


def number(connection, code: str, part: str, actor: Actor = BUREAU, period: Period = WEEK) -> int:
    return queries.total(connection, actor, period).cells[code].parts[part]


def test_a_week_worked_out_by_hand(connection, week):
    numbers = queries.total(connection, BUREAU, WEEK).cells

    found = {named: listed(connection, week, part(named)) for named in EXPECTED}

    assert found == EXPECTED
    assert {named: numbers[named.split(".")[0]].parts[named.split(".")[1]] for named in found} == {
        named: len(names) for named, names in found.items()
    }


def part(named: str) -> Part:
    code, name = named.split(".")
    return Part(rules.figure(code), name)


def test_a_median_and_a_ninetieth_of_the_minutes_to_arrive(connection, week):
    cell = queries.total(connection, BUREAU, WEEK).cells["arrive_order"]
    beside = queries.total(connection, BUREAU, WEEK).cells["arrive_report"]
    again = next(row for row in queries.cases(connection, BUREAU, Part(cell.figure, "denominator"),
                                              WEEK, after="", limit=99)
                 if week[row["id"]] == "done again")  # fmt: skip

    assert (cell.median, cell.p90) == (15, pytest.approx(15 + 30 * 0.8))
    assert (beside.median, beside.p90) == (20, pytest.approx(20 + 32 * 0.8))
    assert again["from_order"] == 15  # of the first arrival, whatever was ordered after it


def test_a_week_that_is_over_stays_what_it_was(connection, tell, week):
    before = queries.total(connection, BUREAU, WEEK)
    later = 8 * DAY
    calendar = clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)
    for made, name in week.items():
        for verb in {
            "in time": ("reopen", "dispatch", "accept"),
            "never arrived": ("arrive",),
            "waits for its closing": ("close",),
            "stands": ("resume",),
        }.get(name, ()):
            at = NOON + timedelta(minutes=later)
            said = Said(verb, uuid4(), at, **GIVEN.get(verb, {}))
            step(connection, made, said, actor=BUREAU, at=at, calendar=calendar)

    assert queries.total(connection, BUREAU, WEEK) == before
    next_week = rules.week_from(date(2026, 11, 23), SHANGHAI)
    assert number(connection, "closure", "denominator", period=next_week) == 4


def test_what_was_merged_is_counted_with_its_root_alone(connection, week):
    merged = next(made for made, name in week.items() if name == "finished late")
    root = next(made for made, name in week.items() if name == "in time")
    connection.execute(
        text("UPDATE incidents SET merged_into = :root WHERE id = :id"),
        {"root": root, "id": merged},
    )

    assert "finished late" not in listed(connection, week, Part(rules.figure("closure"),
                                                                "denominator"))  # fmt: skip


def test_the_last_word_of_whoever_asked_counts_for_the_root(connection, week):
    rated = next(made for made, name in week.items() if name == "in time")
    other = next(made for made, name in week.items() if name == "finished late")
    for case_, grade, hours in ((rated, 2, 1), (rated, 4, 2), (other, 3, 3), (other, 5, 24 * 9)):
        connection.execute(
            insert(Enquiry).values(
                id=uuid4(), incident_id=case_, channel="phone", received_at=NOON, content=b"x",
                satisfaction=grade, satisfied_at=NOON + timedelta(hours=hours),
            )
        )  # fmt: skip

    satisfaction = rules.figure("satisfaction")
    assert listed(connection, week, Part(satisfaction, "denominator")) == {
        "in time", "finished late",
    }  # fmt: skip
    assert listed(connection, week, Part(satisfaction, "numerator")) == {"in time"}


def test_the_own_leader_reads_what_the_bureau_reads_of_a_report_merged_from_beyond(
    connection, tell
):
    root, beyond = (tell(TOLD["never sent"], place) for place in (IN_WEST, IN_EAST))
    connection.execute(update(Incident).where(Incident.id == beyond).values(merged_into=root))
    connection.execute(insert(Enquiry).values(
        id=uuid4(), incident_id=beyond, channel="phone", received_at=NOON, content=b"x",
        satisfaction=1, satisfied_at=NOON,
    ))  # fmt: skip

    with as_application(connection, WESTERN) as ours:
        own = queries.total(ours, WESTERN, WEEK).cells["satisfaction"].parts
    eastern = replace(WESTERN, townships=frozenset({EAST}))
    with as_application(connection, eastern) as ours:
        others = queries.total(ours, eastern, WEEK).cells["satisfaction"].parts

    assert (own["denominator"], own["numerator"], others["denominator"]) == (1, 0, 0)


def test_who_reads_no_enquiries_is_told_nothing_of_them(connection, week):
    dispatcher = Actor("dispatcher", frozenset({Verb.DISPATCH}))

    assert "satisfaction" not in queries.total(connection, dispatcher, WEEK).cells
    with pytest.raises(Forbidden):
        listed(connection, week, Part(rules.figure("satisfaction"), "numerator"), dispatcher)
