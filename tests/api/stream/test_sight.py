"""Nobody is told of what is out of sight, whatever is moved into it or out of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from api.auth import digest
from layers.access import WORKER, transaction
from layers.incidents.actions.saying import Correction
from layers.people import actions as people
from layers.roles import Area, AreaKind, Role
from tests.api.stream.listener import go_on, reject, reported
from tests.cast import EAST, WEST


def test_nobody_is_told_of_what_is_out_of_sight(listen, token, town):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    whole = listen(token())
    with town.begin() as connection:
        east, west = reported(connection, 119.915), reported(connection)

    assert whole.cases(2) == [(str(east), 1), (str(west), 1)]
    assert western.cases(1) == [(str(west), 1)]
    assert western.quiet()


def test_a_case_put_elsewhere_is_read_anew_by_who_may_have_seen_it(listen, token, town):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    eastern = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, EAST)))
    with town.begin() as connection:
        case = reported(connection)
    first = western.cases(1)
    with town.begin() as connection:
        there = Correction("S02", (119.915, 29.705), 119.915, 29.705, "wgs84")
        go_on(connection, case, "amend", report=there)

    moved = western.next("reset", "incident", "gone")
    with town.begin() as connection:
        reject(connection, case)

    assert first == [(str(case), 1)]
    assert moved == {"event": "reset", "data": {"reason": "moved", "missed": None}}
    assert eastern.cases(2) == [(str(case), 2), (str(case), 3)]
    assert western.quiet()


def test_who_never_saw_a_case_reads_nothing_anew_when_it_is_put_right(listen, token, town):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    with town.begin() as connection:
        case, other = reported(connection, lon=119.915), reported(connection)
        for lat in (29.706, 29.706):  # once put elsewhere in the east, once left where it is
            there = Correction("S02", (119.915, lat), 119.915, lat, "wgs84")
            go_on(connection, case, "amend", report=there)
        reject(connection, other)

    assert [western.next("reset", "incident")["data"].get("id") for _ in range(2)] == [
        str(other)] * 2  # fmt: skip
    assert western.quiet()


def test_a_check_that_is_over_is_gone_for_who_was_asked(listen, token, town):
    worker = listen(token(Role.GRID_WORKER, Area(AreaKind.GRID, f"{WEST}001001")))
    with town.begin() as connection:
        case, other = (reported(connection, lat=29.715) for _ in range(2))
        go_on(connection, case, "request_check")
    asked = worker.cases(2)
    with town.begin() as connection:
        for each in (other, case):
            go_on(connection, each, "force_close", reason="no")

    assert asked == [(str(case), 2)] * 2
    assert worker.next("gone", "incident", "reset") == {"event": "gone", "data": {"id": str(case)}}
    assert worker.quiet()


def owner(connection: Connection, secret: str) -> UUID:
    whose = text("SELECT person_id FROM tokens WHERE token_hash = :digest")
    person: UUID = connection.execute(whose, {"digest": digest(secret)}).scalar_one()
    return person


def test_whoever_may_see_more_by_now_reads_everything_anew_and_hears_of_it(listen, token, town):
    secret = token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST))
    stream, now = listen(secret), datetime.now(UTC)
    with transaction(town, WORKER) as connection:
        east = Area(AreaKind.TOWNSHIP, EAST)
        people.grant(connection, owner(connection, secret), Role.DISPATCHER, east, actor=WORKER,
                     at=now, today=now.date() - timedelta(days=1))  # fmt: skip

    reset = stream.next("reset")
    with town.begin() as connection:
        case = reported(connection, 119.915)

    assert reset == {"event": "reset", "data": {"reason": "powers", "missed": None}}
    assert stream.cases(1) == [(str(case), 1)]


def test_whoever_is_signed_out_hears_nothing_more(listen, token, town):
    secret = token()
    stream, now = listen(secret), datetime.now(UTC)
    with transaction(town, WORKER) as connection:
        person = owner(connection, secret)
        people.disable(connection, person, actor=WORKER, at=now, today=now.date())

    assert stream.next("incident") is None
