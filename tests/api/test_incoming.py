"""What the practice town's dispatcher finds, whenever the town is opened."""

from datetime import timedelta

from sqlalchemy import text

from api import incoming, nearest
from api.circumstances import Circumstances
from layers.files import silent
from layers.incidents import queries
from layers.incidents.queries import Wanted
from layers.incidents.rules import REPORTED
from tests.cast import WEST


def test_each_day_there_are_cases_in_time_to_send_and_one_for_which_another_gives_way(
    connection, cast, noon, planner, settings
):
    connection.execute(text("UPDATE squads SET position = NULL"))
    for n in range(6):
        cast.report(119.902 + n / 1000, 29.704 + n / 1000, noon - timedelta(days=9), "closed")
        cast.report(119.905, 29.705, noon - timedelta(days=9))
    connection.execute(text("UPDATE matters SET offered = true"))

    for day in range(2):
        around = Circumstances(settings, planner, noon + timedelta(days=day), silent)
        incoming.come(connection, WEST, "S1", around)

        wait = queries.waiting(connection, planner)
        urgent = max(wait, key=lambda case: case["priority"] or 0)
        spot = nearest.at_case(connection, urgent["id"], around)
        [over] = nearest.nearest(connection, spot, around).ranking.passed_over
        assert len(wait) == 3
        assert _unfiled(connection, planner) >= 1
        assert min(case["promised_by"] for case in wait) > around.at
        assert (urgent["priority"], over.code, over.why) == (2, "S1", ("busy",))


def _unfiled(connection, actor) -> int:
    wanted = Wanted(township=WEST, state=REPORTED)
    found = queries.listed(connection, actor, wanted, after="", limit=100)
    return sum(case["reported_by"] == actor.name for case in found)
