"""Roads of OpenStreetMap as squads use them, and the ways on them beside a reference."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.network import Network, build
from geo.roads import Roads, Walking
from geo.turns import UNRESTRICTED, Turns
from layers.errors import Invalid
from layers.files import Reading, read
from layers.places.actions import PLACE_FIELDS
from layers.roads.actions import ROAD_FIELDS, import_roads
from layers.roads.queries import are_of_osm, roads
from layers.roads.rules import Mode, forbidden, passable

OSM2PGROUTING_KMH = {
    "motorway": 130, "trunk": 110, "primary": 90, "secondary": 90, "tertiary": 90,
    "unclassified": 90, "residential": 50, "service": 50, "living_street": 20, "road": 50,
}  # fmt: skip
"""The reference's own speeds (its mapconfig_for_cars.xml); a limit that is tagged wins."""


@pytest.fixture
def extract(tmp_path):
    """A small extract: a node for each number, and a way through some of them for each of tags."""

    def written(*ways):
        nodes = "".join(
            f'<node id="{-n}" lon="{120 + n / 100}" lat="30" version="1"/>' for n in range(1, 9)
        )
        drawn = "".join(
            f'<way id="{number}" version="1"><nd ref="-1"/><nd ref="-2"/><nd ref="-3"/>'
            + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
            + "</way>"
            for number, tags in enumerate(ways, 1)
        )
        file = tmp_path / "town.osm"
        file.write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{drawn}</osm>')
        return file

    return written


def taken(file, fields=ROAD_FIELDS):
    return read(Reading(file), fields)


def said(column):
    return column.astype(object).where(column.notna(), None).tolist()


def test_tags_of_ways_become_roads_in_plain_words(extract):
    found = taken(
        extract(
            {"highway": "primary", "name": "人民路", "maxspeed": "60"},
            {"highway": "motorway_link", "maxspeed": "30 mph", "oneway": "yes"},
            {"highway": "residential", "oneway": "-1"},
            {"highway": "tertiary", "junction": "roundabout", "maxspeed": "walk"},
            {"highway": "service", "access": "private", "foot": "yes"},
            {"highway": "track", "access": "no", "motor_vehicle": "destination"},
            {"highway": "trunk", "oneway": "reversible"},
        )
    ).frame

    assert found["code"].tolist() == list("1234567")
    assert found["class"].tolist()[:2] == ["primary", "motorway_link"]
    assert found["oneway"].tolist() == [False, True, True, True, False, False, False]
    assert found["speed_kmh"].fillna(0).tolist() == [60, 48.3, 0, 0, 0, 0, 0]
    assert said(found["motor"]) == [None, None, None, None, False, True, False]
    assert said(found["foot"]) == [None, None, None, None, True, False, None]
    west, back = found.geometry.iloc[0], found.geometry.iloc[2]
    assert shapely.get_coordinates(back).tolist() == shapely.get_coordinates(west)[::-1].tolist()


def test_what_is_no_road_yet_is_left_out_and_told(extract):
    found = taken(
        extract({"highway": "construction"}, {"highway": "footway"}, {"waterway": "river"})
    )

    assert found.frame["class"].tolist() == ["footway"]
    assert [(note.code, note.values) for note in found.warnings] == [("ways_left_out", {"rows": 1})]


def test_places_of_an_extract_are_its_points(extract):
    assert len(taken(extract({"highway": "primary"}), PLACE_FIELDS).frame) == 0


def test_an_extract_that_is_none_or_damaged_is_refused(tmp_path, extract):
    page, torn = tmp_path / "page.osm", tmp_path / "torn.osm"
    page.write_text("<html></html>")
    torn.write_text(extract({"highway": "primary"}).read_text()[:-40])

    for file in (page, torn):
        with pytest.raises(Invalid):
            taken(file)


def test_an_extract_taken_in_twice_is_taken_in_once(connection, planner, noon, extract):
    file = extract({"highway": "primary"}, {"highway": "service", "motor_vehicle": "no"})

    before = are_of_osm(connection)
    first = import_roads(connection, taken(file), actor=planner, at=noon)
    again = import_roads(connection, taken(file), actor=planner, at=noon)

    assert (first.new, again.unchanged) == (2, 2)
    assert roads(connection)["motor"].tolist() == [None, False]
    assert (before, are_of_osm(connection)) == (False, True)


