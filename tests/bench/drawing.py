"""A map of the whole town with its cases: folium and geopandas as everybody uses them, and ours."""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from io import BytesIO

import folium
import geopandas as gpd
import numpy as np
import orjson
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from maps import image, page, sheets
from maps.page import Linked
from maps.sheet import About, Sheet
from tests.bench.bench import NOON, Bench
from tests.bench.measure import Figures, Goal, Line, Side, same

ABOUT = About("练习市", "zh", NOON)
DPI = 150
POPUP = ("matter", "state", "occurred_at", "address", "description", "source", "id")
GRID_POPUP = ("name", "code", "township")
LAST_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
"""The characters of maps.wire that end a number."""


def pages(bench: Bench) -> Iterator[Line]:
    """From frames to the HTML that is served."""
    grids, cases = bench.town.grids, _cases(bench)
    sides = {
        "ours": Side("ours", lambda: page.render(_sheet(bench, cases), Linked())),
        "naive": Side("folium", lambda: _folium(grids, cases)),
    }
    taken, html = bench.in_turn("map page", sides)
    _check_page(html["ours"], len(grids), len(cases))
    what = f"map page, {len(grids):,} grids, {len(cases):,} points"
    yield Line("page", what, taken, (Goal(10, "naive"),))
    yield _bytes(f"{what}: bytes", html, lambda text: len(text.encode()), (Goal(10, "naive"),))
    yield _bytes(f"{what}: gzip bytes", html, lambda text: len(gzip.compress(text.encode(), 5)))
    hosts = {"ours": _hosts(html["ours"]), "naive": _hosts(html["naive"])}
    same(hosts["ours"] == 0, f"our page asks {hosts['ours']} outside hosts")
    bench.say(f"map page: outside hosts {hosts['ours']}, folium {hosts['naive']}")


def images(bench: Bench) -> Iterator[Line]:
    """All grids filled, townships' borders and the points, at the same pixels."""
    grids, cases = _visited(bench), _cases(bench)
    whole = sheets.frequency(grids, _named(bench), ABOUT, week="2026-W48")
    points = _sheet(bench, cases).layers[-1]
    sheet = replace(whole, layers=[*whole.layers, points])
    sides = {
        "ours": Side("ours", lambda: image.render(sheet, dpi=DPI)),
        "naive": Side("geopandas.plot", lambda: _plotted(bench, grids, cases)),
    }
    taken, files = bench.in_turn("PNG", sides)
    sizes = {name: Image.open(BytesIO(png)).size for name, png in files.items()}
    same(sizes["ours"] == sizes["naive"], f"pixels differ: {sizes}")
    what = f"PNG, {len(grids):,} grids, {len(cases):,} points, {sizes['ours'][0]} pixels wide"
    yield Line("image", what, taken, (Goal(3, "naive"),))


# --- What is drawn ------------------------------------------------------------------------------


def _cases(bench: Bench) -> gpd.GeoDataFrame:
    cases = bench.town.cases(bench.amounts.marks)
    points = gpd.points_from_xy(cases["lon"], cases["lat"], crs=4326)
    state = np.where(cases["closed_at"].notna(), "closed", "reported")
    return gpd.GeoDataFrame(cases.assign(state=state, id=cases["external_id"]), geometry=points)


def _visited(bench: Bench) -> gpd.GeoDataFrame:
    """Grids with the visits of a plan, made up."""
    random = np.random.default_rng(1)
    count = len(bench.town.grids)
    visits = random.integers(1, 15, count).astype(float)
    reasons = [[("expected", float(n))] for n in visits]
    return _grids(bench).assign(
        visits=visits, expected=visits * 1.5, previous=visits, reasons=reasons
    )


def _grids(bench: Bench) -> gpd.GeoDataFrame:
    names = bench.town.townships.set_index("code")["name"]
    return bench.town.grids.assign(township_name=bench.town.grids["township"].map(names))


def _named(bench: Bench) -> gpd.GeoDataFrame:
    return bench.town.townships[["code", "name", "geometry"]]


def _sheet(bench: Bench, cases: gpd.GeoDataFrame) -> Sheet:
    return sheets.incidents(cases, _grids(bench), _named(bench), ABOUT)


# --- The naive ways -----------------------------------------------------------------------------


def _folium(grids: gpd.GeoDataFrame, cases: gpd.GeoDataFrame) -> str:
    """One layer of grids with popups, one circle with a popup for each case."""
    west, south, east, north = grids.total_bounds
    whole = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=10)
    popup = folium.GeoJsonPopup(fields=list(GRID_POPUP))
    folium.GeoJson(grids[[*GRID_POPUP, "geometry"]], popup=popup).add_to(whole)
    for case in cases.to_dict("records"):
        lines = "<br>".join(f"{name}: {case[name]}" for name in POPUP)
        where = [case["lat"], case["lon"]]
        folium.CircleMarker(where, radius=4, popup=folium.Popup(lines)).add_to(whole)
    return str(whole.get_root().render())


def _plotted(bench: Bench, grids: gpd.GeoDataFrame, cases: gpd.GeoDataFrame) -> bytes:
    figure = Figure(figsize=image.A4_LANDSCAPE, dpi=DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    grids.plot(ax=axes, column="visits", cmap="Blues", edgecolor="grey", linewidth=0.3)
    bench.town.townships.boundary.plot(ax=axes, color="black", linewidth=1.1)
    cases.plot(ax=axes, column="state", markersize=10)
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


# --- The same in both ---------------------------------------------------------------------------


def _bytes(
    what: str, html: dict[str, str], size: Callable[[str], int], goals: tuple[Goal, ...] = ()
) -> Line:
    labels = {"ours": "ours", "naive": "folium"}
    sides = {name: Figures(labels[name], [size(text)]) for name, text in html.items()}
    return Line("page", what, sides, goals, "bytes")


def _check_page(html: str, grids: int, cases: int) -> None:
    """All grids, all points, and popup lines for each."""
    found = re.search(r'id="sheet-data">(.*?)</script>', html, re.DOTALL)
    same(found is not None, "the page carries no data")
    layers = {layer["key"]: layer for layer in orjson.loads(found.group(1))["layers"]}
    for key, count in (("grids", grids), ("incidents", cases)):
        drawn = _numbers(layers[key]["classes"])
        told = {_values(column) for column in layers[key]["columns"]}
        same(drawn == count and told == {count}, f"{key}: {count} wanted, {drawn} drawn, {told}")


def _values(column: dict[str, object]) -> int:
    return _numbers(column["at"]) if "at" in column else len(column["values"])


def _numbers(text: str) -> int:
    return sum(text.count(digit) for digit in LAST_DIGITS)


def _hosts(html: str) -> int:
    named = re.findall(r'(?:src|href)="https?://([^/"]+)', unescape(html))
    return len(set(named))
