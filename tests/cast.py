"""A small town everybody knows.

West (101) and East (102) lie side by side, each cut into a south and a north grid, all squares
of 0.01 degrees:

    119.90      119.91      119.92
    29.72 +-----------+-----------+
          | west n.   | east n.   |
    29.71 +-----------+-----------+
          | west s.   | east s.   |
    29.70 +-----------+-----------+
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, Point, box, union_all
from sqlalchemy import Connection, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from geo.cells import cells_of
from layers.db import SRID
from layers.grids.tables import BEGINNING, Grid, Township
from layers.incidents.tables import Incident
from layers.matters.tables import Matter
from layers.squads.tables import Squad

WEST, EAST = "339901101", "339901102"
AREA = Decimal("1075000.00")
SQUARES = {
    f"{WEST}001001": ("West south", box(119.90, 29.70, 119.91, 29.71)),
    f"{WEST}001002": ("West north", box(119.90, 29.71, 119.91, 29.72)),
    f"{EAST}001001": ("East south", box(119.91, 29.70, 119.92, 29.71)),
    f"{EAST}001002": ("East north", box(119.91, 29.71, 119.92, 29.72)),
}

MATTER = (
    upsert(Matter)
    .values(code="S02", name_zh="暴露垃圾", name_en="Exposed rubbish")
    .on_conflict_do_nothing()
)


@dataclass(frozen=True)
class Cast:
    connection: Connection
    west: str
    east: str
    grids: dict[str, int]
    """Grid code -> id of its only version."""

    def report(self, lon: float, lat: float, at: datetime, state: str = "reported") -> UUID:
        """Somebody reports exposed rubbish at a place."""
        identity = uuid4()
        home = [code for code, (_, square) in SQUARES.items() if square.covers(Point(lon, lat))]
        self.connection.execute(MATTER)
        self.connection.execute(
            insert(Incident).values(
                id=identity, source="resident", external_id=str(identity), matter_code="S02",
                state=state, place=from_shape(Point(lon, lat), SRID), x=lon, y=lat, datum="wgs84",
                grid_id=self.grids[min(home)] if home else None,
                cell=int(cells_of([(lon, lat)], 9)[0]), occurred_at=at,
                occurred_precision="minute", received_at=at,
            )
        )  # fmt: skip
        return identity

    @staticmethod
    def point(lon: float, lat: float) -> Point:
        return Point(lon, lat)

    @classmethod
    def settle(cls, connection: Connection) -> "Cast":
        for code, name, visits in ((WEST, "西街", 12), (EAST, "东街", 6)):
            connection.execute(insert(Township).values(_township(code, name, visits)))
        grids = {code: _grid(connection, code) for code in SQUARES}
        for code, name, township, at in (
            ("S1", "西街中队", WEST, Point(119.905, 29.705)),
            ("S2", "东街中队", EAST, Point(119.915, 29.715)),
        ):
            connection.execute(insert(Squad).values(_squad(code, name, township, at)))
        return cls(connection, WEST, EAST, grids)


def _township(code: str, name: str, visits: int) -> dict[str, object]:
    shape = MultiPolygon([union_all([s for g, (_, s) in SQUARES.items() if g.startswith(code)])])
    return {
        "code": code, "name": name, "visits_per_week": visits, "area_m2": AREA * 2,
        "shape": from_shape(shape, SRID), "source_crs": "EPSG:4326",
    }  # fmt: skip


def _grid(connection: Connection, code: str) -> int:
    name, square = SQUARES[code]
    row = {
        "code": code, "name": name, "township_code": code[:9], "area_m2": AREA,
        "shape": from_shape(MultiPolygon([square]), SRID), "source_crs": "EPSG:4326",
        "valid_from": BEGINNING,
    }  # fmt: skip
    return connection.execute(insert(Grid).values(row).returning(Grid.id)).scalar_one()


def _squad(code: str, name: str, township: str, at: Point) -> dict[str, object]:
    return {
        "code": code, "name": name, "township_code": township, "home": from_shape(at, SRID),
        "on_duty": True, "x": at.x, "y": at.y, "datum": "wgs84", "members": 6, "vehicles": 1,
    }  # fmt: skip
