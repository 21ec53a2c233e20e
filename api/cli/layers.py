"""Files in, files out: import and export."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from api import exports, imports, private
from api.circumstances import Circumstances
from api.cli import console, speech
from api.cli.console import app
from geo.crs import Datum
from layers.errors import Invalid
from layers.files import Checked, Field, Outcome, write

COUNTS = ("new", "changed", "unchanged", "refused", "superseded")
MOST_SHOWN = 5
Layer = Annotated[str, typer.Argument(help=f"One of: {', '.join(imports.LAYERS)}.")]


def columns() -> str:
    """What each layer's file may hold, for --help."""
    by_layer = (
        f"{layer}: {', '.join(map(_column, fields(imports.EARLIEST)))}"
        for layer, fields in imports.LAYERS.items()
    )
    about = (speech.word("cli.told.columns"), speech.word("cli.told.columns_area"))
    return "\n\n".join((*about, *by_layer))


def _column(field: Field) -> str:
    name = f"{field.name}{'*' * field.required}"
    own = next((alias for alias in field.aliases if not alias.isascii()), None)
    return f"{name}（{own}）" if own and speech.language() == "zh" else name


@app.command(name="import")
def take_in(
    layer: Layer,
    file: Annotated[
        Path, typer.Argument(help="GeoJSON, GPKG, Shapefile, Parquet, CSV, XLSX, OSM.")
    ],
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
        "layer": inside, "datum": datum, "crs": crs, "columns": _columns(columns),
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
    if 0 < outcome.refused == outcome.total:
        raise typer.Exit(console.FAILED)


def _told(outcome: Outcome, checked: Checked, dry_run: bool) -> Iterator[str]:
    counts = outcome.json()
    ends = ", ".join(f"{counts[name]:,} {speech.word(f'import.{name}')}" for name in COUNTS)
    told = "dry_run" if dry_run else "rows_read"
    yield speech.word(f"cli.told.{told}", n=f"{outcome.total:,}", ends=ends)
    for one in outcome.reasons:
        rows = one["rows"] if isinstance(one["rows"], list) else []
        some = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
        words = imports.reason(str(one["code"]), str(one["field"]), speech.language())
        yield speech.word("cli.told.refused", n=f"{one['count']:,}", why=words, rows=some)
    for warning in outcome.warnings:
        values = {name: value for name, value in warning.items() if name != "code"}
        yield _note(str(warning["code"]), values)
    for row, by in checked.superseded.head(MOST_SHOWN).itertuples(index=False):
        yield speech.word("cli.told.superseded", row=row, by=by)
    if checked.unused:
        yield speech.word("cli.told.unused", columns=", ".join(checked.unused))


def _note(code: str, values: Mapping[str, object]) -> str:
    return speech.word("cli.told.note", said=speech.word(f"warning.{code}", **values))


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
        lines=[speech.word("cli.told.rows_written", n=f"{len(frame):,}", file=file),
               *(_note(n.code, n.values) for n in notices)],
    )  # fmt: skip


def _midnight(day: str, around: Circumstances) -> datetime | None:
    return datetime.combine(console.day(day), time(), around.settings.zone) if day else None


def _columns(text: str) -> dict[str, str]:
    try:
        return _pairs(text)
    except Invalid as wrong:
        raise Invalid("bad_columns", columns=text) from wrong


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
