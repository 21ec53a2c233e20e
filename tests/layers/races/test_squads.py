"""Two say something of a squad at once, or two tend its tracks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, text

from layers.access import WORKER
from layers.duty.actions import import_duty, say
from layers.duty.rules import OutOfService, Said
from layers.positions.actions import Sent, forget_tracks, give_tokens, import_devices, take
from layers.positions.rules import Fix
from tests.layers.loop.bureau import HOUR, MINUTE, SHANGHAI, SQUAD
from tests.wall import as_application


@pytest.fixture(autouse=True)
def shift(own: Engine, planner, noon: datetime) -> None:
    row = {"squad": ["S1"], "from": [noon - 4 * HOUR], "to": [noon + 6 * HOUR]}
    with own.begin() as connection:
        import_duty(connection, pd.DataFrame(row), actor=planner, at=noon)


def test_the_newer_word_of_duty_holds_whoever_is_first(own, beside, noon):
    given = {"actor": SQUAD, "at": noon}
    newer, older = Said(uuid4(), noon), Said(uuid4(), noon - 30 * MINUTE)
    with own.begin() as first:
        say(first, "S1", OutOfService.VEHICLE, said=newer, **given)
        other = beside(say, "S1", None, said=older, **given)
        assert not other.done()

    other.result()

    with own.connect() as connection:
        (told,) = connection.execute(text("SELECT out_of_service FROM squads WHERE code = 'S1'"))
    assert told == ("vehicle",)


def test_two_who_put_tracks_together_count_each_once(own, beside, planner, noon):
    fixes = [Fix(noon - (20 - n) * MINUTE, 119.905, 29.705) for n in range(20)]
    with own.begin() as connection:
        devices = pd.DataFrame({"code": ["P1"], "squad": ["S1"]})
        import_devices(connection, devices, actor=planner, at=noon)
        give_tokens(connection, {"P1": b"P1"}, actor=planner, at=noon)
        take(connection, [Sent(b"P1", fix) for fix in fixes], at=noon)
    given = {"before": noon + timedelta(days=99), "limit": 9, "actor": WORKER, "zone": SHANGHAI}

    def forget(connection: Connection) -> Sequence[str]:
        with as_application(connection, WORKER) as ours:
            return forget_tracks(ours, **given)

    with own.begin() as first:
        assert len(forget(first)) == 1
        other = beside(forget)
        assert other.done()

    assert other.result() == []
    with own.connect() as connection:
        found = connection.execute(text("SELECT shifts, minutes FROM grid_days")).all()
    assert found == [(1, 19)]
