import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo.tiles import DEEPEST, Tile

TO_MERCATOR = Transformer.from_crs(4326, 3857, always_xy=True)
tiles = st.integers(0, DEEPEST - 1).flatmap(
    lambda z: st.builds(Tile, st.just(z), *[st.integers(0, (1 << z) - 1)] * 2)
)


@given(tiles)
def test_both_systems_show_the_same_part_of_the_world(tile: Tile):
    west, south, east, north = tile.lonlat()

    corners = (*TO_MERCATOR.transform(west, south), *TO_MERCATOR.transform(east, north))
    assert corners == pytest.approx(tile.mercator(), abs=1e-6)


@given(tiles)
def test_four_tiles_of_the_next_zoom_cover_one_without_gap_or_overlap(tile: Tile):
    z, x, y = tile.z + 1, 2 * tile.x, 2 * tile.y
    nw, ne, sw, se = (Tile(z, x + i, y + j).lonlat() for j in (0, 1) for i in (0, 1))

    west, south, east, north = tile.lonlat()
    assert (nw[0], nw[3], se[2], se[1]) == (west, north, east, south)
    assert (nw[2], nw[1]) == (ne[0], sw[3]) == (se[0], se[3])


@pytest.mark.parametrize("place", [(-1, 0, 0), (0, 1, 0), (3, 0, 8), (3, -1, 0), (23, 0, 0)])
def test_there_is_no_tile_beyond_the_world(place):
    with pytest.raises(ValueError, match="no tile"):
        Tile(*place)
