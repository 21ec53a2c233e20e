"""Which work waits in the queue under which name. Each name is one of the layers' actions."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from api import imports, uploads
from api.circumstances import Circumstances
from layers.hotspots import actions as hotspots
from layers.incidents import actions as incidents
from layers.plans import actions as plans

Arguments = Mapping[str, object]
NUMBERS = ("weeks", "resolution")


def study(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`hotspots`: as_of (ISO date), weeks, resolution, all optional -> {"run"}."""
    zone = around.settings.zone
    as_of = arguments.get("as_of") or around.today.isoformat()
    numbers = {name: int(str(given)) for name, given in arguments.items() if name in NUMBERS}
    parameters = hotspots.Parameters(date.fromisoformat(str(as_of)), zone, **numbers)
    return {"run": hotspots.study(connection, parameters, **around.common()).run_id}


def plan(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`plan`: week, capacity (optional) -> {"plan"}."""
    capacity = arguments.get("capacity")
    wish = plans.Wish(
        week=str(arguments["week"]),
        zone=around.settings.zone,
        capacity=None if capacity is None else int(str(capacity)),
    )
    return {"plan": plans.draft(connection, wish, **around.common())}


def take_in(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`import`: layer, path, reading, valid_from, dry_run -> the counts, and the refused rows."""
    valid_from, reading = arguments.get("valid_from"), arguments.get("reading")
    path = Path(str(arguments["path"]))
    wanted = imports.Wanted(
        layer=str(arguments["layer"]),
        path=path,
        reading=reading if isinstance(reading, Mapping) else {},
        valid_from=date.fromisoformat(str(valid_from)) if valid_from else None,
        dry_run=bool(arguments.get("dry_run")),
    )
    checked, outcome = imports.run(connection, wanted, around)
    result = outcome.json()
    if outcome.refused or outcome.superseded:
        refused = uploads.refused_of(path)
        imports.write_refused(checked, refused, around.settings.language)
        result["refused_file"] = str(refused.relative_to(around.settings.var / "uploads"))
    return result


def assign(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`grids.changed`: every case is given the grid of its time anew -> {"changed"}."""
    zone = around.settings.zone
    return {"changed": incidents.assign_grids(connection, actor=around.actor, zone=zone)}


Work = Callable[[Connection, Arguments, Circumstances], object]
WORK: dict[str, Work] = {
    "hotspots": study,
    "plan": plan,
    "import": take_in,
    "grids.changed": assign,
}
"""Name -> work; the result is kept with the job and must be JSON."""
FOLLOWING = frozenset({"grids.changed"})
"""What follows from other work, and must be done whatever has become of who asked for that."""