def test_who_may_use_a_road_follows_from_its_class_where_nothing_is_said():
    given = pd.DataFrame(
        {
            "class": ["primary", "footway", "motorway", "service", "footway", "primary"],
            "oneway": [True, False, True, False, False, False],
            "speed_kmh": [50.0, None, None, None, None, None],
            "motor": [None, None, None, False, True, None],
            "foot": [None, None, None, None, None, False],
        }
    )

    forth, back, kmh = passable(given, Mode.DRIVING)
    on_foot = passable(given, Mode.WALKING)

    assert forth.tolist() == [True, False, True, False, True, True]
    assert back.tolist() == [False, False, False, False, True, True]
    assert kmh[[0, 2, 4]].tolist() == [40, 90, 10]
    assert on_foot[0].tolist() == on_foot[1].tolist() == [True, True, False, True, True, False]


# --- Portland -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Portland:
    """Its roads, and which of its squads the reference found to be the first at each case."""

    roads: pd.DataFrame
    squads: pd.DataFrame
    expected: pd.DataFrame

    def seconds(self, network: Network, walking: Walking) -> np.ndarray:
        """From each squad to each case."""
        froms, tos = (each[["lon", "lat"]].to_numpy() for each in (self.squads, self.expected))
        return Roads(network, walking=walking).table(froms, tos)[0]

    def by_our_rules(self, turns: Turns | None = None) -> Network:
        usual = passable(self.roads, Mode.DRIVING)
        turns = turns or forbidden(self.roads, Mode.DRIVING)
        return build(self.roads.geometry.to_numpy(), *usual, turns)

    @property
    def theirs(self) -> np.ndarray:
        """The row of the reference's winner of each case."""
        return self.squads.reset_index().set_index("squad").loc[
            self.expected["nearest_road"], "index"
        ].to_numpy()  # fmt: skip


@pytest.fixture(scope="module")
def portland(shared) -> Portland:
    told = (pd.read_csv(shared / "ref_nearest_squad" / f"portland_{each}.csv")
            for each in ("squads", "expected"))  # fmt: skip
    extract = shared / "portland_cfs_2016" / "portland-central-filtered.osm.pbf"
    return Portland(taken(extract).frame, *told)


def test_the_nearest_squads_of_portland_are_those_of_the_reference(portland):
    """With the rules of its network: its speeds, no barred roads, nobody walks. It goes from
    junction to junction, we go from where on the road the place is."""
    found = portland.roads
    kinds = found["class"].str.removesuffix("_link")
    allowed = kinds.isin(OSM2PGROUTING_KMH).to_numpy()
    kmh = found["speed_kmh"].fillna(kinds.map(OSM2PGROUTING_KMH)).to_numpy(float)
    network = build(
        found.geometry.to_numpy(), allowed, allowed & ~found["oneway"].to_numpy(bool), kmh
    )

    seconds = portland.seconds(network, Walking(kmh=np.inf))

    late = np.abs(seconds.min(axis=0) - portland.expected["eta_road_s"])
    same = seconds.argmin(axis=0) == portland.theirs
    assert (same | (late <= 30)).mean() >= 0.98
    assert late.median() < 1


def test_by_our_own_rules_the_references_squads_of_portland_are_hardly_later_than_ours(portland):
    """We drive slower than the limit, leave private roads alone, and walk to where no road is: a
    third of the cases lie over 300 m from any. So the first may be another, but not by much."""
    seconds = portland.seconds(portland.by_our_rules(), Walking())

    later = seconds[portland.theirs, np.arange(seconds.shape[1])] - seconds.min(axis=0)
    assert (later == 0).mean() >= 0.85
    assert (later <= 30).mean() >= 0.94


def test_forbidden_turns_of_portland_make_ways_longer_and_cut_nobody_off(portland):
    bound, free = portland.by_our_rules(), portland.by_our_rules(UNRESTRICTED)

    after, before = (portland.seconds(network, Walking()) for network in (bound, free))

    assert (portland.roads["turns"] != "none").sum() == 396
    assert len(bound.barred) > 396
    assert (after > before - 0.01).all()
    assert (after > before + 1).mean() > 0.2
    assert np.array_equal(np.isfinite(after), np.isfinite(before))
