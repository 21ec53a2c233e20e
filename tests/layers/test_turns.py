"""Turns that are forbidden: taken from extracts and files, kept with the roads, and obeyed."""

import numpy as np
import pytest
from geopandas import GeoDataFrame
from osmium import FileProcessor, SimpleWriter
from shapely import MultiLineString

from geo.roads import Roads, Walking
from layers.errors import Invalid
from layers.files import Reading, read
from layers.files.relations import Member, Relation, related
from layers.roads.actions import ROAD_FIELDS, import_roads
from layers.roads.queries import networks, roads
from layers.roads.rules import Mode, Turn, readable, turns

HUB, WEST, NORTH, EAST, FAR = "1", "2", "3", "4", "5"
NODES = {HUB: (0, 0), WEST: (-1, 0), NORTH: (0, 1), EAST: (1, 0), FAR: (9, 9)}
WAYS = {
    "10": ((WEST, HUB), {"highway": "primary"}),
    "11": ((HUB, NORTH), {"highway": "primary"}),
    "12": ((HUB, EAST), {"highway": "primary", "oneway": "-1"}),
    "13": ((NORTH, HUB, EAST), {"highway": "service"}),
    "14": ((HUB, FAR), {"highway": "construction"}),
}


@pytest.fixture
def extract(tmp_path):
    """A crossing of five ways, with relations (tags, (role, kind, number) ...)."""

    def written(*relations):
        nodes = (
            f'<node id="{n}" lon="{120 + x / 100}" lat="{30 + y / 100}" version="1"/>'
            for n, (x, y) in NODES.items()
        )
        ways = (
            f'<way id="{n}" version="1">{"".join(f"<nd ref={at!r}/>" for at in through)}'
            f"{_tags(tags)}</way>"
            for n, (through, tags) in WAYS.items()
        )
        members = (
            "".join(f'<member type="{kind}" ref="{n}" role="{role}"/>' for role, kind, n in each)
            for _, *each in relations
        )
        others = (
            f'<relation id="{n}" version="1">{each}{_tags(tags)}</relation>'
            for n, (each, (tags, *_)) in enumerate(zip(members, relations, strict=True), 1)
        )
        file = tmp_path / "town.osm"
        file.write_text(
            f'<?xml version="1.0"?><osm version="0.6">{"".join((*nodes, *ways, *others))}</osm>'
        )
        return file

    return written


def _tags(tags):
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def restriction(kind, one="10", via=HUB, two="11", **tags):
    said = {"type": "restriction", "restriction": kind} | tags
    return said, ("from", "way", one), ("via", "node", via), ("to", "way", two)


def taken(file):
    checked = read(Reading(file), ROAD_FIELDS)
    said = dict(zip(checked.frame["code"], checked.frame["turns"], strict=True))
    return said, {note.code: note.values for note in checked.warnings}


def test_relations_of_an_extract_become_turns_of_its_roads(extract):
    said, _ = taken(
        extract(
            restriction("no_left_turn"),
            restriction("only_straight_on", "10", HUB, "12"),
            restriction("no_u_turn", "11", NORTH, "11"),
            restriction("no_right_turn", "12", HUB, "11"),
        )
    )

    assert said == {
        "10": "no 11@end;only 12@end",
        "11": "no 11@end",
        "12": "no 11@end",  # drawn against its direction: the way's first node is the road's end
        "13": "none",
    }


def test_what_does_not_bind_cars_is_passed_over_and_what_is_not_clear_is_counted(extract):
    over_a_way = restriction("no_u_turn")[0], ("from", "way", "10"), ("via", "way", "11")
    at_night = restriction("no_left_turn")
    del at_night[0]["restriction"]
    at_night[0]["restriction:conditional"] = "no_left_turn @ (22:00-06:00)"

    said, warnings = taken(
        extract(
            restriction("no_left_turn", **{"except": "psv; motorcar"}),
            ({"type": "restriction", "restriction:hgv": "no_left_turn"}, *at_night[1:]),
            restriction("no_left_turn", day_on="Mo"),
            at_night,
            over_a_way,
            restriction("no_left_turn", via=NORTH),
            restriction("no_left_turn", two="13"),
            restriction("no_left_turn", two="14"),
            restriction("no_left_turn", two="99"),
            restriction("give_way"),
        )
    )

    assert set(said.values()) == {"none"}
    assert warnings["turns_left_out"] == {"rows": 8, "timed": 2}


