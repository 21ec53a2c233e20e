from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table


class PersonalKey(Table):
    """A key that values here are sealed with, and the proof by which it is known again."""

    __tablename__ = "personal_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    proof: Mapped[bytes] = mapped_column(LargeBinary)
    met_at: Mapped[datetime]
