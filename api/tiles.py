"""Vector tiles: which layers there are, from which query each comes, and when one is still good.

A tile of layers that change rarely is known by their versions (layers.journal) and by what its
reader sees, and so it is made once; cases and squads are looked at each time.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from gzip import compress
from hashlib import sha256
from threading import Lock

from sqlalchemy import Connection

from geo.tiles import Tile
from layers.access import Actor
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import queries as incidents
from layers.incidents.queries import Wanted
from layers.places import queries as places
from layers.plans import queries as plans
from layers.rivers import queries as rivers
from layers.roads import queries as roads
from layers.squads import queries as squads
from layers.squads.rules import Belief
from layers.tiles import joined

TEXT, NUMBER, TRUTH = "String", "Number", "Boolean"
"""What TileJSON calls the kinds of a property."""
DEEPEST = 14
"""From here on maps enlarge what they have: a step of a tile is 60 cm."""
GZIP, PACKED, PACKED_FROM = b"\x1f\x8b", 5, 2_000
Fields = Mapping[str, str]


@dataclass(frozen=True)
class Asking:
    """Who asks for which tile, when, and for which cases; what is believed of squads."""

    actor: Actor
    tile: Tile
    at: datetime
    today: date
    wanted: Wanted
    belief: Belief


@dataclass(frozen=True)
class Layer:
    """One layer of tiles. `kinds`: what the journal calls the things that it is made of; without
    any it changes all the time. `daily`: it may also change with the bureau's day. `everywhere`: it
    is of the whole bureau and around it, whoever looks."""

    fields: Fields
    make: Callable[[Connection, Asking], bytes]
    kinds: tuple[str, ...] = ()
    daily: bool = False
    everywhere: bool = False
    shown_from: int = 0


LAYERS: Mapping[str, Layer] = {
    "rivers": Layer(
        {"name": TEXT, "kind": TEXT}, lambda c, a: rivers.tile(c, a.tile), ("rivers",),
        everywhere=True,
    ),
    "roads": Layer(
        {"name": TEXT, "class": TEXT, "oneway": TRUTH},
        lambda c, a: roads.tile(c, a.tile), ("roads",), everywhere=True,
    ),
    "places": Layer(
        {"name": TEXT, "kind": TEXT}, lambda c, a: places.tile(c, a.tile), ("places",),
        everywhere=True, shown_from=places.SHOWN_FROM,
    ),
    "townships": Layer(
        {"code": TEXT, "name": TEXT},
        lambda c, a: grids.township_tile(c, a.actor, a.tile), ("townships",),
    ),
    "grids": Layer(
        {"code": TEXT, "township": TEXT},
        lambda c, a: grids.grid_tile(c, a.actor, a.tile, a.today), ("grids",),
        daily=True, shown_from=grids.GRIDS_FROM,
    ),
    "labels": Layer(
        {"name": TEXT, "level": TEXT, "kind": TEXT},
        lambda c, a: rivers.label_tile(c, a.actor, a.tile, a.today),
        ("townships", "grids", "rivers"), daily=True,
    ),
    "frequency": Layer(
        {"code": TEXT, "visits": NUMBER},
        lambda c, a: plans.tile(c, a.actor, a.tile), ("plans", "grids"),
    ),
    "hotspots": Layer(
        {"class": NUMBER, "z": NUMBER},
        lambda c, a: hotspots.tile(c, a.actor, a.tile), ("hotspots",),
    ),
    "incidents": Layer(
        {"n": NUMBER, "open": NUMBER, "matter": TEXT, "state": TEXT, "due": NUMBER,
         "overdue": "Number of those counted, or Boolean of one"},
        lambda c, a: incidents.tile(c, a.actor, a.tile, a.wanted, a.at),
    ),
    "squads": Layer(
        {"code": TEXT, "name": TEXT, "on_duty": TRUTH, "state": TEXT, "fresh": TRUTH,
         "contact_lost": TRUTH},
        lambda c, a: squads.tile(c, a.actor, a.tile, a.at, a.belief),
    ),
}  # fmt: skip


def named(names: str) -> list[Layer]:
    """The layers with these names, in one order: however they were asked for, their tile is the
    same. Raises ValueError where there is none of a name."""
    wanted = set(names.split(","))
    if not wanted <= LAYERS.keys():
        raise ValueError(names)
    return [layer for name, layer in LAYERS.items() if name in wanted]


def kinds(layers: Sequence[Layer]) -> tuple[str, ...]:
    """What a tile of these layers is made of; none where something in it changes all the time."""
    if any(not layer.kinds for layer in layers):
        return ()
    return tuple(sorted({kind for layer in layers for kind in layer.kinds}))


def tag(asking: Asking, layers: Sequence[Layer], version: int) -> str:
    """What a tile is known by, packed or not, of which everything was of this version a moment
    ago."""
    actor = asking.actor
    day = asking.today if any(layer.daily for layer in layers) else None
    seen = actor.townships if actor.townships is None else sorted(actor.townships)
    scope = (seen, sorted(actor.grids), sorted(actor.squads))
    names = [name for name, layer in LAYERS.items() if layer in layers]
    told = (names, asking.tile, version, day, scope)
    return f'W/"{sha256(repr(told).encode()).hexdigest()[:32]}"'


def made(connection: Connection, asking: Asking, layers: Sequence[Layer]) -> bytes:
    """The tile, with all these layers in it."""
    return joined([layer.make(connection, asking) for layer in layers])


def packed(make: Callable[[], bytes]) -> bytes:
    """What it makes with less to send, if that is worth while."""
    tile = make()
    return compress(tile, PACKED, mtime=0) if len(tile) >= PACKED_FROM else tile


def is_packed(tile: bytes) -> bool:
    """No tile begins as what gzip packed."""
    return tile.startswith(GZIP)


@dataclass
class Kept:
    """Tiles of this process by their tags, those longest unasked for forgotten first."""

    most: int = 64_000_000  # bytes, with what each costs beside its own
    _tiles: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def find(self, tag: str) -> bytes | None:
        with self._lock:
            found = self._tiles.get(tag)
            if found is not None:
                self._tiles.move_to_end(tag)
            return found

    def keep(self, tag: str, tile: bytes) -> None:
        with self._lock:
            if tag in self._tiles:
                self._bytes -= _cost(self._tiles.pop(tag))
            self._tiles[tag] = tile
            self._bytes += _cost(tile)
            while self._bytes > self.most:
                self._bytes -= _cost(self._tiles.popitem(last=False)[1])


def _cost(tile: bytes) -> int:
    """An empty one, of which there are very many, is not for nothing either."""
    return len(tile) + 256
