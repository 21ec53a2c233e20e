"""Which data goes on which map: from a map's name to its sheet, for HTTP and command line alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from sqlalchemy import Connection, RowMapping

from api.reach import Asking, reach
from api.ways import STRAIGHT
from geo.cells import addresses
from geo.nearest import TravelTime
from geo.partition import Finding
from layers.access import Actor
from layers.errors import Invalid, NotFound
from layers.figures import queries as figures
from layers.figures.rules import DENOMINATOR, NUMERATOR, By, Period
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import queries as incidents
from layers.places import queries as places
from layers.plans import queries as plans
from layers.plans import rules
from layers.rivers import queries as rivers
from layers.roads import queries as roads
from layers.roads.rules import Mode
from layers.squads import queries as squads
from layers.squads.rules import USUAL, Belief
from maps import sheets
from maps.sheet import About, Ground, Sheet
from maps.theme import Language, word

WINDOW = timedelta(weeks=4)
MOST_INCIDENTS = 50_000
MADE_BY_IMPORT = r"[0-9a-f]{64}#\d+"
DETAILED = 0.4
"""Degrees across, about 40 km, up to which a map carries minor roads too."""
MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
STREETS = (*MAIN, "unclassified", "residential", "living_street", "road")


@dataclass(frozen=True)
class Asked:
    """What a map is to show; `since` and `until` are days, both included."""

    bureau: str
    language: Language
    at: datetime
    zone: ZoneInfo
    since: date | None = None
    until: date | None = None
    township: str | None = None
    plan: int | None = None
    run: int | None = None
    source: str = ""
    """Whose data it is, as the bureau wants it said (licences of base maps too)."""
    practice: bool = False
    """Whether it is the practice town's."""
    of: datetime | None = None
    """The time of which the roster is asked, if not now (reach)."""
    engine: Callable[[Connection, Mode], TravelTime] = lambda _, mode: STRAIGHT[mode]
    """What reckons with the roads (reach)."""
    belief: Belief = USUAL
    """How far positions of squads are believed (squads, reach)."""


@dataclass(frozen=True)
class _Base:
    """What every map needs."""

    connection: Connection
    actor: Actor
    asked: Asked
    townships: GeoDataFrame
    about: About

    @property
    def today(self) -> date:
        return self.asked.at.astimezone(self.asked.zone).date()

    def local(self, frame: GeoDataFrame, *names: str) -> GeoDataFrame:
        """Times as the bureau's clocks show them."""
        return frame.assign(
            **{
                name: pd.to_datetime(frame[name], utc=True).dt.tz_convert(self.asked.zone.key)
                for name in names
            }
        )


def sheet(connection: Connection, actor: Actor, name: str, asked: Asked) -> Sheet:
    """The map of a name in `DRAWINGS`, as far as the actor sees."""
    if name not in DRAWINGS:
        raise NotFound("no_map", name=name, known=list(DRAWINGS))
    seen = actor if asked.township is None else _narrowed(actor, asked.township)
    townships = grids.townships(connection, seen)
    if townships.empty:
        _refuse(actor, asked.township)
    about = _about(connection, townships, asked)
    return DRAWINGS[name](_Base(connection, seen, asked, townships, about))


def sourced(connection: Connection, source: str, language: Language) -> str:
    """The source line, and in it who drew the roads where their licence asks for that."""
    if "openstreetmap" in source.lower() or not roads.are_of_osm(connection):
        return source
    return "; ".join(filter(None, (source, word("source.osm", language))))


def _narrowed(actor: Actor, township: str) -> Actor:
    wanted = frozenset({township})
    seen = wanted if actor.townships is None else wanted & actor.townships
    return replace(actor, townships=seen, squads=frozenset(), grids=frozenset())


def _refuse(actor: Actor, township: str | None) -> None:
    if township is not None:
        raise NotFound("no_township", code=township)
    if actor.townships is not None:
        raise NotFound("nothing_to_draw")
    raise NotFound("no_townships")


def _about(connection: Connection, townships: GeoDataFrame, asked: Asked) -> About:
    area = asked.bureau or word("bureau.unnamed", asked.language)
    if asked.township is not None:
        area = str(townships["name"].iloc[0])
    whose = "source.practice" if asked.practice else "source.own"
    told = asked.source or word(whose, asked.language)
    source = sourced(connection, told, asked.language)
    return About(area, asked.language, asked.at.astimezone(asked.zone), source)


def _ground(base: _Base) -> Ground:
    """What lies under the map: minor roads only where it is large enough in scale for them."""
    west, south, east, north = (float(side) for side in base.townships.total_bounds)
    box, detailed = (west, south, east, north), max(east - west, north - south) <= DETAILED
    return Ground(
        rivers.water(base.connection, box),
        roads.roads(base.connection, box, STREETS if detailed else MAIN),
        places.places(base.connection, box),
    )


def _incidents(base: _Base) -> Sheet:
    first, last = _days(base)
    zone = base.asked.zone
    wanted = incidents.Wanted(
        since=datetime.combine(first, time(), zone),
        until=datetime.combine(last + timedelta(days=1), time(), zone),
    )
    found = incidents.places(base.connection, base.actor, wanted, limit=MOST_INCIDENTS + 1)
    if len(found) > MOST_INCIDENTS:
        raise Invalid("too_many_to_draw", most=MOST_INCIDENTS, since=first, until=last)
    shown = _as_known(base.local(found, "occurred_at"), base.asked.language)
    about = replace(base.about, since=first, until=last)
    return sheets.incidents(shown, _grids(base), base.townships, about, _ground(base))


