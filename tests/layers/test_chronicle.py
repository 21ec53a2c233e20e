"""Histories that are told afterwards: the same steps as if they had been taken here."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Connection, text

from layers import clock
from layers.access import Actor, Verb
from layers.errors import Conflict, Forbidden
from layers.incidents import queries
from layers.incidents.actions.chronicling import chronicle
from layers.incidents.actions.stepping import Said, step
from tests.cast import Cast
from tests.wall import as_application

BUREAU = Actor("chief", frozenset(Verb))
CALENDAR = clock.calendar_of(clock.shipped(), ZoneInfo("Asia/Shanghai"), clock.OFFICE_HOURS)
NOON = datetime(2026, 11, 9, 4, tzinfo=UTC)
AFTER = datetime(2026, 11, 16, 4, tzinfo=UTC)
WAY = (
    ("file", {}), ("dispatch", {"squad": "S1"}), ("decline", {"reason": "远"}),
    ("dispatch", {"squad": "S2"}), ("accept", {}), ("arrive", {}),
    ("ask_extension", {"reason": "远"}), ("extend", {}), ("finish", {}), ("close", {}),
)  # fmt: skip
ALSO = {"standard": True, "photos": ["photo_after"]}


def told(connection: Connection, case: UUID, way=WAY) -> pd.DataFrame:
    number = queries.one(connection, BUREAU, case)["external_id"]
    rows = [
        {"source": "resident", "external_id": number, "verb": verb, "squad": None, "reason": None,
         "until": None, "happened_at": NOON + timedelta(minutes=2 * place), **given}
        for place, (verb, given) in enumerate(way, 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


STORED = (
    "state", "version", "squad", "due_at", "due_limit", "closed_at", "extensions",
    "extension_asked", "suspended_until", "suspensions", "promised_by",
)  # fmt: skip
STEP = ("version", "verb", "from_state", "to_state", "happened_at", "reason", "due_at", "details")


def story(connection: Connection, case: UUID) -> tuple[list, list]:
    row = queries.one(connection, BUREAU, case)
    return (
        [row[name] for name in STORED],
        [[done[name] for name in STEP] for done in queries.steps(connection, case)],
    )


@pytest.mark.parametrize("length", [1, 2, 3, 6, 8, 10])
def test_a_history_that_is_told_is_the_one_that_would_have_been_lived(
    length, connection: Connection, cast: Cast
):
    afterwards, lived = (cast.report(119.905, 29.705, NOON) for _ in range(2))

    for place, (verb, given) in enumerate(WAY[:length], 1):
        at = NOON + timedelta(minutes=2 * place)
        said = Said(verb, uuid4(), at, **ALSO, **given)
        step(connection, lived, said, actor=BUREAU, at=at, calendar=CALENDAR)
    with as_application(connection, BUREAU) as ours:
        kept = chronicle(ours, told(ours, afterwards, WAY[:length]), actor=BUREAU, at=AFTER,
                         calendar=CALENDAR)  # fmt: skip

    (state, steps), (own, own_steps) = story(connection, afterwards), story(connection, lived)
    assert kept == 1
    assert state == [own[0], length + 1, *own[2:]]
    assert [each[1:-1] for each in steps[1:]] == [each[1:-1] for each in own_steps]
    assert [row[1:4] for row in steps[:1]] == [["report", "", "reported"]]


def test_what_was_begun_here_is_left_alone(connection: Connection, cast: Cast):
    case = cast.report(119.905, 29.705, NOON)
    said = Said("reject", uuid4(), NOON, reason="x")
    step(connection, case, said, actor=BUREAU, at=NOON, calendar=CALENDAR)

    kept = chronicle(connection, told(connection, case), actor=BUREAU, at=AFTER, calendar=CALENDAR)

    assert (kept, queries.one(connection, BUREAU, case)["state"]) == (0, "rejected")


def test_what_cannot_have_been_is_refused(connection: Connection, cast: Cast):
    case = cast.report(119.905, 29.705, NOON)

    with pytest.raises(Conflict, match="not_open"):
        chronicle(connection, told(connection, case, WAY[1:]), actor=BUREAU, at=AFTER,
                  calendar=CALENDAR)  # fmt: skip


def test_only_who_imports_tells_histories(connection: Connection, cast: Cast):
    case = cast.report(119.905, 29.705, NOON)
    nobody = Actor("x", frozenset(Verb) - {Verb.IMPORT})

    with pytest.raises(Forbidden):
        chronicle(connection, told(connection, case), actor=nobody, at=AFTER, calendar=CALENDAR)
    assert connection.execute(text("SELECT count(*) FROM incident_steps")).scalar_one() == 0
