"""The practice town's squads are on duty and carry devices, however often it is started."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from api import auth, moving
from api.circumstances import Circumstances
from data.duty import TOKEN
from layers.access import Actor
from layers.files import silent
from layers.positions.actions import Sent, take
from layers.squads.queries import counted


def test_squads_marked_on_duty_stay_so_and_what_their_devices_send_is_taken(
    cast, connection: Connection, planner: Actor, noon: datetime, settings
):
    connection.execute(text("UPDATE squads SET on_duty = false WHERE code = 'S2'"))
    days = [noon, noon, noon + timedelta(days=1, hours=15)]

    for day in days:
        moving.settle(connection, Circumstances(settings, planner, day, silent))
        assert counted(connection, planner, day) == (2, 1)

    shifts = text("SELECT count(*), count(DISTINCT planned_at) FROM shifts")
    assert tuple(connection.execute(shifts).one()) == (12, 12)
    sent = [Sent(auth.digest(TOKEN.format(code=f"D{squad}")), None) for squad in ("S1", "S2", "S3")]
    assert take(connection, sent, at=noon) == ["invalid", "invalid", None]
