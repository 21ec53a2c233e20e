from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table


class Matter(Table):
    """A kind of thing that is reported. Imported cases bring unknown ones along by their text."""

    __tablename__ = "matters"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
