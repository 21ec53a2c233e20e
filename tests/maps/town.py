"""A little made-up bureau for drawing tests; every number from one seed."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from maps import sheets
from maps.sheet import About, Ground
from tests.maps.patches import partition

NAMES = [
    "河西",
    "城关",
    "新华",
    "东风",
    "长江",
    "和平",
    "建设",
    "人民",
    "解放",
    "光明",
    "胜利",
    "幸福",
]
MATTERS = ["占道经营", "暴露垃圾", "井盖缺失", "违规户外广告", "共享单车乱停放"]
STATES = ["reported", "filed", "dispatched", "on_scene", "closed", "closed", "closed"]
REASONS = ["recent", "neighbours"]
STANDING = "2026-11-21 14:05, 14 squads on duty"


def about(language="zh"):
    return About(
        area="河西区" if language == "zh" else "Hexi",
        language=language,
        made_at=datetime(2026, 11, 21, 14, 5),
        source="市城管委案件库 2026-11-20"
        if language == "zh"
        else "bureau's case store 2026-11-20",
        since=date(2026, 8, 29),
        until=date(2026, 11, 20),
    )


def grids(columns=18, rows=12, points=22):
    shapes = partition(columns, rows, points=points)
    number = np.arange(len(shapes))
    block = (number // columns // 4) * ((columns + 5) // 6) + number % columns // 6
    return GeoDataFrame(
        {
            "code": [f"3401030{b:03d}{n:05d}" for b, n in zip(block, number, strict=True)],
            "name": [
                f"{NAMES[b % 12]}第{n % 97 + 1}网格" for b, n in zip(block, number, strict=True)
            ],
            "township": [f"3401030{b:03d}" for b in block],
            "township_name": [f"{NAMES[b % 12]}街道{b // 12 or ''}" for b in block],
        },
        geometry=shapes,
        crs=4326,
    )


def townships(grids):
    merged = grids.dissolve("township", as_index=False, aggfunc="first", method="coverage")
    return GeoDataFrame(
        {"code": merged["township"], "name": merged["township_name"]},
        geometry=merged.geometry,
        crs=4326,
    )


def incidents(grids, count, seed=3):
    random = np.random.default_rng(seed)
    west, south, east, north = grids.total_bounds
    middles = random.uniform([west, south], [east, north], (60, 2))
    spread = np.array([east - west, north - south])
    xy = middles[random.integers(0, 60, count)] + random.normal(0, 0.04, (count, 2)) * spread
    xy = np.clip(xy, [west, south], [east, north])
    minutes = np.sort(random.integers(0, 120_000, count))
    ids = random.integers(0, 16, (count, 32))
    return GeoDataFrame(
        {
            "id": ["".join("0123456789abcdef"[d] for d in row) for row in ids],
            "matter": random.choice(MATTERS, count),
            "state": random.choice(STATES, count),
            "overdue": random.random(count) < 0.03,
            "source": random.choice(["巡查上报", "市民热线", "视频识别"], count),
            "occurred_at": pd.Timestamp("2026-08-29", tz="Asia/Shanghai")
            + pd.to_timedelta(minutes, unit="min"),
            "address": [f"{NAMES[n % 12]}路{n % 800}号附近" for n in range(count)],
            "description": [f"现场有{n % 9 + 1}处，影响行人通行，请尽快处理" for n in range(count)],
        },
        geometry=shapely.points(xy),
        crs=4326,
    )


def visited(grids, seed=4):
    random = np.random.default_rng(seed)
    west, south = grids.total_bounds[:2]
    centres = shapely.get_coordinates(shapely.centroid(grids.geometry.to_numpy()))
    near = np.exp(-((centres - [west + 0.1, south + 0.07]) ** 2).sum(axis=1) / 0.003)
    expected = near * 14 + random.gamma(1.2, 0.7, len(grids))
    visits = np.clip(np.ceil(expected / 1.5), 1, 14)
    frame = grids.copy()
    frame["visits"] = np.where(random.random(len(grids)) < 0.01, np.nan, visits)
    frame["expected"] = expected
    frame["previous"] = np.where(random.random(len(grids)) < 0.2, np.nan, np.maximum(visits - 1, 1))
    frame["reasons"] = [[("expected", round(e, 1)), ("floor", 2)] for e in expected]
    return frame


def cells(grids, seed=5):
    import h3

    west, south, east, north = grids.total_bounds
    outline = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    ids = sorted(h3.polygon_to_cells(outline, 8))
    shapes = [shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(cell)]) for cell in ids]
    xy = shapely.get_coordinates(shapely.centroid(shapes))
    z = 4 * np.sin((xy[:, 0] - west) * 30) * np.cos((xy[:, 1] - south) * 35)
    random = np.random.default_rng(seed)
    classes = np.sign(z) * np.digitize(abs(z), [1.65, 1.96, 2.58])
    return GeoDataFrame(
        {
            "cell": ids,
            "count": random.poisson(np.maximum(z + 2, 0.2)),
            "value": np.maximum(z + 2, 0.2),
            "z": z,
            "class": classes.astype(int),
            "insufficient": random.random(len(ids)) < 0.03,
        },
        geometry=shapes,
        crs=4326,
    )


def piles(grids):
    middle = grids.union_all(method="coverage").centroid
    return GeoDataFrame({"count": [412]}, geometry=[middle], crs=4326)


def squads(grids, seed=6):
    random = np.random.default_rng(seed)
    west, south, east, north = grids.total_bounds
    count = 14
    return GeoDataFrame(
        {
            "code": [f"S{n:02d}" for n in range(count)],
            "name": [f"{NAMES[n % 12]}中队" for n in range(count)],
            "on_duty": random.random(count) < 0.8,
            "contact_lost": np.arange(count) == 3,
            "members": random.integers(3, 9, count),
            "position_at": pd.Timestamp("2026-11-21 14:00", tz="Asia/Shanghai")
            - pd.to_timedelta(random.integers(0, 200, count), unit="min"),
            "fresh": random.random(count) < 0.7,
        },
        geometry=shapely.points(random.uniform([west, south], [east, north], (count, 2))),
        crs=4326,
    )


def findings(grids):
    one, two, three = grids.geometry.iloc[[5, 40, 77]]
    xy = shapely.get_coordinates(shapely.centroid(np.array([one, two, three])))
    shapes = [
        shapely.box(*(xy[0] - 0.00002), *(xy[0] + 0.00004)),
        shapely.box(*(xy[1] - 0.001), *(xy[1] + 0.0005)),
        shapely.box(xy[2][0], xy[2][1], xy[2][0] + 0.004, xy[2][1] + 0.00001),
    ]
    return GeoDataFrame(
        {
            "kind": ["overlap", "gap", "sliver"],
            "code": list(grids["code"].iloc[[5, 40, 77]]),
            "other": [grids["code"].iloc[6], None, None],
            "area_m2": [33.9, 23_500.0, 420.5],
        },
        geometry=shapes,
        crs=4326,
    )


def due(grids):
    """Four cases due in every other grid, of which none to four were closed on time."""
    number = np.arange(len(grids))
    cases = np.where(number % 2, 4, 0)
    return grids.assign(due=cases, on_time=np.minimum(cases, number // 2 % 5))


def ground(grids):
    west, south, east, north = grids.total_bounds
    x = np.linspace(west - 0.01, east + 0.01, 60)
    river = shapely.LineString(np.column_stack([x, south + 0.05 + 0.012 * np.sin(x * 60)]))
    lines = [
        shapely.LineString([(west, y), (east, y + 0.01)])
        for y in np.linspace(south, north, 7)[1:-1]
    ] + [
        shapely.LineString([(x, south), (x - 0.006, north)])
        for x in np.linspace(west, east, 9)[1:-1]
    ]
    kinds = ["primary", "secondary", "tertiary", "residential"]
    spots = np.random.default_rng(9).uniform([west, south], [east, north], (30, 2))
    return Ground(
        water=GeoDataFrame(geometry=[river.buffer(0.0035)], crs=4326),
        roads=GeoDataFrame(
            {"class": [kinds[n % 4] for n in range(len(lines))]}, geometry=lines, crs=4326
        ),
        places=GeoDataFrame(
            {
                "name": [
                    f"{NAMES[n % 12]}{['公园', '市场', '小学', '医院', '车站'][n % 5]}"
                    for n in range(30)
                ]
            },
            geometry=shapely.points(spots),
            crs=4326,
        ),
    )


def timed(grids):
    """Seconds until the first squad of two stations is there; nobody ever comes to one grid."""
    xy = shapely.get_coordinates(shapely.centroid(grids.geometry.to_numpy()))
    stations = xy[[len(xy) // 3, len(xy) // 2]]
    degrees = np.linalg.norm(xy[:, None] - stations, axis=2).min(axis=1)
    seconds = 4_000 * degrees / degrees.max()
    seconds[-1] = np.inf
    return grids.assign(seconds=seconds)


def sheet(name, about, grids, townships):
    below = ground(grids)
    drawn = {
        "incidents": lambda: sheets.incidents(
            incidents(grids, 900), grids, townships, about, below
        ),
        "hotspots": lambda: sheets.hotspots(cells(grids), townships, about, piles(grids), below),
        "frequency": lambda: sheets.frequency(visited(grids), townships, about, "2026-W48", below),
        "squads": lambda: sheets.squads(squads(grids), townships, about, below),
        "reach": lambda: sheets.reach(timed(grids), townships, about, STANDING, below),
        "partition": lambda: sheets.partition(findings(grids), grids, townships, about, below),
        "closure": lambda: sheets.closure(due(grids), townships, about, below),
    }
    return drawn[name]()
