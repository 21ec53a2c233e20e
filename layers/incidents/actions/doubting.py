"""Whether a file's coordinates look as if they stood on another datum than was said."""

import shapely
from sqlalchemy import Connection

from geo.crs import Datum, suspect_datum
from layers.files import Checked
from layers.roads import queries as roads

STREET = 0.00025
"""Half the width in degrees (about 25 m) within which a case is taken to lie on its street."""
FEWEST, ENOUGH = 100, 5_000


def doubt_datum(connection: Connection, checked: Checked) -> None:
    """Warn when another reading puts clearly more cases onto the bureau's streets.

    GCJ-02 moves points by some 500 m: a bureau's outer border seldom shows that, streets do.
    """
    frame = checked.frame
    stated = frame["datum"].unique()
    told = any(warning.code == "datum_suspected" for warning in checked.warnings)
    if told or len(frame) < FEWEST or len(stated) != 1 or stated[0] not in set(Datum):
        return
    streets = roads.roads(connection).geometry.to_numpy()
    if not len(streets):
        return
    received = frame[["x", "y"]].to_numpy(dtype=float)[:: max(1, len(frame) // ENOUGH)]
    check = suspect_datum(received, shapely.buffer(streets, STREET), Datum(stated[0]))
    if check.suspected is not None:
        checked.warn("datum_suspected", rows=check.points, stated=stated[0],
                     suspected=check.suspected)  # fmt: skip
