"""What a photograph of a case shows, and how far its camera agrees with the case. Pure."""

from enum import StrEnum, auto

import numpy as np

from geo.crs import Datum, metres, to_wgs84
from layers.roles import Verb

Place = tuple[float, float]
"""Longitude and latitude."""
BESIDE_M = 100.0
MOST = 100
"""Of one case: ten times what a long one has. A device gone wild fills no disk."""


class Kind(StrEnum):
    """What a photograph shows."""

    BEFORE = auto()
    AFTER = auto()
    NEAR = auto()
    FAR = auto()
    REFERENCE = auto()
    """A thing nearby that everybody knows."""
    OTHER = auto()


WORKING = (Verb.REPORT, Verb.CHECK, Verb.FILE, Verb.DISPATCH, Verb.HANDLE, Verb.LEAD)
"""Whoever works on a case may add to it."""
CHECKING = frozenset({Verb.CHECK, Verb.FILE})
"""Whoever judges a case is told how far its photographs are from it."""


def on_wgs84(said: Place, datum: Datum | None, case: Place) -> tuple[Place, Datum]:
    """A camera's position on WGS 84, and the datum that it was read as.

    Some phones sold in China write GCJ-02 and do not say so: without a name it is read as that
    where only so the photograph lies beside its case.
    """
    if datum is not None:
        return _read(said, datum), datum
    shifted = _read(said, Datum.GCJ02)
    if _apart(shifted, case) <= BESIDE_M < _apart(said, case):
        return shifted, Datum.GCJ02
    return said, Datum.WGS84


def _read(said: Place, datum: Datum) -> Place:
    lon, lat = to_wgs84(np.array([said]), datum)[0]
    return float(lon), float(lat)


def _apart(a: Place, b: Place) -> float:
    return float(metres(np.array([a]), np.array([b]))[0])
