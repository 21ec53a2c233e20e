"""The telephone of the practice town."""

from datetime import timedelta

from sqlalchemy import text

from api import calling
from api.circumstances import Circumstances
from layers.files import silent


def test_ended_calls_of_the_practice_town_are_rated_and_open_ones_wait(
    connection, cast, noon, planner, settings
):
    for hours in range(1, 5):
        cast.report(119.905, 29.705, noon - timedelta(hours=9 + hours), "closed")
        cast.report(119.905, 29.705, noon - timedelta(hours=hours), "handling")
    connection.execute(text(
        "UPDATE incidents SET source = '12345', closed_at = CASE WHEN state = 'closed'"
        " THEN occurred_at + interval '2 hours' END"
    ))  # fmt: skip

    calling.ring(connection, Circumstances(settings, planner, noon, silent))

    rows = connection.execute(text(
        "SELECT satisfaction, answered_at <= :now AND called_back_at <= :now AS ended,"
        " respond_by > :now AS waits FROM enquiries"), {"now": noon}).all()  # fmt: skip
    assert sorted(row.satisfaction for row in rows if row.ended) == [4, 5, 5, 5]
    assert sum(row.waits is True for row in rows) == 4
