"""Where somebody on duty can be in time: for the map, the interface and the command line alike."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Connection

from geo.nearest import Floats, TravelTime
from geo.roads import Roads
from layers.access import Actor, Verb
from layers.errors import Forbidden
from layers.grids import queries as grids
from layers.journal.queries import version
from layers.matters import queries as matters
from layers.roads.rules import Mode
from layers.squads import queries as squads
from layers.squads.queries import Across, Start, State
from layers.squads.rules import FRESH

WITHIN_S = 1800.0
"""What the bureau has promised: 30 minutes."""
KEPT, MOST = timedelta(seconds=15), 16
"""How long, and of how many sights and times, it is remembered."""
ASKED_BY = frozenset({Verb.DISPATCH, Verb.LEAD, Verb.PLAN})
Engine = Callable[[Mode], TravelTime]
Beyond = Mapping[str, Sequence[Start]]
"""By township: squads out of sight that may be sent there."""


@dataclass(frozen=True)
class Reach:
    """By `method`, from so many squads that are on duty `at` a time: each grid (code, name,
    township, township_name) with the `seconds` until the first of them is at a point inside it,
    inf where none comes."""

    at: datetime
    squads: int
    method: str
    grids: gpd.GeoDataFrame

    @property
    def late(self) -> gpd.GeoDataFrame:
        """The grids that nobody reaches in time."""
        return self.grids[~(self.grids["seconds"] <= WITHIN_S)]


class Lately:
    """What was reckoned lately: it takes long, and is asked for page by page. Who goes on or off
    duty is seen at once; how far squads have moved, and roads still being read, a moment later."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, tuple[datetime, Reach]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable, now: datetime) -> Reach | None:
        with self._lock:
            kept_at, found = self._found.get(key, (None, None))
            return found if kept_at is not None and abs(now - kept_at) < KEPT else None

    def keep(self, key: Hashable, now: datetime, found: Reach) -> None:
        with self._lock:
            self._found.pop(key, None)
            self._found[key] = now, found
            while len(self._found) > MOST:
                self._found.popitem(last=False)


@dataclass(frozen=True)
class Asking:
    """Of whose grids and squads: `at` a time of the roster, now if unsaid; positions older than
    `stale` are not believed."""

    connection: Connection
    actor: Actor
    now: datetime
    zone: ZoneInfo
    engine: Engine
    at: datetime | None = None
    stale: timedelta = FRESH

    @property
    def of(self) -> datetime:
        return self.at or self.now

    @property
    def on(self) -> date:
        return self.of.astimezone(self.zone).date()


def reach(asking: Asking, lately: Lately | None = None) -> Reach:
    """Who has a case in hand counts: it is a roster's picture. Whoever sends squads sees those of
    the next township come too, where they are competent for some matter at least."""
    actor = asking.actor
    if not actor.verbs & ASKED_BY:
        raise Forbidden("may_not", verb=Verb.DISPATCH)
    ready = _ready(asking)
    beyond = _beyond(asking, ready)
    there = version(asking.connection, "grids", "townships", "roads")
    sight = (actor.townships, actor.grids, actor.squads)
    duty = tuple((to, row.code, row.vehicles)
                 for to, rows in {"": ready, **beyond}.items() for row in rows)  # fmt: skip
    key = (asking.at, asking.on, there, sight, duty)
    found = lately.find(key, asking.now) if lately else None
    if found is None:
        found = _reckoned(asking, ready, beyond)
        if lately:
            lately.keep(key, asking.now, found)
    return found


def _ready(asking: Asking, across: Across | None = None) -> list[Start]:
    rows = squads.starts(asking.connection, asking.actor, asking.of, across=across,
                         stale=asking.stale)  # fmt: skip
    return [row for row in rows if row.state == State.AVAILABLE]


def _beyond(asking: Asking, seen: Sequence[Start]) -> Beyond:
    """Whoever sees the whole bureau sees them all."""
    townships = sorted(asking.actor.reach(Verb.DISPATCH) or ())
    known = {row.code for row in seen}
    codes = matters.codes(asking.connection) if townships else []
    found = {}
    for township in townships:
        rows = _ready(asking, Across(codes, [township] * len(codes), asking.on))
        found[township] = [row for row in rows if row.code not in known]
    return found


def _reckoned(asking: Asking, ready: Sequence[Start], beyond: Beyond) -> Reach:
    inside = grids.middles(asking.connection, asking.actor, asking.on)
    places = shapely.get_coordinates(inside.geometry.to_numpy())
    seconds = _first(asking.engine, ready, places)
    for township, rows in beyond.items():
        there = (inside["township"] == township).to_numpy()
        seconds[there] = np.minimum(seconds[there], _first(asking.engine, rows, places[there]))
    come = {row.code for rows in (ready, *beyond.values()) for row in rows}
    method = asking.engine(Mode.DRIVING).method
    return Reach(asking.of, len(come), method, inside.assign(seconds=seconds))


def _first(engine: Engine, rows: Sequence[Start], places: Floats) -> Floats:
    """(grids,) seconds until the first of these squads is there, by what each has to drive."""
    afoot = [row for row in rows if row.vehicles == 0]
    seconds = _soonest(engine(Mode.DRIVING), [row for row in rows if row.vehicles != 0], places)
    return np.minimum(seconds, _soonest(engine(Mode.WALKING), afoot, places)) if afoot else seconds


def _soonest(engine: TravelTime, rows: Sequence[Start], places: Floats) -> Floats:
    starts = np.array([(row.lon, row.lat) for row in rows]).reshape(-1, 2)
    if not len(starts) or not len(places):
        return np.full(len(places), np.inf)
    if isinstance(engine, Roads):
        return engine.soonest(starts, places)
    return np.asarray(engine.table(starts, places)[0].min(axis=0))


def by_township(found: Reach) -> list[dict[str, object]]:
    """How many grids of each township nobody reaches in time, most first."""
    counted = found.grids.assign(late=~(found.grids["seconds"] <= WITHIN_S))
    rows = counted.groupby(["township", "township_name"], dropna=False, sort=True)
    table = rows.agg(grids=("code", "size"), late=("late", "sum"), slowest=("seconds", "max"))
    ordered = table.reset_index().sort_values("late", ascending=False, kind="stable")
    return [
        {
            "township": row.township, "name": row.township_name, "grids": int(row.grids),
            "late": int(row.late), "slowest_s": finite(row.slowest),
        }
        for row in ordered.itertuples()
    ]  # fmt: skip


def finite(seconds: float) -> float | None:
    """Seconds as they are told: none where nobody comes."""
    return round(float(seconds), 1) if np.isfinite(seconds) else None
