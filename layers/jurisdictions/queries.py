"""Reading who is competent. It belongs to the whole bureau: every actor sees it all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd
from sqlalchemy import ARRAY, Connection, RowMapping, Text, bindparam, func, select, text

from layers import db
from layers.grids.tables import BEGINNING, Township
from layers.jurisdictions.rules import ALL, Part
from layers.jurisdictions.tables import Jurisdiction
from layers.matters.tables import Matter
from layers.units.tables import Unit

FROM = func.nullif(Jurisdiction.valid_from, BEGINNING).label("valid_from")
"""Nothing where it has been so since always."""
OWN = (
    Jurisdiction.matter_code.label("matter"), Jurisdiction.matter_kind.label("kind"),
    Jurisdiction.class_code, Jurisdiction.township_code.label("township"),
    Jurisdiction.unit_code.label("unit"), Jurisdiction.part, FROM, Jurisdiction.valid_to,
)  # fmt: skip
ROWS = (
    select(
        Jurisdiction.id, *OWN, Matter.name_zh.label("matter_zh"), Matter.name_en.label("matter_en"),
        Township.name.label("township_name"), Unit.name.label("unit_name"),
    )
    .outerjoin(Matter, Matter.code == Jurisdiction.matter_code)
    .outerjoin(Township, Township.code == Jurisdiction.township_code)
    .join(Unit, Unit.code == Jurisdiction.unit_code)
    .order_by(Jurisdiction.id)
)  # fmt: skip


class About(NamedTuple):
    """What a case is about: its matter (None: not known yet), and its township if it is in one."""

    matter: str | None
    township: str | None


Competence = Mapping[str, Part]
"""Each competent unit, those under it too, and its part."""


def listed(
    connection: Connection, *, after: int | None, limit: int, unit: str | None = None
) -> Sequence[RowMapping]:
    """Rows behind an id."""
    asked = ROWS.where(Jurisdiction.id > (after or 0)).limit(limit)
    if unit is not None:
        asked = asked.where(Jurisdiction.unit_code == unit)
    return connection.execute(asked).mappings().all()


def kept(connection: Connection) -> pd.DataFrame:
    """All rows as an import takes them."""
    found = db.frame(connection, select(*OWN).order_by(Jurisdiction.id))
    everything = found["matter"].isna() & found["class_code"].isna()
    return found.assign(
        matter=found["matter"].where(~everything, ALL),
        township=found["township"].where(found["township"].notna(), ALL),
    )


def stands(connection: Connection, on: date) -> bool:
    """Whether the bureau says at all who is competent: from the first day of its first row on."""
    asked = "SELECT EXISTS (SELECT FROM jurisdictions WHERE valid_from <= :day AND valid_from"
    asked += " < coalesce(valid_to, 'infinity'))"
    return bool(connection.execute(text(asked), {"day": on}).scalar_one())


def competent(
    connection: Connection, cases: Collection[About], on: date
) -> Mapping[About, Competence] | None:
    """Who is competent for each of these on a day; None where the bureau has no table."""
    if not stands(connection, on):
        return None
    asked = dict.fromkeys(cases)
    found: dict[About, dict[str, Part]] = {about: {} for about in asked}
    given = {"matters": [about.matter for about in asked],
             "townships": [about.township for about in asked], "day": on}  # fmt: skip
    for row in connection.execute(COMPETENT, given):
        units = found[About(row.matter, row.township)]
        if units.get(row.unit) is not Part.RESPONSIBLE:
            units[row.unit] = Part(row.part)
    return found


COMPETENT = text("SELECT * FROM competent_units(:matters, :townships, :day)").bindparams(
    bindparam("matters", type_=ARRAY(Text())), bindparam("townships", type_=ARRAY(Text()))
)
"""The most specific rows that fit (rules), and the units that stand under those that they name."""
