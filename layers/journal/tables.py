from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Json, Table


class Entry(Table):
    __tablename__ = "journal"
    __table_args__ = (Index("journal_kind_subject_ix", "kind", "subject"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    verb: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    details: Mapped[Json]
