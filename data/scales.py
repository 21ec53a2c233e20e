"""The two sizes of the practice town, in numbers. Lengths in metres."""

from dataclasses import dataclass
from typing import Literal

Size = Literal["small", "prefecture"]


@dataclass(frozen=True)
class Scale:
    width: float
    height: float
    counties: int
    townships: int
    grids: int
    squads: int
    vehicles: int
    incidents: int
    years: int
    hot_places: int
    tributaries: int
    river_width: float
    city_blocks: tuple[int, int]
    city_offices: int
    county_blocks: tuple[int, int] = (14, 11)
    county_offices: int = 2
    seat_blocks: tuple[int, int] = (5, 4)

    @property
    def seats(self) -> int:
        """Rural townships: each has a small town of its own."""
        return self.townships - self.city_offices - (self.counties - 1) * self.county_offices


SCALES: dict[Size, Scale] = {
    "small": Scale(
        width=20_000,
        height=15_000,
        counties=1,
        townships=6,
        grids=300,
        squads=10,
        vehicles=6,
        incidents=20_000,
        years=2,
        hot_places=70,
        tributaries=4,
        river_width=170,
        city_blocks=(13, 10),
        city_offices=2,
        seat_blocks=(4, 3),
    ),
    "prefecture": Scale(
        width=100_000,
        height=80_000,
        counties=8,
        townships=88,
        grids=6_852,
        squads=138,
        vehicles=61,
        incidents=1_000_000,
        years=3,
        hot_places=1_600,
        tributaries=11,
        river_width=260,
        city_blocks=(36, 26),
        city_offices=10,
    ),
}
