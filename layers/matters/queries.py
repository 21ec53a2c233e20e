"""Reading the kinds of things that are reported. They belong to the whole bureau: every actor sees
them all."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, RowMapping, select

from layers import db
from layers.errors import NotFound
from layers.matters.rules import MatterKind
from layers.matters.tables import Matter

MATTERS = select(*Matter.__table__.columns).order_by(Matter.code)


@dataclass(frozen=True)
class Wanted:
    """Which matters are asked for; None means any."""

    kind: MatterKind | None = None
    class_code: str | None = None
    offered: bool | None = None


def listed(connection: Connection, page: db.Page, wanted: Wanted) -> Sequence[RowMapping]:
    """Matters behind a code."""
    exact = (
        (Matter.kind, wanted.kind), (Matter.class_code, wanted.class_code),
        (Matter.offered, wanted.offered),
    )  # fmt: skip
    asked = MATTERS.where(*(column == value for column, value in exact if value is not None))
    asked = asked.where(Matter.code > page.after).limit(page.limit)
    return connection.execute(asked).mappings().all()


def offered(connection: Connection) -> Sequence[RowMapping]:
    """All that new reports may name."""
    return connection.execute(MATTERS.where(Matter.offered)).mappings().all()


def codes(connection: Connection) -> Sequence[str]:
    """Of all matters, also of those that only cases from files name."""
    return connection.execute(select(Matter.code).order_by(Matter.code)).scalars().all()


def one(connection: Connection, code: str) -> RowMapping:
    """One matter."""
    found = connection.execute(MATTERS.where(Matter.code == code)).mappings().one_or_none()
    if found is None:
        raise NotFound("no_matter", code=code)
    return found


def check(connection: Connection, code: str) -> None:
    """Raise unless there is such a matter."""
    if connection.execute(select(Matter.code).where(Matter.code == code)).one_or_none() is None:
        raise NotFound("no_matter", code=code)


def kept(connection: Connection) -> pd.DataFrame:
    """All matters by code as an import takes them."""
    found = db.frame(connection, MATTERS)
    return found.assign(questions=found["questions"].map(db.as_json))
