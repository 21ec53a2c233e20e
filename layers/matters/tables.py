from sqlalchemy import CheckConstraint, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Json, Table
from layers.units.rules import UnitKind

UNIT_KINDS = ", ".join(f"'{kind}'" for kind in UnitKind)


class Matter(Table):
    """A kind of thing that is reported. Imported cases bring unknown ones along by their text: of
    these nothing is said, and they are not `offered` for new reports.

    The classes are the large one (大类) and, by its code, the small one (小类). A limit is text as
    layers.clock reads it; NULL leaves it to rules.LIMITS. `public` are matters whose released cases
    may be shown to everybody. Photos are how many there must be before and after. Within
    `similar_m` metres and `similar_h` hours two cases are likely the same thing; at 0 m never.
    """

    __tablename__ = "matters"
    __table_args__ = (
        CheckConstraint("kind in ('component', 'event')", name="kind"),
        CheckConstraint(f"unit_kind in ({UNIT_KINDS})", name="unit_kind"),
        CheckConstraint("photos_before >= 0 AND photos_after >= 0", name="photos"),
        CheckConstraint("similar_m >= 0 AND similar_h >= 0", name="similar"),
        CheckConstraint("priority between 0 and 2", name="priority"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str | None]
    class_code: Mapped[str | None]
    class_zh: Mapped[str | None]
    class_en: Mapped[str | None]
    small_code: Mapped[str | None]
    filing_standard: Mapped[str | None]
    closing_standard: Mapped[str | None]
    arrive_limit: Mapped[str | None]
    simple_limit: Mapped[str | None]
    opinion_limit: Mapped[str | None]
    complex_limit: Mapped[str | None]
    unit_kind: Mapped[str | None]
    photos_before: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    photos_after: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    public: Mapped[bool] = mapped_column(server_default=text("false"))
    offered: Mapped[bool] = mapped_column(server_default=text("false"))
    similar_m: Mapped[int] = mapped_column(server_default=text("50"))
    similar_h: Mapped[int] = mapped_column(server_default=text("24"))
    questions: Mapped[Json] = mapped_column(server_default=text("'[]'::jsonb"))
    note: Mapped[str | None]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
