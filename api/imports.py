"""Taking a file into a layer: what the command line and the upload's job both do."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from api import keys, private
from api.circumstances import Circumstances
from geo.crs import Datum
from layers.duty import actions as duty
from layers.errors import Invalid
from layers.files import Checked, Field, Outcome, Reading, read
from layers.grids import actions as grids
from layers.grids import queries as areas
from layers.holidays import actions as holidays
from layers.incidents import actions as incidents
from layers.jurisdictions import actions as jurisdictions
from layers.matters import actions as matters
from layers.people import actions as people
from layers.places import actions as places
from layers.positions import actions as positions
from layers.reporters import actions as reporters
from layers.rivers import actions as rivers
from layers.roads import actions as roads
from layers.squads import actions as squads
from layers.squads.queries import starts
from layers.units import actions as units
from maps import theme

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)

LAYERS: Mapping[str, Callable[[datetime], Sequence[Field]]] = {
    "townships": lambda _: grids.TOWNSHIP_FIELDS,
    "grids": lambda _: grids.GRID_FIELDS,
    "incidents": lambda at: (
        *incidents.fields(EARLIEST, at + CLOCKS_DIFFER),
        *reporters.REPORTER_FIELDS,
    ),
    "units": lambda _: units.UNIT_FIELDS,
    "holidays": lambda _: holidays.HOLIDAY_FIELDS,
    "matters": lambda _: matters.MATTER_FIELDS,
    "jurisdiction": lambda _: jurisdictions.JURISDICTION_FIELDS,
    "squads": lambda _: squads.SQUAD_FIELDS,
    "duty": lambda _: duty.DUTY_FIELDS,
    "devices": lambda _: positions.DEVICE_FIELDS,
    "roads": lambda _: roads.ROAD_FIELDS,
    "rivers": lambda _: rivers.RIVER_FIELDS,
    "places": lambda _: places.PLACE_FIELDS,
    "people": lambda _: people.PEOPLE_FIELDS,
}
"""What each layer wants of a file that is read at this time."""
PLAIN = {
    "townships": grids.import_townships,
    "units": units.import_units,
    "holidays": holidays.import_holidays,
    "matters": matters.import_matters,
    "jurisdiction": jurisdictions.import_jurisdiction,
    "squads": squads.import_squads,
    "duty": duty.import_duty,
    "devices": positions.import_devices,
    "roads": roads.import_roads,
    "rivers": rivers.import_rivers,
    "places": places.import_places,
}
"""The layers whose import asks for nothing more than the file."""
AREALESS = frozenset(
    {"townships", "units", "holidays", "matters", "jurisdiction", "duty", "devices", "people"}
)
"""They lie nowhere, or say themselves where the bureau lies."""


@dataclass(frozen=True)
class Wanted:
    """A file, the layer it goes into, and what its owner says about it."""

    layer: str
    path: Path
    reading: Mapping[str, object] = field(default_factory=dict)
    """Options of Reading by name, as text; `columns` is a mapping."""
    valid_from: date | None = None
    source: str = "import"
    dry_run: bool = False


def run(connection: Connection, wanted: Wanted, around: Circumstances) -> tuple[Checked, Outcome]:
    """Read, check and keep a file in the open transaction; a dry run keeps nothing of it."""
    if wanted.layer not in LAYERS:
        raise Invalid("no_layer", layer=wanted.layer, known=tuple(LAYERS))
    area = None if wanted.layer in AREALESS else _area(connection, around)
    fields = LAYERS[wanted.layer](around.at)
    with _uncollected():
        checked = read(_reading(wanted, around), fields, area, around.progress)
        attempt = connection.begin_nested()
        outcome = _keep(connection, wanted, checked, around)
    if wanted.dry_run:
        attempt.rollback()
    else:
        attempt.commit()
    return checked, outcome


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows are many and none is part of a circle: the collector would count them all again each
    time that they have grown by a quarter."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def write_refused(checked: Checked, path: Path, language: theme.Language) -> None:
    """The refused rows in the file's own columns, with the reason in words."""
    with private.files():  # they may say who reported
        checked.write_refused(path, lambda code, name: reason(code, name, language))


def reason(code: str, name: str, language: theme.Language) -> str:
    """Why a row was refused, in words: the field and what is wrong with it."""
    words = theme.word(f"refused.{code}", language)
    column = theme.catalogue(language).get(f"column.{name}", name)
    return f"{column}: {words}" if name else words


def _reading(wanted: Wanted, around: Circumstances) -> Reading:
    options = dict(wanted.reading)
    zone = _zone(str(options.pop("timezone", around.settings.timezone)))
    datum = options.pop("datum", None)
    columns = options.pop("columns", None) or {}
    texts = {name: str(value) for name, value in options.items() if value}
    return Reading(
        wanted.path,
        columns=columns if isinstance(columns, Mapping) else {},
        datum=None if datum is None else Datum(str(datum)),
        timezone=zone,
        **texts,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError) as wrong:
        raise Invalid("bad_timezone", timezone=name) from wrong


def _area(connection: Connection, around: Circumstances) -> NDArray[np.object_] | None:
    """The bureau's polygons, by which far places are told; None before there are townships."""
    known = areas.townships(connection, around.actor)
    return np.asarray(known.geometry, dtype=object) if len(known) else None


def _keep(
    connection: Connection, wanted: Wanted, checked: Checked, around: Circumstances
) -> Outcome:
    who, when, zone = around.actor, around.at, around.settings.zone
    if wanted.layer == "grids":
        return grids.import_grids(
            connection, checked, actor=who, at=when,
            today=around.today, valid_from=wanted.valid_from,
        )  # fmt: skip
    if wanted.layer == "incidents":
        outcome = incidents.import_incidents(
            connection, checked, actor=who, at=when, zone=zone,
            source=wanted.source, progress=around.progress,
        )  # fmt: skip
        return _with_reporters(connection, checked, outcome, around)
    if wanted.layer == "people":
        return people.import_people(
            connection, checked, squads={squad[0] for squad in starts(connection, who, when)},
            actor=who, at=when, today=around.today,
        )  # fmt: skip
    return PLAIN[wanted.layer](connection, checked, actor=who, at=when)


def _with_reporters(
    connection: Connection, checked: Checked, outcome: Outcome, around: Circumstances
) -> Outcome:
    """Who reported goes in sealed, and takes a power and a key; most files do not say it."""
    if not reporters.names_reporters(checked):
        return outcome
    who, when = around.actor, around.at
    ring = keys.ring(connection, around.settings, actor=who, at=when)
    rows = reporters.take_in(
        connection, checked, ring=ring, actor=who, at=when, progress=around.progress
    )
    told = {"code": "reporters_sealed", "rows": rows}
    return replace(outcome, warnings=[*outcome.warnings, told])
