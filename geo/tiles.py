"""Map tiles: which part of the world each one shows.

The square web mercator world (EPSG:3857) is halved z times; x grows eastwards from 0, y
southwards. https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames
"""

from dataclasses import dataclass
from math import atan, degrees, pi, sinh
from typing import TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north."""

DEEPEST = 22
WORLD_M = 20_037_508.342789244
"""From the middle of the web mercator world to its edge."""


@dataclass(frozen=True)
class Tile:
    """One tile; ValueError where there is none."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (
            0 <= self.z <= DEEPEST and 0 <= self.x < (1 << self.z) and 0 <= self.y < (1 << self.z)
        ):
            raise ValueError(f"no tile {self.z}/{self.x}/{self.y}")

    @property
    def side_m(self) -> float:
        """In metres of web mercator, which are longer than those on the ground."""
        return 2 * WORLD_M / (1 << self.z)

    def mercator(self) -> Box:
        """Its edges in EPSG:3857."""
        west, north = self.x * self.side_m - WORLD_M, WORLD_M - self.y * self.side_m
        return west, north - self.side_m, west + self.side_m, north

    def lonlat(self, margin: float = 0.0) -> Box:
        """Its edges in degrees on WGS 84, moved outwards by a part of its side.

        Without a margin, tiles that touch share their edge to the last bit.
        """
        west, east = (_longitude(x, self.z) for x in (self.x - margin, self.x + 1 + margin))
        north, south = (_latitude(y, self.z) for y in (self.y - margin, self.y + 1 + margin))
        return west, south, east, north


def _longitude(x: float, z: int) -> float:
    return x / (1 << z) * 360 - 180


def _latitude(y: float, z: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / (1 << z)))))
