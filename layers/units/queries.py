"""Reading the units: offices of the whole district, which every actor sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Connection, RowMapping, func, or_, select
from sqlalchemy.orm import aliased

from layers import db
from layers.errors import NotFound
from layers.grids.tables import BEGINNING, Township
from layers.units.rules import UnitKind
from layers.units.tables import Unit

Above = aliased(Unit)
FROM = func.nullif(Unit.valid_from, BEGINNING).label("valid_from")
"""Nothing where it has been so since always."""
OWN = (
    Unit.code, Unit.name, Unit.kind, Unit.township_code.label("township"),
    Unit.parent_code.label("parent"), Unit.phone, FROM, Unit.valid_to,
)  # fmt: skip
UNITS = (
    select(*OWN, Township.name.label("township_name"), Above.name.label("parent_name"))
    .outerjoin(Township, Township.code == Unit.township_code)
    .outerjoin(Above, Above.code == Unit.parent_code)
    .order_by(Unit.code)
)


@dataclass(frozen=True)
class Wanted:
    """Which units are asked for; None means any. `on` keeps those that hold on that day."""

    kind: UnitKind | None = None
    township: str | None = None
    parent: str | None = None
    on: date | None = None


def listed(connection: Connection, page: db.Page, wanted: Wanted) -> Sequence[RowMapping]:
    """Units behind a code."""
    exact = (
        (Unit.kind, wanted.kind), (Unit.township_code, wanted.township),
        (Unit.parent_code, wanted.parent),
    )  # fmt: skip
    asked = UNITS.where(Unit.code > page.after).limit(page.limit)
    asked = asked.where(*(column == value for column, value in exact if value is not None))
    if wanted.on is not None:
        open_yet = or_(Unit.valid_to.is_(None), Unit.valid_to > wanted.on)
        asked = asked.where(Unit.valid_from <= wanted.on, open_yet)
    return connection.execute(asked).mappings().all()


def one(connection: Connection, code: str) -> RowMapping:
    """One unit."""
    found = connection.execute(UNITS.where(Unit.code == code)).mappings().one_or_none()
    if found is None:
        raise NotFound("no_unit", code=code)
    return found


def kept(connection: Connection) -> pd.DataFrame:
    """All units by code as an import takes them."""
    return db.frame(connection, select(*OWN).order_by(Unit.code))
