from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table
from layers.enquiries.rules import HIGHEST, LOWEST, Channel
from layers.incidents.tables import Incident

CHANNELS = ", ".join(f"'{channel}'" for channel in Channel)


class Enquiry(Table):
    """Somebody outside brought a case by a channel and waits for an answer. Several may wait for
    one case. Who it is stands sealed with the report (layers.reporters).

    `outside_no` is the number of the order at the hotline, `respond_by` its deadline. `content` is
    the digest of the enquiry as it came, by which the same one sent twice is known; `token_hash`
    the digest of what lets whoever asked look at it. `interim` is what was answered while the case
    was still open, `answer` the last word. `remark` is what was noted on the
    call back, for the bureau alone; `opinion` came by the link with a rating, which is then their
    own (`own_rating`).
    """

    __tablename__ = "enquiries"
    __table_args__ = (
        UniqueConstraint("channel", "outside_no"),
        CheckConstraint(f"channel in ({CHANNELS})", name="channel"),
        CheckConstraint("answer IS NULL OR answered_at IS NOT NULL", name="answer"),
        CheckConstraint("interim IS NULL OR interim_at IS NOT NULL", name="interim"),
        CheckConstraint("(reached IS NULL) = (called_back_at IS NULL)", name="reached"),
        CheckConstraint(f"satisfaction BETWEEN {LOWEST} AND {HIGHEST}", name="satisfaction"),
        CheckConstraint("(satisfaction IS NULL) = (satisfied_at IS NULL)", name="satisfied"),
        Index(
            "enquiries_waiting_ix", "respond_by", "id",
            postgresql_where=text("called_back_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey(Incident.id), index=True)
    channel: Mapped[str]
    outside_no: Mapped[str | None]
    received_at: Mapped[datetime]
    respond_by: Mapped[datetime | None]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    interim: Mapped[str | None]
    interim_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    called_back_at: Mapped[datetime | None]
    reached: Mapped[bool | None]
    satisfaction: Mapped[int | None] = mapped_column(SmallInteger)
    satisfied_at: Mapped[datetime | None]
    remark: Mapped[str | None]
    opinion: Mapped[str | None]
    own_rating: Mapped[bool] = mapped_column(server_default=false())
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
