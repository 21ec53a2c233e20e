"""Reading the kinds of things that are reported."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, select

from layers import db
from layers.errors import NotFound
from layers.matters.tables import Matter


def listed(connection: Connection, page: db.Page) -> Sequence[RowMapping]:
    """Matters behind a code. They belong to the whole bureau: every actor sees them all."""
    asked = select(Matter.code, Matter.name_zh, Matter.name_en).where(Matter.code > page.after)
    return connection.execute(asked.order_by(Matter.code).limit(page.limit)).mappings().all()


def check(connection: Connection, code: str) -> None:
    """Raise unless there is such a matter."""
    if connection.execute(select(Matter.code).where(Matter.code == code)).one_or_none() is None:
        raise NotFound("no_matter", code=code)
