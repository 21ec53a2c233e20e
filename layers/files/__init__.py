"""Files of others <-> checked frames, with a report of what was wrong. Nothing is lost silently.

Reads GeoJSON (also one feature a line), GeoPackage, Shapefile (also zipped), GeoParquet and
Parquet, CSV in any separator, and Excel; writes the same by the ending of the name. Reads extracts
of OpenStreetMap too.
"""

from layers.files.fields import Field, Reading
from layers.files.outcome import Outcome
from layers.files.reading import read
from layers.files.report import Checked, as_checked
from layers.files.source import Notice
from layers.files.values import Progress, restore_leading_zero, silent
from layers.files.writing import as_csv, write

__all__ = [
    "Checked",
    "Field",
    "Notice",
    "Outcome",
    "Progress",
    "Reading",
    "as_checked",
    "as_csv",
    "read",
    "restore_leading_zero",
    "silent",
    "write",
]
