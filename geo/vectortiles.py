"""Vector tiles taken apart and put together, as far as moving them takes: without reading shapes.

A tile is a message of protocol buffers. The points of a shape are told as steps from the one
before, so a shape is moved by its first point alone.
https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from geo import protobuf

NAME, FEATURE, KEY, VALUE, EXTENT, VERSION = 1, 2, 3, 4, 5, 15
TAGS, KIND, GEOMETRY = 2, 3, 4
LAYER = 3
POINT = 1
USUAL_EXTENT = 4096
MOVE_ONE = 1 << 3 | 1
"""The command of a shape that begins, or is, one point."""


def joined(parts: Sequence[tuple[bytes, float, float]]) -> bytes:
    """One tile out of several of one zoom, each moved east and south by a part of a tile's side.

    A point that a tile repeats from its neighbour is left out: that neighbour tells it.
    ValueError where one is no vector tile.
    """
    layers: dict[bytes, _Layer] = {}
    try:
        for tile, east, south in parts:
            for number, content in protobuf.fields(tile):
                if number == LAYER and isinstance(content, bytes):
                    _take(layers, list(protobuf.fields(content)), east, south)
    except (ValueError, IndexError, KeyError, StopIteration) as cut:
        raise ValueError("no vector tile") from cut
    return b"".join(protobuf.told(LAYER, layer.encoded(name)) for name, layer in layers.items())


@dataclass
class _Layer:
    extent: int
    keys: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    features: list[bytes] = field(default_factory=list)

    def encoded(self, name: bytes) -> bytes:
        parts = [
            protobuf.told(VERSION, 2),
            protobuf.told(NAME, name),
            protobuf.told(EXTENT, self.extent),
        ]
        for number, told in ((FEATURE, self.features), (KEY, self.keys), (VALUE, self.values)):
            parts += [protobuf.told(number, each) for each in told]
        return b"".join(parts)


Fields = list[tuple[int, bytes | int]]


def _take(layers: dict[bytes, _Layer], told: Fields, east: float, south: float) -> None:
    """Put what a tile tells of a layer to what others told of it."""
    name = next(protobuf.message(each) for number, each in told if number == NAME)
    extent = next((int(each) for number, each in told if number == EXTENT), USUAL_EXTENT)
    layer = layers.setdefault(name, _Layer(extent))
    first = len(layer.keys), len(layer.values)
    by = round(east * extent), round(south * extent)
    features = [
        list(protobuf.fields(protobuf.message(each))) for number, each in told if number == FEATURE
    ]
    layer.features += [_moved(each, first, by) for each in features if not _beyond(each, extent)]
    layer.keys += [protobuf.message(each) for number, each in told if number == KEY]
    layer.values += [protobuf.message(each) for number, each in told if number == VALUE]


def _moved(feature: Fields, first: tuple[int, int], by: tuple[int, int]) -> bytes:
    """Its words are numbered from `first` on."""
    return b"".join(
        protobuf.told(number, _part(number, each, first, by)) for number, each in feature
    )


def _part(
    number: int, content: bytes | int, first: tuple[int, int], by: tuple[int, int]
) -> bytes | int:
    if number == TAGS:
        tags = protobuf.numbers(protobuf.message(content))
        return b"".join(protobuf.varint(tag + first[i % 2]) for i, tag in enumerate(tags))
    if number == GEOMETRY:
        command, x, y, rest = _start(protobuf.message(content))
        begun = (command, protobuf.zigzag(x + by[0]), protobuf.zigzag(y + by[1]))
        return b"".join(map(protobuf.varint, begun)) + rest
    return content


def _beyond(feature: Fields, extent: int) -> bool:
    """Whether it is a point that lies in another tile."""
    known = dict(feature)
    if known.get(KIND) != POINT:
        return False
    command, x, y, _ = _start(protobuf.message(known[GEOMETRY]))
    return command == MOVE_ONE and not (0 <= x < extent and 0 <= y < extent)


def _start(geometry: bytes) -> tuple[int, int, int, bytes]:
    """The first command, its first point, and the rest as it stands."""
    command, at = protobuf.read(geometry, 0)
    x, at = protobuf.read(geometry, at)
    y, at = protobuf.read(geometry, at)
    return command, protobuf.unzigzag(x), protobuf.unzigzag(y), geometry[at:]
