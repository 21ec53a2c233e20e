"""What an import did, as numbers and codes."""

from dataclasses import asdict, dataclass

import pandas as pd

from layers.files.report import Checked

FIRST_ROWS = 20


@dataclass(frozen=True)
class Outcome:
    """Each row read is exactly one of new, changed, unchanged, refused or superseded.

    `reasons` tell why rows were refused: code, field, count and the first row numbers; `warnings`
    what else to know: code, count and values. All of it can be written as JSON.
    """

    total: int
    new: int
    changed: int
    unchanged: int
    refused: int
    superseded: int
    reasons: list[dict[str, object]]
    warnings: list[dict[str, object]]

    def __post_init__(self) -> None:
        ends = self.new + self.changed + self.unchanged + self.refused + self.superseded
        if self.total != ends or self.unchanged < 0:
            raise AssertionError(f"rows went astray: {asdict(self)}")

    @classmethod
    def of(cls, checked: Checked, *, new: int, changed: int) -> "Outcome":
        """The outcome of an import of the rows that are still in `checked.frame`."""
        counts = checked.counts()
        return cls(
            total=counts["read"],
            new=new,
            changed=changed,
            unchanged=counts["taken"] - new - changed,
            refused=counts["refused"],
            superseded=counts["superseded"],
            reasons=_reasons(checked.refused),
            warnings=[{"code": note.code, **note.values} for note in checked.warnings],
        )

    def json(self) -> dict[str, object]:
        return asdict(self)


def _reasons(refused: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {
            "code": str(code),
            "field": str(field),
            "count": int(rows.nunique()),
            "rows": [int(row) for row in rows.unique()[:FIRST_ROWS]],
        }
        for (code, field), rows in refused.groupby(["code", "field"])["row"]
    ]
