"""Which work waits in the queue under which name. Each name is one of the layers' actions."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from api import dispatching, imports, keys, messages, retention, uploads
from api.circumstances import Circumstances
from layers.holidays.queries import calendar
from layers.hotspots import actions as hotspots
from layers.incidents import actions as incidents
from layers.incidents.actions import recounting as deadlines
from layers.incidents.actions.recounting import FIRST
from layers.incidents.actions.stepping import resume_due
from layers.journal.queries import verify as verdict_of
from layers.journal.rules import Head
from layers.keys import actions as personal_keys
from layers.photos import actions as photos
from layers.plans import actions as plans
from layers.queue.actions import put
from layers.reporters import actions as reporters
from layers.reporters.queries import counted

Arguments = Mapping[str, object]
BATCH = 5000
LEFT_LYING = timedelta(days=1)
"""For so long nobody clears away a file that no row names: the row may not be committed yet."""
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


def clear_away(arguments: Arguments) -> None:
    """After `import`: nobody needs a list of people any more once it was taken in."""
    if arguments.get("layer") == "people":
        uploads.remove([Path(str(arguments["path"])).parent])


def assign(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`grids.changed`: every case is given the grid of its time anew -> {"changed"}."""
    zone = around.settings.zone
    return {"changed": incidents.assign_grids(connection, actor=around.actor, zone=zone)}


def verify(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`verify`: head (optional) -> what a recomputation of the journal's chain found."""
    noted = arguments.get("head")
    head = None if noted is None else Head.read(str(noted))
    verdict = verdict_of(connection, around.actor, at=around.at, noted=head)
    return {"sound": verdict.sound, **asdict(verdict)}


def reseal(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`keys.rotated`: put_at. Seals a batch with the newest key; the next one follows."""
    ring = keys.ring(connection, around.settings, actor=around.actor, at=around.at)
    reporters.reseal(connection, ring, limit=BATCH, actor=around.actor)
    rows = counted(connection)
    total, done = sum(rows.values()), rows.get(ring.current, 0)
    around.progress(done, total, "reseal")
    if done < total:
        _again(connection, "keys.rotated", arguments, around)
    else:
        personal_keys.retire(connection, ring, actor=around.actor, at=around.at)
    return {"sealed": done, "left": total - done}


def forget(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`retention`: put_at. Forgets a batch of each kind; the next one follows."""
    gone = retention.forget(connection, around.settings, actor=around.actor, at=around.at)
    if any(number >= retention.BATCH for number in gone.values()):
        _again(connection, "retention", arguments, around)
    return gone


def resume(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`resume`: the cases whose clock was to stand until today go on -> {"resumed"}."""
    settings = around.settings
    days = calendar(connection, settings.zone, settings.shifts)
    resumed = resume_due(connection, today=around.today, actor=around.actor, at=around.at,
                         calendar=days)  # fmt: skip
    return {"resumed": resumed}


def recount(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`calendar.changed`: put_at. Counts a batch of deadlines anew; the next one follows."""
    settings, actor = around.settings, around.actor
    days = calendar(connection, settings.zone, settings.shifts)
    after = UUID(str(arguments.get("after", FIRST)))
    done = deadlines.recount(connection, after=after, limit=BATCH, actor=actor, calendar=days)
    changed = done.changed + int(str(arguments.get("changed", 0)))
    if done.after is None:
        deadlines.note_recounted(connection, changed, actor=actor, at=around.at)
    else:
        rest = {**arguments, "after": str(done.after), "changed": changed}
        _again(connection, "calendar.changed", rest, around)
    return {"changed": changed}


def sweep(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`blobs`: clears away the files that no photograph is kept as -> {"removed"}."""
    folder, before = around.settings.blobs, around.at - LEFT_LYING
    return {"removed": photos.sweep(connection, folder, before=before, actor=around.actor)}


def message(connection: Connection, arguments: Arguments, around: Circumstances) -> object:
    """`message`: tells the bureau's gateway what a squad must hear of -> {"sent"}; None where the
    bureau has none."""
    return {"sent": True} if messages.send(connection, arguments, around) else None


def _again(connection: Connection, name: str, arguments: Arguments, around: Circumstances) -> None:
    """What is done so far is kept; the rest is put as if with the first batch, so that who waits
    for what was put then waits for all."""
    at = datetime.fromisoformat(str(arguments["put_at"]))
    put(connection, name, dict(arguments), actor=around.actor, at=at)


Work = Callable[[Connection, Arguments, Circumstances], object]
WORK: dict[str, Work] = {
    "hotspots": study,
    "plan": plan,
    "import": take_in,
    "grids.changed": assign,
    "calendar.changed": recount,
    "verify": verify,
    "keys.rotated": reseal,
    "retention": forget,
    "blobs": sweep,
    "resume": resume,
    "message": message,
    dispatching.JOB: dispatching.solve,
}
"""Name -> work; the result is kept with the job and must be JSON. None: there was nothing to do,
and the job is not kept."""
AFTERWARDS: dict[str, Callable[[Arguments], None]] = {"import": clear_away}
"""What is done once the work and its end are kept for good."""
FOLLOWING = frozenset({
    "grids.changed", "calendar.changed", "keys.rotated", "retention", "blobs", "resume", "message",
})  # fmt: skip
"""What follows from other work, and must be done whatever has become of who asked for that."""