def test_one_relation_may_shut_a_road_to_several(extract):
    shut = restriction("no_entry", "10", HUB, "11")

    said, warnings = taken(extract((*shut, ("from", "way", "12"))))

    assert (said["10"], said["12"]) == ("no 11@end", "no 11@end")
    assert "turns_left_out" not in warnings


def test_relations_are_read_alike_from_either_kind_of_extract(tmp_path, extract):
    drawn, packed = extract(restriction("no_u_turn"), ({"type": "route"},)), tmp_path / "t.osm.pbf"
    with SimpleWriter(packed) as writer:
        for each in FileProcessor(drawn):
            writer.add(each)

    found, ends = related(packed, "restriction")

    names = Member("from", "way", 10), Member("via", "node", 1), Member("to", "way", 11)
    assert found == [Relation({"type": "restriction", "restriction": "no_u_turn"}, list(names))]
    assert ends == {10: (2, 1), 11: (1, 3)}
    assert related(drawn, "restriction") == (found, ends)


@pytest.mark.parametrize("torn", [b"\x00\x00\x00\x05abc", b"\x00\x00\x00\x02\x08\x01"])
def test_an_extract_whose_relations_cannot_be_read_is_refused(tmp_path, torn):
    file = tmp_path / "town.osm.pbf"
    file.write_bytes(torn)

    with pytest.raises(Invalid):
        related(file, "restriction")


# --- In words ------------------------------------------------------------------------------------


def test_turns_are_said_in_either_language():
    assert turns("no R12; only R 14@start;") == [
        Turn(False, "R12", None),
        Turn(True, "R 14", False),
    ]
    assert turns("禁止R12；只准 R14@终点") == [Turn(False, "R12", None), Turn(True, "R14", True)]
    assert turns("None") == turns("无") == []
    assert not any(map(readable, ["R12", "not R12", "no ", "only@end", "no R12, R13\nR14"]))


# --- Kept and obeyed -----------------------------------------------------------------------------


@pytest.fixture
def take(connection, planner, noon):
    """A crossing, and what is said of the road from the west."""

    def taken_in(said, **more):
        arms = {"W": (WEST, HUB), "N": (HUB, NORTH), "E": (HUB, EAST), "FAR": (NORTH, FAR)}
        drawn = {code: [NODES[n] for n in arm] for code, arm in arms.items()} | more
        lines = [MultiLineString([[_at(*at) for at in arm]]) for arm in drawn.values()]
        columns = {"code": list(drawn), "class": "primary",
                   "turns": [said if code == "W" else None for code in drawn]}  # fmt: skip
        given = GeoDataFrame(columns, geometry=lines, crs=4326)
        return import_roads(connection, given, actor=planner, at=noon)

    return taken_in


def _at(x, y):
    return 120 + x / 100, 30 + y / 100


def _there(connection, mode):
    """Whether one comes from the west to the north."""
    made = networks(roads(connection))[mode]
    engine = Roads(made, walking=Walking(kmh=np.inf, fragment_m=0))
    return bool(np.isfinite(engine(np.array([_at(-0.5, 0)]), np.array(_at(0, 0.5)))[0][0]))


def test_a_forbidden_turn_binds_who_drives_and_nobody_who_walks(connection, take):
    take("no N;no E;no W")

    assert not _there(connection, Mode.DRIVING)
    assert _there(connection, Mode.WALKING)


def test_turns_stay_until_a_file_says_others_or_none(connection, take):
    take("only E@end;no W")

    take(None)
    kept = roads(connection)["turns"].iloc[0]
    take("none")

    assert kept == "only E@end;no W"
    assert _there(connection, Mode.DRIVING)


def test_turns_that_cannot_be_read_are_refused_and_those_into_nowhere_told(take):
    unread, nowhere = take("left forbidden"), take("no N;no X9@end;only E;no W;no FAR")

    assert unread.reasons == [{"code": "not_turns", "field": "turns", "count": 1, "rows": [1]}]
    assert nowhere.warnings == [{"code": "turns_nowhere", "turns": 2, "one": "W", "two": "FAR"}]


def test_a_turn_into_a_road_that_only_nearly_meets_forbids_nothing_and_is_told(take):
    beside = take("no BY", BY=[(5e-4, 0), (0, -1)])

    assert beside.warnings == [{"code": "turns_nowhere", "turns": 1, "one": "W", "two": "BY"}]