def _as_known(found: GeoDataFrame, language: Language) -> GeoDataFrame:
    """Numbers as the sender gave them, none where an import made its own; days without a time."""
    own = found["external_id"].astype("str")
    at = found["occurred_at"]
    by_day = found["occurred_precision"] == "day"
    return found.assign(
        id=own.where(~own.str.fullmatch(MADE_BY_IMPORT)),
        matter=found[f"matter_{language}"],
        occurred_at=at.dt.strftime("%Y-%m-%d %H:%M").where(~by_day, at.dt.strftime("%Y-%m-%d")),
    )


def _days(base: _Base) -> tuple[date, date]:
    """The days asked for; else the last weeks in which anything was reported."""
    last = base.asked.until
    if last is None:
        newest = incidents.newest_at(base.connection, base.actor)
        last = min(base.today, newest.astimezone(base.asked.zone).date()) if newest else base.today
    first = base.asked.since or last - WINDOW + timedelta(days=1)
    if first > last:
        raise Invalid("since_after_until", since=first, until=last)
    return first, last


def _closure(base: _Base) -> Sheet:
    first, last = _days(base)
    during = Period(first, last + timedelta(days=1), base.asked.zone)
    rows = figures.tables(base.connection, base.actor, during, By.GRID)
    parts = {row.key: row.cells["on_time"].parts for row in rows}
    drawn = _grids(base)
    due, on_time = (
        [parts.get(code, {}).get(name, 0) for code in drawn["code"]]
        for name in (DENOMINATOR, NUMERATOR)
    )
    about = replace(base.about, since=first, until=last)
    shown = drawn.assign(due=due, on_time=on_time)
    return sheets.closure(shown, base.townships, about, _ground(base))


def _grids(base: _Base) -> GeoDataFrame:
    return grids.grids(base.connection, base.actor, base.today)


def _hotspots(base: _Base) -> Sheet:
    run = (
        hotspots.newest(base.connection, base.actor)
        if base.asked.run is None
        else hotspots.run(base.connection, base.actor, base.asked.run)
    )
    cells = hotspots.cells(base.connection, base.actor, run["id"])
    shown = cells.assign(cell=addresses(cells["cell"]))
    since = run["as_of"] - timedelta(weeks=run["weeks"])
    about = replace(base.about, since=since, until=run["as_of"] - timedelta(days=1))
    return sheets.hotspots(
        shown, base.townships, about, _piles(run["found"], base.townships), _ground(base)
    )


def _piles(found: Mapping[str, object], townships: GeoDataFrame) -> GeoDataFrame:
    piles = pd.DataFrame(found["piles"], columns=["lon", "lat", "count"])
    places = shapely.points(piles["lon"].to_numpy(float), piles["lat"].to_numpy(float))
    made = GeoDataFrame(piles[["count"]], geometry=places, crs=4326)
    return made[made.within(townships.union_all())]


def _frequency(base: _Base) -> Sheet:
    plan = _plan(base)
    visits = plans.visits(base.connection, base.actor, plan["id"])
    monday = rules.monday(plan["week"])
    about = replace(base.about, since=monday, until=monday + timedelta(days=6))
    state = word(f"plan.state.{plan['state']}", base.asked.language)
    which = word("map.plan", base.asked.language, week=plan["week"], id=plan["id"], state=state)
    return sheets.frequency(visits, base.townships, about, week=which, ground=_ground(base))


def _plan(base: _Base) -> RowMapping:
    """The plan asked for; else the approved one of the latest week, else the newest draft."""
    if base.asked.plan is not None:
        return plans.one(base.connection, base.actor, base.asked.plan)
    return plans.standing(base.connection, base.actor)


def _squads(base: _Base) -> Sheet:
    found = squads.squads(base.connection, base.actor, base.asked.at, base.asked.belief)
    shown = base.local(found, "position_at")
    return sheets.squads(shown, base.townships, base.about, _ground(base))


def _reach(base: _Base) -> Sheet:
    asked = base.asked
    engine = partial(asked.engine, base.connection)
    asking = Asking(base.connection, base.actor, asked.at, asked.zone, engine, asked.of,
                    asked.belief.stale)  # fmt: skip
    found = reach(asking)
    drawn = grids.grids(base.connection, base.actor, asking.on)
    seconds = found.grids.set_index("code")["seconds"]
    method = word(f"nearest.method.{found.method}", asked.language)
    standing = word(
        "subtitle.reach", asked.language, at=f"{found.at.astimezone(asked.zone):%Y-%m-%d %H:%M}",
        squads=found.squads, method=method,
    )  # fmt: skip
    shown = drawn.assign(seconds=drawn["code"].map(seconds))
    return sheets.reach(shown, base.townships, base.about, standing, _ground(base))


def _partition(base: _Base) -> Sheet:
    drawn = _grids(base)
    found = grids.partition(base.connection, base.actor, base.today)
    frame = pd.DataFrame(found.findings, columns=Finding._fields)
    shapes = np.asarray(frame.pop("geometry"), dtype=object)
    findings = GeoDataFrame(frame, geometry=shapes, crs=4326)
    return sheets.partition(findings, drawn, base.townships, base.about, _ground(base))


DRAWINGS: Mapping[str, Callable[[_Base], Sheet]] = MappingProxyType(
    {
        "incidents": _incidents,
        "hotspots": _hotspots,
        "frequency": _frequency,
        "squads": _squads,
        "reach": _reach,
        "partition": _partition,
        "closure": _closure,
    }
)
