"""The style of maps in a browser, against what the tiles have and the theme says."""

import re
from collections.abc import Iterator

import pytest

from api.tiles import LAYERS
from maps.basemap import Base
from maps.style import OVERLAYS, VISITS, Wish, style, visit_classes
from maps.theme import DARK, LIGHT, STATES

TILES = "http://127.0.0.1/tiles/"
FROM_THE_MAP = {"zoom"}


def fields(value: object) -> Iterator[str]:
    """Every property that an expression asks for."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        if value[:1] == ["get"]:
            yield value[1]
        for part in value:
            yield from fields(part)


def layers(**wish) -> list[dict]:
    return style(Wish(TILES, **wish))["layers"]


def test_each_field_that_is_drawn_is_in_its_tiles():
    drawn = [layer for layer in layers() if "source-layer" in layer]

    assert len(drawn) > 10
    for layer in drawn:
        assert set(fields(layer)) <= set(LAYERS[layer["source-layer"]].fields), layer["id"]


def test_each_source_is_asked_for_layers_that_there_are():
    made = style(Wish(TILES))
    urls = [source["url"].removeprefix(TILES).removesuffix(".json").split(",")
            for source in made["sources"].values()]  # fmt: skip

    assert {name for url in urls for name in url} == set(LAYERS)
    for layer in made["layers"][1:]:
        url = made["sources"][layer["source"]]["url"]
        assert layer["source-layer"] in url


def test_nothing_is_fetched_from_elsewhere():
    made = style(Wish(TILES))

    assert not {"glyphs", "sprite"} & set(made)
    assert all(source["url"].startswith(TILES) for source in made["sources"].values())


@pytest.mark.parametrize(("scheme", "ink"), [("light", LIGHT), ("dark", DARK)])
def test_every_colour_is_the_themes(scheme, ink):
    told = repr(layers(scheme=scheme))
    colours = {word for word in told.split("'") if word.startswith("#")}

    assert len(colours) > 15 and colours <= set(ink.values())


def test_the_classes_of_visits_are_in_the_numbers_themselves():
    assert visit_classes([0, 0, 1, 1, 7, 14, 21]) == [1, 2, 8, 15]
    assert visit_classes([1, 3, 3]) == [2]
    assert visit_classes([]) == VISITS


def test_overlays_are_hidden_until_somebody_wishes_them():
    shown = {
        layer["metadata"]["overlay"]: layer["layout"]["visibility"]
        for layer in layers(show=["hotspots"])
        if "metadata" in layer
    }

    assert shown == {name: "visible" if name == "hotspots" else "none" for name in OVERLAYS}


def test_every_state_of_a_case_has_its_look():
    (points,) = [layer for layer in layers() if layer["id"] == "incidents"]
    told = repr(points["layout"]["icon-image"])

    assert all(f"'{state}', 'case-{look}'" in told for state, look in STATES.items())


def test_boundaries_lie_below_roads_and_cases_over_all():
    order = [layer["id"] for layer in layers()]
    wanted = ["land", "water", "frequency", "grid-lines", "township-lines", "roads", "place-names",
              "incidents", "squads"]  # fmt: skip

    assert [name for name in order if name in wanted] == wanted


def test_a_base_map_lies_under_everything():
    first, second, *_ = layers(base=Base("/tiles/base/{z}/{x}/{y}"))

    assert (first["type"], second["type"]) == ("background", "raster")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_of_vector_tiles_is_drawn_in_the_themes_inks_whatever_its_layers_are_called(scheme):
    held = ("water", "transportation", "streets", "places", "our-own-hydrants")
    base = Base("/tiles/base/{z}/{x}/{y}.mvt", 3, 14, held, "OpenStreetMap")

    made = style(Wish(TILES, scheme, base=base))

    source = made["sources"]["base"]
    assert (source["minzoom"], source["maxzoom"], source["attribution"]) == (3, 14, base.source)
    drawn = [layer for layer in made["layers"] if layer.get("source") == "base"]
    assert {layer["source-layer"] for layer in drawn} == set(held)
    assert [layer.get("source") for layer in made["layers"]][1 : len(drawn) + 1] == ["base"] * len(
        drawn
    )
    colours = set(re.findall(r"#[0-9A-F]{6}", repr(drawn)))
    assert colours <= set((LIGHT if scheme == "light" else DARK).values())
