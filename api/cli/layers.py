"""Files in, files out: import and export."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from api import exports, imports, private
from api.circumstances import Circumstances
from api.cli import console
from api.cli.console import app
from geo.crs import Datum
from layers.errors import Invalid
from layers.files import Checked, Outcome, write
from maps import theme

COUNTS = ("new", "changed", "unchanged", "refused", "superseded")
MOST_SHOWN = 5
Layer = Annotated[str, typer.Argument(help=f"One of: {', '.join(imports.LAYERS)}.")]


def _columns() -> Iterator[str]:
    """What each layer's file may hold, for --help."""
    yield "Columns by layer. * is needed; what lies on the map has its geometry, or lon and lat."
    yield "The area of people is the code of a township, grid or squad; empty, the whole bureau."
    for layer, fields in imports.LAYERS.items():
        names = (f"{field.name}{'*' * field.required}" for field in fields(imports.EARLIEST))
        yield f"{layer}: {', '.join(names)}"


@app.command(name="import", epilog="\n\n".join(_columns()))
def take_in(
    layer: Layer,
    file: Annotated[Path, typer.Argument(help="GeoJSON, GPKG, Shapefile, Parquet, CSV, Excel.")],
    inside: Annotated[str, typer.Option("--layer", help="Layer or sheet inside the file.")] = "",
    datum: Annotated[Datum | None, typer.Option(help="What longitude and latitude are on.")] = None,
    crs: Annotated[str, typer.Option(help="Coordinate system, e.g. EPSG:4549.")] = "",
    columns: Annotated[str, typer.Option(help="ours=theirs,ours=theirs")] = "",
    encoding: Annotated[str, typer.Option(help="E.g. gb18030; found by itself if unsaid.")] = "",
    timezone: Annotated[str, typer.Option(help="Of times without a zone.")] = "",
    valid_from: Annotated[str, typer.Option(help="First day of changed grids.")] = "",
    source: Annotated[str, typer.Option(help="Source of incidents that name none.")] = "import",
    dry_run: Annotated[bool, typer.Option(help="Check and count, keep nothing.")] = False,
    errors: Annotated[Path | None, typer.Option(help="File for what was not taken.")] = None,
    as_json: console.Json = False,
) -> None:
    """Take a file into a layer: good rows in, bad rows told, twice is once.

    Example: gridpatrol import grids beats.gpkg --columns code=BEAT_NUM,township=DISTRICT
    """
    reading: dict[str, object] = {
        "layer": inside, "datum": datum, "crs": crs, "columns": _pairs(columns),
        "encoding": encoding, "timezone": timezone,
    }  # fmt: skip
    wanted = imports.Wanted(
        layer, file, {name: value for name, value in reading.items() if value},
        console.day(valid_from) if valid_from else None, source, dry_run,
    )  # fmt: skip
    with console.transaction() as connection:
        around = console.around(connection)
        checked, outcome = imports.run(connection, wanted, around)
        if errors is not None and (outcome.refused or outcome.superseded):
            imports.write_refused(checked, errors, around.settings.language)
    if not dry_run:
        with console.database() as engine:
            console.work_through(engine, around.at)
    value = {**outcome.json(), "unused_columns": checked.unused, "dry_run": dry_run}
    console.answer(value, as_json=as_json, lines=_told(outcome, checked, dry_run))


def _told(outcome: Outcome, checked: Checked, dry_run: bool) -> Iterator[str]:
    counts = outcome.json()
    ends = ", ".join(f"{counts[name]:,} {theme.word(f'import.{name}', 'en')}" for name in COUNTS)
    yield f"{outcome.total:,} rows read = {ends}{' (dry run: nothing kept)' if dry_run else ''}"
    for one in outcome.reasons:
        rows = one["rows"] if isinstance(one["rows"], list) else []
        some = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
        words = imports.reason(str(one["code"]), str(one["field"]), "en")
        yield f"  refused {one['count']:,}: {words} (rows {some})"
    for warning in outcome.warnings:
        values = {name: value for name, value in warning.items() if name != "code"}
        yield f"  note: {theme.word('warning.' + str(warning['code']), 'en', **values)}"
    for row, by in checked.superseded.head(MOST_SHOWN).itertuples(index=False):
        yield f"  row {row} is superseded by row {by}"
    if checked.unused:
        yield f"  columns not used: {', '.join(checked.unused)}"


@app.command()
def export(
    layer: Layer,
    file: Annotated[Path, typer.Argument(help=".geojson .gpkg .shp .parquet .csv .xlsx")],
    where: Annotated[list[str] | None, typer.Option(help="Condition, e.g. matter=S02.")] = None,
    bbox: Annotated[str, typer.Option(help="west,south,east,north")] = "",
    since: Annotated[str, typer.Option(help="First day of incidents.")] = "",
    until: Annotated[str, typer.Option(help="First day that is no longer wanted.")] = "",
    with_reporters: Annotated[bool, typer.Option(help="Also who reported; is journalled.")] = False,
    as_json: console.Json = False,
) -> None:
    """Write a layer to a file, by the ending of its name.

    Example: gridpatrol export incidents cases.csv --since 2026-01-01 --where matter=S02
    """
    with console.transaction() as connection:
        around = console.around(connection)
        wanted = exports.Wanted(
            layer, _pairs(",".join(where or [])), _box(bbox),
            _midnight(since, around), _midnight(until, around), with_reporters,
        )  # fmt: skip
        frame = exports.frame(connection, wanted, around)
    with private.files() if with_reporters else nullcontext():
        notices = write(file, frame)
    console.answer(
        {"file": str(file), "rows": len(frame)},
        as_json=as_json,
        lines=[f"{len(frame):,} rows written to {file}",
               *(f"  note: {theme.word('warning.' + n.code, 'en', **n.values)}" for n in notices)],
    )  # fmt: skip


def _midnight(day: str, around: Circumstances) -> datetime | None:
    return datetime.combine(console.day(day), time(), around.settings.zone) if day else None


def _pairs(text: str) -> dict[str, str]:
    """`a=b,c=d` as a mapping."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    for name, equals, value in pairs:
        if not (equals and name.strip() and value.strip()):
            raise Invalid("bad_filter", filter=f"{name}{equals}{value}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as wrong:
        raise Invalid("bad_filter", filter=text) from wrong
    return west, south, east, north
