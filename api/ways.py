"""The engines of travel times that a process holds, made from the bureau's roads.

Building them takes a moment, so it is done beside the requests: these go on with what was there
before. Only a process that has just begun waits for its first, and not for long: then it is the
straight line that answers.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from time import monotonic

import structlog
from geopandas import GeoDataFrame
from sqlalchemy import Connection
from starlette.datastructures import State

from api.osrm import Osrm, Preferred
from geo.nearest import Floats, SomeWalk, TravelTime, straight_line
from geo.roads import Roads
from layers.db import UNAVAILABLE
from layers.journal import queries as journal
from layers.roads import queries as roads
from layers.roads.rules import WALKED_KMH, Mode

KIND = "roads"
LOOKED_EVERY_S = 1.0
FIRST_WITHIN_S = 2.0
Opening = Callable[[], AbstractContextManager[Connection]]
log = structlog.get_logger()


@dataclass(frozen=True)
class Engines:
    """One for each way to be on the road; the straight line where no roads are known."""

    version: int = -1
    roads: dict[Mode, Roads] = field(default_factory=dict)

    def of(self, mode: Mode) -> TravelTime:
        return self.roads.get(mode) or STRAIGHT[mode]


STRAIGHT = {Mode.DRIVING: straight_line(), Mode.WALKING: straight_line(kmh=WALKED_KMH)}


def built(version: int, found: GeoDataFrame) -> Engines:
    """The engines of roads of a version."""
    networks = roads.networks(found)
    return Engines(version, {mode: Roads(made, mode) for mode, made in networks.items()})


class Ways:
    """The engines of a process, built anew when the roads have changed. Who is `patient`, as nobody
    waits for an answer, builds them at once and works with none that is older."""

    def __init__(
        self, opening: Opening, osrm_url: str | None = None, *, patient: bool = False
    ) -> None:
        self._opening = opening
        self._patient = patient
        self._osrm = None if osrm_url is None else Osrm(osrm_url)
        self._engines = Engines()
        self._lock = Lock()
        self._building: Thread | None = None
        self._look_at = 0.0

    def of(self, connection: Connection, mode: Mode = Mode.DRIVING) -> TravelTime:
        """The engine to ask now. OSRM is asked first where the bureau has it, and drives."""
        own = self.engines(connection).of(mode)
        if self._osrm is None or mode is not Mode.DRIVING:
            return own
        return Preferred(self._osrm, own)

    def engines(self, connection: Connection) -> Engines:
        """Our own engines, as new as they can be without waiting, unless one is patient."""
        if self._patient or self._its_time():
            found = journal.version(connection, KIND)
            if found != self._engines.version:
                (self.build if self._patient else self._build_beside)()
        return self._engines

    def build(self) -> None:
        """Build them here and now, of roads read before: nobody waits for their connection."""
        version = self._engines.version
        try:
            with self._opening() as connection:
                version = journal.version(connection, KIND)
                found = roads.roads(connection)
            self._engines = built(version, found)
        except UNAVAILABLE:
            log.warning("roads_not_read")  # looked at again in a moment
        except Exception:
            log.exception("roads_not_built")  # what was there before stays until they are others
            self._engines = replace(self._engines, version=version)

    def _its_time(self) -> bool:
        with self._lock:
            if monotonic() < self._look_at:
                return False
            self._look_at = monotonic() + LOOKED_EVERY_S
            return self._building is None or not self._building.is_alive()

    def _build_beside(self) -> None:
        first = self._building is None
        self._building = Thread(target=self.build, name="roads", daemon=True)
        self._building.start()
        if first and self._engines.version < 0:
            self._building.join(FIRST_WITHIN_S)


def asked(connection: Connection, osrm_url: str | None) -> Ways:
    """What a command asks: engines made for it alone."""
    made = Ways(lambda: nullcontext(connection), osrm_url)
    made.build()
    return made


def own_ways(state: State, connection: Connection, mode: Mode = Mode.DRIVING) -> TravelTime:
    """The engine of the process that answers, and never another server: for the shape of ways, and
    for very many of them."""
    held: Ways = state.ways
    return held.engines(connection).of(mode)


def judged(engine: TravelTime, places: Floats) -> list[tuple[str, ...]]:
    """What stands against places (n, 2), as far as the roads are known."""
    driving = engine.driving if isinstance(engine, SomeWalk) else engine
    own = driving.own if isinstance(driving, Preferred) else driving
    return own.judged(places) if isinstance(own, Roads) else [()] * len(places)
