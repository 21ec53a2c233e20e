"""Turns that an extract of OpenStreetMap forbids to cars, said as roads say them.

https://wiki.openstreetmap.org/wiki/Relation:restriction
"""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

from layers.files.relations import Ends, Relation, related
from layers.files.source import Notice

KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")
"""The most particular word counts; those on other vehicles are not for squads."""
EXEMPT = frozenset({"motorcar", "motor_vehicle", "vehicle"})
TIMED = {"day_on", "day_off", "hour_on", "hour_off", *(f"{key}:conditional" for key in KEYS)}
MEANT = {
    f"no_{turn}": "no"
    for turn in ("left_turn", "right_turn", "straight_on", "u_turn", "entry", "exit")
} | {f"only_{turn}": "only" for turn in ("left_turn", "right_turn", "straight_on", "u_turn")}
SIDES = ("start", "end")


def turns(path: Path, ways: Mapping[int, bool]) -> tuple[dict[int, str], list[Notice]]:
    """By way: `no 12@end;only 13@start`, which way may not follow its end, and which alone its
    start. `ways` are those taken as roads, and whether they are drawn against their direction.

    What holds at certain times only, leads over a way, or names what is no road is left out.
    """
    relations, ends = related(path, "restriction")
    ends = {way: ends[way][::-1] if ways[way] else ends[way] for way in ends.keys() & ways.keys()}
    binding = [each for each in relations if _binds(each.tags)]
    lasting = [each for each in binding if not TIMED & each.tags.keys()]
    said = [_said(each, ends) for each in lasting]
    found: dict[int, str] = {}
    for way, words in (each for one in said for each in one):
        found[way] = f"{found[way]};{words}" if way in found else words
    timed = len(binding) - len(lasting)
    left_out = Notice("turns_left_out", {"rows": timed + said.count([]), "timed": timed})
    return found, [left_out] if left_out.values["rows"] else []


def _binds(tags: Mapping[str, str]) -> bool:
    """Whether it is meant for cars."""
    return bool((_word(tags) or TIMED & tags.keys()) and not EXEMPT & _listed(tags.get("except")))


def _word(tags: Mapping[str, str]) -> str | None:
    return next((tags[key] for key in KEYS if key in tags), None)


def _listed(said: str | None) -> set[str]:
    return {each.strip() for each in (said or "").split(";")}


def _said(relation: Relation, ends: Ends) -> list[tuple[int, str]]:
    """Ways and what is said of each, nothing where it is not clear."""
    one, via, two = (
        [(each.kind, each.number) for each in relation.members if each.role == role]
        for role in ("from", "via", "to")
    )
    meant = MEANT.get(_word(relation.tags) or "")
    clear = len(via) == 1 and via[0][0] == "node" and (meant == "no" or len(one) == len(two) == 1)
    if meant is None or not clear:
        return []
    node = via[0][1]
    found = []
    for (_, way), (_, other) in product(one, two):
        if node not in ends.get(way, ()) or node not in ends.get(other, ()):
            return []
        found += [
            (way, f"{meant} {other}@{side}")
            for side, at in zip(SIDES, ends[way], strict=True)
            if at == node
        ]
    return found
