"""The figures of a week of dated cases, worked out by hand, and the lists behind them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, text

from layers import clock
from layers.access import Actor, Verb, acting
from layers.enquiries.tables import Enquiry
from layers.errors import Forbidden, Invalid
from layers.figures import queries, rules
from layers.figures.queries import Part
from layers.figures.rules import By, Period
from layers.incidents.actions.reporting import Report, report
from layers.incidents.actions.stepping import Said, step
from tests.cast import EAST, WEST, Cast

SHANGHAI = ZoneInfo("Asia/Shanghai")
BUREAU = Actor("chief", frozenset(Verb))
WESTERN = replace(BUREAU, townships=frozenset({WEST}))
WEEK = rules.week_from(date(2026, 11, 16), SHANGHAI)
NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)
HOUR, DAY = 60, 1440
IN_WEST, IN_EAST = (119.905, 29.705), (119.915, 29.705)
Told = tuple[int, str]

TO_SCENE = ((2, "file"), (5, "dispatch"), (6, "accept"), (20, "arrive"))
HANDLED = (*TO_SCENE, (45, "finish"))
GIVEN = {
    "file": {"standard": True}, "close": {"standard": True}, "reject": {"reason": "x"},
    "dispatch": {"squad": "S1"}, "decline": {"reason": "x"}, "rework": {"reason": "x"},
    "finish": {"photos": ["photo_after"]}, "fix_on_spot": {"photos": ["photo_before",
                                                                     "photo_after"]},
    "ask_extension": {"reason": "x"}, "suspend": {"reason": "x", "until": date(2027, 1, 4)},
    "force_close": {"reason": "x"}, "reopen": {"reason": "x"}, "send_back": {"reason": "x"},
    "recall": {"reason": "x"},
}  # fmt: skip

# Minutes after Monday noon. To arrive 30 minutes from the order, to finish 30 from the arrival; the
# last instant is in time.
TOLD: dict[str, tuple[Told, ...]] = {
    "in time": (*HANDLED, (90, "close")),
    "closed late": (*HANDLED, (3 * DAY, "close")),
    "finished late": (*TO_SCENE, (51, "finish"), (60, "close")),
    "waits for its closing": HANDLED,
    "never arrived": TO_SCENE[:3],
    "done again": (*HANDLED, (60, "rework"), (61, "recall"), (62, "dispatch"), (63, "accept"),
                   (70, "arrive"), (80, "finish"), (99, "force_close")),
    "taken up and ended": (*HANDLED, (60, "close"), (61, "reopen"), (62, "force_close")),
    "given back": (*TO_SCENE[:2], (8, "decline"), (9, "dispatch"), (10, "accept"), (59, "arrive"),
                   (60, "finish"), (61, "close")),
    "never sent": TO_SCENE[:1],
    "sent back": (*TO_SCENE[:1], (4, "send_back")),
    "stands before it is sent": (*TO_SCENE[:1], (4, "suspend")),
    "given more time": (*TO_SCENE, (30, "ask_extension"), (31, "extend"), (80, "finish"),
                        (81, "close")),
    "stands": (*TO_SCENE, (25, "suspend")),
    "rejected": ((2, "reject"),),
    "fixed": ((1, "fix_on_spot"),),
    "ended by force": (*TO_SCENE, (22, "force_close")),
    "stood, was ended and taken up": ((2, "file"), (3, "suspend"), (4, "force_close"),
                                      (5, "reopen")),
    "of last week": tuple((at - 7 * DAY, verb) for at, verb in (*HANDLED, (90, "close"))),
    "due next week": ((7 * DAY - 13 * HOUR, "file"), (6 * DAY + 11 * HOUR + 50, "dispatch")),
}  # fmt: skip
DUE = {
    "in time", "closed late", "finished late", "waits for its closing", "never arrived",
    "done again", "given back", "given more time", "ended by force",
}  # fmt: skip
CLOSED = DUE - {"waits for its closing", "never arrived"}
WAITS = {"never sent", "stood, was ended and taken up", "taken up and ended"}
STANDS = {"stands", "stands before it is sent"}
FILED = DUE | WAITS | STANDS | {"sent back", "due next week"}
ARRIVED = DUE - {"never arrived"} | {"stands", "taken up and ended"}
EXPECTED = {
    "reported.denominator": FILED | {"rejected", "fixed"}, "reported.imported": set(),
    "closure.denominator": DUE, "closure.numerator": CLOSED,
    "closure.no_deadline": WAITS, "closure.suspended": STANDS,
    "closure.imported": set(),
    "on_time.numerator": CLOSED - {"finished late"},
    "rework.denominator": CLOSED | {"taken up and ended"}, "rework.numerator": {"done again"},
    "return.denominator": FILED, "return.numerator": {"given back", "sent back"},
    "extension.denominator": DUE, "extension.numerator": {"given more time"},
    "valid.denominator": FILED | {"rejected", "fixed"}, "valid.numerator": FILED | {"fixed"},
    "arrive_order.denominator": ARRIVED,
}  # fmt: skip


@pytest.fixture
def tell(connection: Connection, cast: Cast) -> Callable[..., UUID]:
    """A case as it went, by the real steps; somebody acts, to whom the database tells of it."""
    acting(connection, BUREAU)
    calendar = clock.calendar_of(clock.shipped(), SHANGHAI, clock.OFFICE_HOURS)
    connection.execute(text(
        "INSERT INTO matters"
        " (code, name_zh, name_en, kind, class_code, class_zh, class_en, offered) VALUES"
        " ('S02', 'x', 'x', 'event', '01', '市容环境', 'Street appearance', true),"
        " ('C17', 'x', 'x', 'component', '01', '公用设施', 'Public utilities', true),"
        " ('X', 'x', 'x', NULL, NULL, NULL, NULL, true)"
    ))  # fmt: skip
    connection.execute(text("UPDATE squads SET crews = 50"))

    def told(
        steps: tuple[Told, ...], place: tuple[float, float] = IN_WEST, matter: str = "S02"
    ) -> UUID:
        made, first = uuid4(), steps[0][0]
        at = NOON + timedelta(minutes=first - 1 if abs(first) > DAY else 0)
        new = Report(
            id=made, source="grid_worker", matter=matter, place=place, x=place[0], y=place[1],
            datum="wgs84", occurred_at=at, content=b"x",
        )  # fmt: skip
        report(connection, new, actor=BUREAU, at=at, zone=SHANGHAI)
        for minute, verb in steps:
            when = NOON + timedelta(minutes=minute)
            said = Said(verb, uuid4(), when, **GIVEN.get(verb, {}))
            step(connection, made, said, actor=BUREAU, at=when, calendar=calendar)
        return made

    return told


@pytest.fixture
def week(tell) -> dict[UUID, str]:
    return {tell(steps): name for name, steps in TOLD.items()}


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

    assert (cell.median, cell.p90) == (15, pytest.approx(15 + 35 * 0.1))
    assert (beside.median, beside.p90) == (20, pytest.approx(20 + 39 * 0.1))
    assert again["from_order"] == 15  # of the first arrival, whatever was ordered after it


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


def test_cases_from_files_are_counted_apart_and_never_as_being_on_time(connection, towns):
    cell = queries.total(connection, BUREAU, WEEK).cells["on_time"]
    rows = queries.cases(connection, BUREAU, Part(cell.figure, "imported"), WEEK,
                         after="", limit=9)  # fmt: skip

    assert cell.parts["imported"] == 2
    assert [row["state"] for row in rows] == ["closed", "reported"]


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


def test_who_reads_no_enquiries_is_told_nothing_of_them(connection, week):
    dispatcher = Actor("dispatcher", frozenset({Verb.DISPATCH}))

    assert "satisfaction" not in queries.total(connection, dispatcher, WEEK).cells
    with pytest.raises(Forbidden):
        listed(connection, week, Part(rules.figure("satisfaction"), "numerator"), dispatcher)


# --- Periods ------------------------------------------------------------------------------------


def test_a_period_is_whole_days_of_the_bureau():
    assert WEEK.since == datetime(2026, 11, 15, 16, tzinfo=UTC)
    assert WEEK.until == datetime(2026, 11, 22, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "earlier"),
    [
        (WEEK, (date(2026, 11, 9), date(2026, 11, 16))),
        (rules.month("2026-03", SHANGHAI), (date(2026, 2, 1), date(2026, 3, 1))),
        (rules.month("2026-01", SHANGHAI), (date(2025, 12, 1), date(2026, 1, 1))),
        (Period(date(2026, 11, 3), date(2026, 11, 5), SHANGHAI),
         (date(2026, 11, 1), date(2026, 11, 3))),
    ],
)  # fmt: skip
def test_a_period_is_compared_with_the_one_before(period, earlier):
    found = rules.before(period)

    assert (found.first, found.after) == earlier


@pytest.mark.parametrize(
    ("period", "today", "days", "earlier"),
    [
        (rules.month("2026-11", SHANGHAI), date(2026, 11, 22), (1, 23), (1, 23)),
        (WEEK, date(2026, 11, 16), (16, 17), (9, 10)),
        (WEEK, date(2026, 11, 22), (16, 23), (9, 16)),
        (WEEK, date(2026, 11, 23), (16, 23), (9, 16)),
        (WEEK, date(2026, 11, 15), (16, 23), (9, 16)),
    ],
)
def test_of_a_period_that_runs_as_many_days_are_compared(period, today, days, earlier):
    found = rules.compared(period, today)

    assert [(one.first.day, one.after.day) for one in found] == [days, earlier]


def test_a_long_month_is_compared_with_no_more_than_the_one_before():
    _, earlier = rules.compared(rules.month("2026-03", SHANGHAI), date(2026, 3, 30))

    assert earlier.after == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-01", "2026-1", "1999-01", "2026-01x"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(Invalid, match="bad_month"):
        rules.month(text, SHANGHAI)


def test_days_are_in_order_and_a_year_at_most():
    with pytest.raises(Invalid, match="since_after_until"):
        Period(date(2026, 11, 16), date(2026, 11, 16), SHANGHAI)
    with pytest.raises(Invalid, match="period_too_long"):
        Period(date(2024, 11, 16), date(2026, 11, 16), SHANGHAI)


# --- Sentences ----------------------------------------------------------------------------------


def group(key: str | None, due: int, in_time: int, minutes: tuple[float, float] | None = None):
    empty = {
        code: rules.Cell(figure, dict.fromkeys(figure.parts, 0))
        for code, figure in rules.CATALOGUE.items()
    }
    cells = empty | {
        "on_time": rules.Cell(rules.figure("on_time"), {"denominator": due, "numerator": in_time}),
        "arrive_order": rules.Cell(rules.figure("arrive_order"), {"denominator": due},
                                   *(minutes or (None, None))),
    }  # fmt: skip
    return rules.Group(key, key, key, cells)


def test_the_findings_tell_the_trend_where_least_is_in_time_and_how_soon_squads_arrive():
    townships = [group("a", 20, 18), group("b", 20, 10), group("few", 2, 0), group(None, 20, 0)]

    told = rules.findings(group(None, 42, 28, (12.4, 41)), group(None, 10, 5), townships)

    assert [(one.code, dict(one.values)) for one in told] == [
        ("on_time_up", {"share": 66.7, "due": 42, "points": 16.7}),
        ("last", {"least": 10, "last": "b", "first": "a", "low": 50.0, "high": 90.0}),
        ("arrive_beyond", {"median": 12, "p90": 41, "cases": 42}),
    ]


def test_of_a_few_arrivals_they_say_nothing():
    few, enough = (rules.findings(group(None, cases, cases, (9, 20)), group(None, 0, 0), [])
                   for cases in (rules.FEW - 1, rules.FEW))  # fmt: skip

    assert [one.code for one in few] == ["on_time"]
    assert [one.code for one in enough] == ["on_time", "arrive_within"]


def test_where_nothing_was_due_they_say_so():
    told = rules.findings(group(None, 0, 0), group(None, 3, 3), [group("a", 0, 0)])

    assert [one.code for one in told] == ["nothing_due"]
