"""What GDAL keeps to itself of an extract of OpenStreetMap: the members of relations, and by which
nodes ways begin and end."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import osmium
from osmium import osm
from osmium.filter import TagFilter

from layers.errors import Invalid

Ends = dict[int, tuple[int, int]]
KINDS = {"n": "node", "w": "way", "r": "relation"}


class Member(NamedTuple):
    role: str
    kind: str
    number: int


@dataclass(frozen=True)
class Relation:
    tags: dict[str, str]
    members: list[Member]


def related(path: Path, kind: str) -> tuple[list[Relation], Ends]:
    """The relations of a type, and the first and last node of each way that is a member of one."""
    try:
        relations = _relations(path, kind)
        named = {one.number for each in relations for one in each.members if one.kind == "way"}
        return relations, _ends(path, named) if named else {}
    except RuntimeError as problem:
        raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem


def _relations(path: Path, kind: str) -> list[Relation]:
    found = osmium.FileProcessor(path, osm.RELATION).with_filter(TagFilter(("type", kind)))
    return [_relation(each) for each in found if isinstance(each, osm.Relation)]


def _relation(found: osm.Relation) -> Relation:
    members = [Member(each.role, KINDS[each.type], each.ref) for each in found.members]
    return Relation(dict(found.tags), members)


def _ends(path: Path, named: set[int]) -> Ends:
    return {
        way.id: (way.nodes[0].ref, way.nodes[-1].ref)
        for way in osmium.FileProcessor(path, osm.WAY)
        if isinstance(way, osm.Way) and way.id in named and len(way.nodes)
    }
