"""GeoPackage, Shapefile, zipped Shapefile and GeoParquet, as their own libraries read them."""

import json
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from layers.errors import Invalid
from layers.files import sniffing
from layers.files.source import Notice, Source, numbered

SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
UTF8_FLAG = 0x800


# --- GeoPackage ---------------------------------------------------------------------------------


def geopackage(path: Path, layer: str | None) -> Source:
    """One layer of a whole and undamaged GeoPackage."""
    _check_whole(path)
    with refused(path):
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    return _ogr(path, chosen(layer, layers, path), None)


def _check_whole(path: Path) -> None:
    """SQLite notices a cut-off file only when it meets the missing page; ask for all of them."""
    try:
        with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True) as base:
            found = base.execute("PRAGMA quick_check(1)").fetchone()[0]
        base.close()
    except sqlite3.Error as problem:
        raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem
    if found != "ok":
        raise Invalid("file_not_readable", file=path.name, says=found)


def chosen(layer: str | None, layers: list[str], path: Path) -> str:
    """The layer asked for, or the only one."""
    if layer is None and len(layers) == 1:
        return layers[0]
    if not layers:
        raise Invalid("file_empty", file=path.name)
    if layer is None:
        raise Invalid("layer_needed", file=path.name, layers=layers)
    if layer not in layers:
        raise Invalid("layer_not_found", layer=layer, layers=layers)
    return layer


# --- Shapefile ----------------------------------------------------------------------------------


def shapefile(path: Path, encoding: str | None) -> Source:
    """A Shapefile with its sidecars; without .cpg its text is tried as UTF-8, then GB 18030."""
    parts = sidecars(path)
    if ".dbf" not in parts or ".shx" not in parts:
        missing = sorted({".dbf", ".shx"} - set(parts))
        raise Invalid("shapefile_incomplete", file=path.name, missing=missing)
    used = encoding and sniffing.known(encoding)
    if used is None and ".cpg" not in parts:
        header = sniffing.opening(parts[".dbf"])[8:10]
        used = sniffing.encoding(parts[".dbf"], None, start=int.from_bytes(header, "little"))
    source = _ogr(path, path.stem, used)
    if encoding is None and used == "gb18030":
        source.notices.append(Notice("encoding_guessed", {"encoding": used}))
    return source


def sidecars(path: Path) -> dict[str, Path]:
    """The files that make up a Shapefile, by ending, whatever the case of their names."""
    beside = {one.name.lower(): one for one in path.parent.iterdir()}
    names = {ending: f"{path.stem}{ending}".lower() for ending in SIDECARS}
    return {ending: beside[name] for ending, name in names.items() if name in beside}


def zipped(path: Path, layer: str | None, encoding: str | None) -> Source:
    """A Shapefile in a zip, unpacked under our own names into a folder of our own."""
    with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory() as folder:
        found = _members(packed)
        if not found:
            raise Invalid("zip_without_shapefile", file=path.name)
        name = chosen(layer, sorted(found), path)
        try:
            for ending, member in found[name].items():
                (Path(folder) / f"layer{ending}").write_bytes(packed.read(member))
        except (zipfile.BadZipFile, RuntimeError, OSError) as problem:
            raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem
        source = shapefile(Path(folder) / "layer.shp", encoding)
    source.layer = name
    return source


def _members(packed: zipfile.ZipFile) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """Members by Shapefile and ending."""
    groups: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in packed.infolist():
        name = PurePosixPath(_name(member))
        if name.suffix.lower() in SIDECARS and "__MACOSX" not in name.parts:
            groups.setdefault(name.stem, {})[name.suffix.lower()] = member
    return {stem: parts for stem, parts in groups.items() if ".shp" in parts}


def _name(member: zipfile.ZipInfo) -> str:
    """Windows in China packs names as GBK without saying so."""
    if member.flag_bits & UTF8_FLAG:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


# --- GeoParquet and Parquet ---------------------------------------------------------------------


def parquet(path: Path) -> Source:
    """A GeoParquet file with its geometry, or a plain table."""
    with refused(path):
        meta = pq.read_schema(path).metadata or {}
        geo = json.loads(meta.get(b"geo", b"null"))
        table = _flat(pq.read_table(path, use_threads=True))
    if not isinstance(geo, dict):
        return Source(table.replace_schema_metadata(), numbered(table.num_rows))
    with refused(path):
        main = str(geo["primary_column"])
        shapes = geopandas.read_parquet(path, columns=[main]).geometry
        others = [name for name in geo["columns"] if name in table.column_names]
        crs = shapes.crs.to_string() if shapes.crs is not None else None
    return Source(
        table.drop_columns(others).replace_schema_metadata(),
        numbered(table.num_rows),
        shapes=_plain(shapes.to_numpy()),
        crs=crs,
    )


def _flat(table: pa.Table) -> pa.Table:
    """Dictionary columns spelled out."""
    for place, one in enumerate(table.schema):
        if pa.types.is_dictionary(one.type):
            spelled = table.column(place).cast(one.type.value_type)
            table = table.set_column(place, one.name, spelled)
    return table


# --- GDAL ---------------------------------------------------------------------------------------


def _ogr(path: Path, layer: str, encoding: str | None) -> Source:
    with refused(path), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        meta, table = pyogrio.raw.read_arrow(path, layer=layer, encoding=encoding)
    place = meta["geometry_name"] or "wkb_geometry"
    source = Source(table, numbered(table.num_rows), layer=layer, encoding=meta["encoding"])
    source.notices = [Notice("reader_says", {"says": str(one.message)}) for one in heard]
    if place in table.column_names:
        wkb = table.column(place).to_numpy()
        source.columns = table.drop_columns(place)
        source.shapes = _plain(shapely.from_wkb(wkb, on_invalid="ignore"))
        source.unreadable = (wkb != None) & (source.shapes == None)  # noqa: E711
        source.crs = CRS.from_user_input(meta["crs"]).to_string() if meta["crs"] else None
    source.columns = source.columns.replace_schema_metadata()
    return source


def _plain(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapes, dtype=object)


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """Whatever a library finds wrong with a file is one refusal for its owner."""
    try:
        yield
    except Invalid:
        raise
    except Exception as problem:
        raise Invalid("file_not_readable", file=path.name, says=str(problem)[:300]) from problem
