from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Json, Table
from layers.grids.tables import Grid, Township
from layers.hotspots.tables import Run


class Plan(Table):
    """The visits of one ISO week, a draft until a person approves it. One approved plan a week."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'approved', 'replaced')", name="state"),
        Index(
            "plans_one_approved_a_week_ix",
            "week",
            unique=True,
            postgresql_where=text("state = 'approved'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    week: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id))
    parameters: Mapped[Json]
    version: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]


class Visit(Table):
    """How often one grid is visited in the plan's week, and why: codes and numbers."""

    __tablename__ = "plan_visits"

    plan_id: Mapped[int] = mapped_column(ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True)
    grid_code: Mapped[str] = mapped_column(primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey(Grid.id))
    township_code: Mapped[str] = mapped_column(ForeignKey(Township.code))
    expected: Mapped[float]
    visits: Mapped[int] = mapped_column(SmallInteger)
    previous: Mapped[int | None] = mapped_column(SmallInteger)
    reasons: Mapped[Json]
