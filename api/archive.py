"""A base map in one file beside the server: a PMTiles archive, of pictures or of vector tiles.

https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

import html
import os
import re
import zlib
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from weakref import finalize

import orjson
from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from geo.tiles import Tile
from layers.errors import NotFound, Unready

HEADER = 127  # bytes
STEPS_DOWN = 4
"""Through so many directories, one below the other, a tile may be found."""
READABLE = {TileType.MVT, TileType.PNG, TileType.JPEG, TileType.WEBP}
PACKED = {Compression.NONE, Compression.GZIP}
LARGEST = 2_000_000  # bytes
LARGEST_UNPACKED = 10 * LARGEST
UNREADABLE = (OSError, EOFError, OverflowError, ValueError, KeyError, zlib.error)


class Unfit(Exception):
    """A file of the right kind that is of no use here."""


class Archive:
    """One that was opened. Another file in its place is seen by the next process only."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)
        finalize(self, os.close, self._file)
        self.header: HeaderDict = deserialize_header(self._read(0, HEADER))
        self._directory = lru_cache(64)(self._directory_at)

    @property
    def of_vectors(self) -> bool:
        return self.header["tile_type"] is TileType.MVT

    @property
    def zooms(self) -> tuple[int, int]:
        return self.header["min_zoom"], self.header["max_zoom"]

    @cached_property
    def _described(self) -> Mapping[str, object]:
        content = self._read(self.header["metadata_offset"], self.header["metadata_length"])
        found = orjson.loads(_unpacked(content))
        return found if isinstance(found, dict) else {}

    @property
    def layers(self) -> tuple[str, ...]:
        """What its vector tiles hold, by name."""
        told = self._described.get("vector_layers")
        return tuple(str(each["id"]) for each in told) if isinstance(told, list) else ()

    @property
    def source(self) -> str:
        """From whom it is, in words without marks, however those were written."""
        told = html.unescape(str(self._described.get("attribution") or ""))
        return re.sub(r"<[^>]*>?", "", told).strip()

    def check(self) -> None:
        """Read what every tile of it needs, and the style."""
        kind, packing = self.header["tile_type"], self.header["tile_compression"]
        if kind not in READABLE or packing not in PACKED:
            raise Unfit("its tiles are not png, jpeg, webp or mvt, packed by gzip if at all")
        if not self.layers and self.of_vectors:
            raise Unfit("its metadata names no vector_layers")
        self._directory(self.header["root_offset"], self.header["root_length"])

    def tile(self, tile: Tile) -> bytes:
        """One tile as the file has it."""
        try:
            found = self._find(zxy_to_tileid(tile.z, tile.x, tile.y))
            if found is None:
                raise NotFound("no_base_map_there")
            content = self._read(self.header["tile_data_offset"] + found.offset, found.length)
            packed = self.header["tile_compression"] is Compression.GZIP
            return _unpacked(content) if packed else content
        except UNREADABLE as wrong:
            raise Unready("base_map_away") from wrong

    def _find(self, number: int) -> Entry | None:
        offset, length = self.header["root_offset"], self.header["root_length"]
        for _ in range(STEPS_DOWN):
            entry = find_tile(self._directory(offset, length), number)
            if entry is None or entry.run_length:
                return entry
            offset, length = self.header["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _directory_at(self, offset: int, length: int) -> list[Entry]:
        content = self._read(offset, length)
        _unpacked(content, LARGEST)  # deserialize_directory unpacks whatever it is given
        return deserialize_directory(content)

    def _read(self, offset: int, length: int) -> bytes:
        if length > LARGEST:
            raise ValueError("larger than any part of a map")
        content = os.pread(self._file, length, offset)
        if len(content) < length:
            raise EOFError("cut off")
        return content


def _unpacked(content: bytes, most: int = LARGEST_UNPACKED) -> bytes:
    """What gzip packed; ValueError where that is more than any part of a map."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    found = unpacking.decompress(content, most)
    if not unpacking.eof:
        raise ValueError("cut off, or larger than any part of a map")
    return found


@cache
def opened(path: Path) -> Archive:
    """The archive in a file; ValueError says what is wrong with it."""
    try:
        found = Archive(path)
        found.check()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except SpecVersionUnsupported:
        raise ValueError("a PMTiles file of another version than 3: convert it") from None
    except Unfit as why:
        raise ValueError(str(why)) from None
    except (MagicNumberNotFound, TypeError, *UNREADABLE) as wrong:
        raise ValueError("not a PMTiles file that can be read here") from wrong
    return found
