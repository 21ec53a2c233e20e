"""How long what is kept."""

from sqlalchemy import Connection, select

from layers.retention.rules import DAYS, SHORTEST, Kind
from layers.retention.tables import Retention


def days(connection: Connection) -> dict[Kind, int]:
    """The days of every kind, as the bureau has set them or by default, and never fewer than they
    can be."""
    rows = connection.execute(select(Retention.kind, Retention.days)).all()
    own = {row.kind: row.days for row in rows}
    return {kind: max(SHORTEST[kind], own.get(kind, default)) for kind, default in DAYS.items()}
