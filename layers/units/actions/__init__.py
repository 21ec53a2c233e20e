"""Taking units in from a file, and keeping them one at a time."""

from layers.units.actions.importing import LONGEST_NAME, LONGEST_PHONE, UNIT_FIELDS, import_units
from layers.units.actions.keeping import Office, add, change, end

__all__ = [
    "LONGEST_NAME",
    "LONGEST_PHONE",
    "UNIT_FIELDS",
    "Office",
    "add",
    "change",
    "end",
    "import_units",
]
