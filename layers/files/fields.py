"""What a layer wants of a file, and how its words are found among the file's own."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from geo.crs import Datum
from layers.errors import Invalid

Kind = Literal[
    "text", "code", "integer", "number", "boolean", "time", "date", "point", "line", "polygon"
]
BUREAU_ZONE = ZoneInfo("Asia/Shanghai")
SHAPES = frozenset({"point", "line", "polygon"})


@dataclass(frozen=True)
class Field:
    """One column that a layer keeps.

    `during` bounds times and dates, both ends allowed; `among` lists the only values allowed;
    `longest` is in characters. `beside` names the two fields that hold longitude and latitude of a
    point which is not the row's own place; it comes to stand in a column with the field's name.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    longest: int | None = None
    during: tuple[datetime, datetime] | None = None
    among: frozenset[int | str] = frozenset()
    beside: tuple[str, str] | None = None


@dataclass(frozen=True)
class Reading:
    """A file and what its owner says about it. What is left out is found in the file.

    `columns` maps our names to the file's; for places ours are `lon`, `lat`, `x`, `y` and
    `geometry`. `crs` is anything that pyproj takes and wins over what the file says, so does
    `datum`, which is for longitude and latitude only.
    """

    path: Path
    layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    datum: Datum | None = None
    crs: str | None = None
    encoding: str | None = None
    timezone: ZoneInfo = BUREAU_ZONE


# Names met in files of bureaus and of open data portals; a layer adds its own to a Field.
KNOWN = {
    "code": ("编码", "代码", "编号", "标识码", "id", "gid", "objectid"),
    "name": ("名称", "名字", "title", "label"),
    "township": ("街道", "乡镇", "镇街", "街道编码", "乡镇编码", "街道代码", "township_code"),
    "grid": ("网格", "网格编码", "网格代码", "网格编号", "单元网格", "grid_code"),
    "description": ("描述", "问题描述", "说明", "备注", "内容", "details", "remark"),
    "address": ("地址", "位置描述", "详细地址", "street_address", "location_description"),
    "lon": ("经度", "lng", "long", "longitude", "东经"),
    "lat": ("纬度", "latitude", "北纬"),
    "x": ("x坐标", "横坐标", "x_coordinate", "coord_x", "point_x", "东坐标"),
    "y": ("y坐标", "纵坐标", "y_coordinate", "coord_y", "point_y", "北坐标"),
    "geometry": ("wkt", "geom", "the_geom", "shape", "几何", "空间位置"),
}
DATA = re.compile(r"\S*(@|\d[\d -]{5,})\S*")
PLACES = ("geometry", "lon", "lat", "x", "y")


def matched(
    fields: Sequence[Field], found: Sequence[str], columns: Mapping[str, str]
) -> dict[str, str]:
    """Our names -> the file's: as told, else the same name, else a known other name."""
    _check_told(fields, found, columns)
    here = {plain(name): name for name in reversed(found)}
    wanted = {one.name: one.aliases for one in fields if one.kind not in SHAPES}
    if any(one.kind in SHAPES for one in fields):
        wanted |= dict.fromkeys(PLACES, ())
    answer = dict(columns)
    for name, aliases in wanted.items():
        theirs = next((here[p] for p in _forms(name, aliases) if p in here), None)
        if theirs is not None and theirs not in columns.values():
            answer.setdefault(name, theirs)
    return answer


def plain(name: str) -> str:
    """A column's name without case, spaces, signs and full-width forms."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()


def _forms(name: str, aliases: Sequence[str]) -> list[str]:
    """A Shapefile cuts names off after ten letters."""
    whole = (name, *aliases, *KNOWN.get(name, ()))
    return [plain(form) for form in (*whole, *(form[:10] for form in whole))]


def _check_told(fields: Sequence[Field], found: Sequence[str], columns: Mapping[str, str]) -> None:
    ours = {one.name for one in fields} | set(PLACES)
    for name, theirs in columns.items():
        if name not in ours:
            raise Invalid("field_unknown", field=name, known=sorted(ours))
        if theirs not in found:
            raise Invalid("column_not_found", column=theirs, found=shown(found))


def shown(names: Sequence[str]) -> list[str]:
    """The names of a file's columns, to be told. Where a file has none its first row stands in
    their place: what looks like somebody's number or address is left out."""
    return [DATA.sub("…", name) for name in names]
