"""Reading what was said of the bureau: everybody may, its name stands on every page."""

from sqlalchemy import Connection, select

from layers.bureau.tables import Bureau

SAID = (
    Bureau.name_zh, Bureau.name_en, Bureau.division, Bureau.timezone, Bureau.hours,
    Bureau.acknowledge, Bureau.language, Bureau.source, Bureau.telephone,
)  # fmt: skip


def said(connection: Connection) -> dict[str, str]:
    """By field what the administrator has said; nothing of what was not said."""
    row = connection.execute(select(*SAID)).mappings().one_or_none()
    return {name: value for name, value in (row or {}).items() if value is not None}
