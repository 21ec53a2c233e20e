from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import shapely
from PIL import Image

from maps import image, ink, plot, sheets
from maps.sheet import Fill, Labels, Look, Marks, Sheet
from tests.maps import town


@pytest.fixture
def language():
    return "zh"


def pixels(png):
    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_every_map_is_a_landscape_page_of_its_size(sheet):
    shown = pixels(image.render(sheet, size=(11.69, 8.27), dpi=60))

    assert shown.shape[:2] == (496, 701)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize("wide", [220, 518])
def test_a_map_for_a_page_is_as_wide_as_its_place_and_has_its_legend_below(sheet, wide):
    shown = pixels(image.render_for_screen(sheet, wide, dpi=72))

    high, across = shown.shape[:2]
    dark = shown.sum(axis=2) < 300
    assert across == wide < 2 * high
    assert dark[-high // 4 :, : across // 2].sum() > 20, "the legend"
    assert not dark[:, -8:].any() and not dark[-4:].any(), "nothing is cut"


def test_the_darker_the_class_the_darker_its_grey(grids, townships):
    southern_half = np.arange(len(grids)) < 108
    greys = []

    for south, north in [(1.0, 9.0), (9.0, 1.0)]:
        frame = town.visited(grids).assign(visits=np.where(southern_half, south, north))
        shown = pixels(image.render(sheets.frequency(frame, townships, town.about()), dpi=60))
        greys.append(shown[330:400, 100:400].mean())

    assert greys[1] < greys[0] - 80


def test_two_threads_draw_the_same_as_one(grids, townships):
    drawn = [town.sheet(name, town.about(), grids, townships) for name in ("squads", "hotspots")]
    alone = [image.render(each, dpi=60) for each in drawn]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda each: image.render(each, dpi=60), drawn * 3))

    assert together == alone * 3


def test_the_scale_is_right_at_the_latitude_of_the_map():
    frame = ink.fitted((117.0, 59.9, 117.1, 60.1), 600, 600)

    across = np.diff(frame.placed(np.array([[117.0, 60.0], [117.1, 60.0]])), axis=0)[0, 0]

    assert across * frame.metres_per_point == pytest.approx(0.1 * 111_195 / 2, rel=0.003)


def test_points_that_would_overlap_are_counted_and_the_counts_add_up(grids, townships):
    sheet = town.sheet("incidents", town.about(), grids, townships)
    marks = next(each for each in sheet.layers if isinstance(each, Marks))

    centres, radii, members = plot.grouped(marks, ink.fitted(sheet.bounds, 600, 400))

    assert sorted(np.concatenate(members).tolist()) == list(range(900))
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() >= 2 * radii.max() - 0.01


def test_a_title_wider_than_the_page_is_broken_or_shrunk():
    assert ink.wrapped("on duty, shown at its last place", 10, 90) == [
        "on duty, shown",
        "at its last",
        "place",
    ]
    assert ink.wrapped("数字圆圈表示件数", 10, 45) == ["数字圆圈", "表示件数"]


GRID = shapely.box(117, 31, 117.02, 31.01)
NONE = np.zeros(1, dtype=np.int64)


def drawn(*layers):
    return pixels(image.render(Sheet("frequency", "", "", town.about(), layers), dpi=72))


def area(key, shape, colour, **more):
    return Fill("", np.array([shape]), NONE, [Look("", colour)], key=key, **more)


def test_the_banks_of_a_river_are_seen_through_a_filled_grid():
    river = area("water", shapely.box(117.002, 31.004, 117.018, 31.006), "water", outline="water")
    grid = area("frequency", GRID, "sequence-1", outline="grid")

    def darkest(shown):
        return shown[260:380, 336].sum(axis=1).min()

    assert darkest(drawn(river, grid)) < darkest(drawn(grid)) - 100


def test_the_number_of_a_grid_goes_before_the_name_of_a_place_on_it():
    grid = area("frequency", GRID, "sequence-1", numbers=["88"])
    place = Labels("", np.array([GRID.centroid]), ["很长的地名"], rank=1)

    bare, alone, both = drawn(replace(grid, numbers=None)), drawn(grid), drawn(grid, place)

    number = np.argwhere((bare != alone).any(axis=2))
    name = np.argwhere((alone != both).any(axis=2))
    assert name[:, 0].min() > number[:, 0].max(), "the name stands below the number"


def test_a_letter_that_the_typeface_does_not_have_is_drawn_as_a_square():
    titled = [Sheet("frequency", title, "", town.about(), ()) for title in ("井盖😀", "井盖□")]

    strange, square = (pixels(image.render(sheet, dpi=72)) for sheet in titled)

    assert (strange == square).all()
