"""What every change of units begins with."""

from sqlalchemy import Connection, select, text

from layers.units.tables import Unit

LOCK = text("LOCK TABLE units IN SHARE ROW EXCLUSIVE MODE")
"""So that two who change at once make no circle together."""


def parents(connection: Connection) -> dict[str, str | None]:
    """Which unit stands above each."""
    found = connection.execute(select(Unit.code, Unit.parent_code)).all()
    return {unit.code: unit.parent_code for unit in found}
