import numpy as np
import pytest

from maps import sheets
from maps.sheet import CHINA, Fill, Marks
from tests.maps import town


def layer(sheet, key):
    return next(each for each in sheet.layers if each.key == key)


def test_the_title_states_the_finding(grids, townships):
    frame = town.visited(grids).assign(visits=1.0)
    frame.loc[:13, "visits"] = 7.0

    sheet = sheets.frequency(frame, townships, town.about("en"))

    assert sheet.title == "Hexi: 14 grids need daily patrol"


def test_without_a_daily_grid_the_title_says_so(grids, townships):
    sheet = sheets.frequency(town.visited(grids).assign(visits=2.0), townships, town.about("en"))

    assert sheet.title == "Hexi: no grid needs daily patrol, 2 visits a week at most"


def test_the_legend_prints_the_limits_of_each_class_and_the_grids_in_it(grids, townships):
    visits = np.repeat([1.0, 2, 3, 4, 8, 9, 20, np.nan], 27)

    sheet = sheets.frequency(town.visited(grids).assign(visits=visits), townships, town.about("en"))

    looks = [look.label for look in layer(sheet, "frequency").looks]
    assert looks == ["1 (27)", "2 (27)", "3–4 (54)", "8–9 (54)", "20 (27)", "No data"]
    assert layer(sheet, "frequency").looks[-1].pattern == "diagonal"


def test_an_overdue_case_is_shown_as_overdue_whatever_its_state(grids, townships):
    frame = town.incidents(grids, 3).assign(
        state=["filed", "dispatched", "closed"], overdue=[True, False, False]
    )

    marks = layer(sheets.incidents(frame, grids, townships, town.about("en")), "incidents")

    assert [marks.looks[place].label for place in marks.classes] == [
        "Overdue",
        "On the way",
        "Done",
    ]


def test_an_unknown_state_is_an_error(grids, townships):
    frame = town.incidents(grids, 3).assign(state="lost")

    with pytest.raises(KeyError, match="lost"):
        sheets.incidents(frame, grids, townships, town.about("en"))


def test_an_incident_without_a_place_is_not_drawn(grids, townships):
    frame = town.incidents(grids, 5)
    frame.loc[2, "geometry"] = None

    sheet = sheets.incidents(frame, grids, townships, town.about("en"))

    assert len(layer(sheet, "incidents").shapes) == 4
    assert sheet.title.startswith("Hexi: 4 incidents")


def test_cells_that_cannot_be_judged_are_neither_hot_nor_cold(grids, townships):
    frame = (
        town.cells(grids)
        .iloc[:4]
        .assign(**{"class": [3, 3, -2, 0], "insufficient": [False, True, False, False]})
    )

    sheet = sheets.hotspots(frame, townships, town.about("en"))

    assert sheet.title == "Hexi: 1 hot cells, 1 cold cells"
    assert layer(sheet, "hotspots").classes.tolist() == [6, 7, 1, 3]


def test_a_finding_too_small_to_see_is_marked(grids, townships):
    sheet = sheets.partition(town.findings(grids), grids, townships, town.about("en"))

    marks = layer(sheet, "partition")
    assert isinstance(marks, Marks)
    assert sorted(look.label for look in marks.looks) == ["Gap between grids", "Overlap", "Sliver"]
    assert "overlaps 33.9 m2" in sheet.subtitle


def test_a_partition_without_fault_says_so(grids, townships):
    none = town.findings(grids).iloc[:0]

    sheet = sheets.partition(none, grids, townships, town.about("en"))

    assert sheet.title == "Hexi: grids tile the area, no fault found"


def test_a_squad_off_duty_is_shown_as_such_even_with_a_fresh_position(grids, townships):
    frame = (
        town.squads(grids)
        .iloc[:4]
        .assign(on_duty=[True, True, False, True], fresh=[True, False, True, True])
    )

    sheet = sheets.squads(frame, townships, town.about("en"))

    assert layer(sheet, "squads").classes.tolist() == [0, 1, 2, 3]
    assert sheet.title == "Hexi: 3 of 4 squads on duty, 1 without a fresh position"


def test_layers_lie_in_the_order_of_the_design(sheet):
    keys = [each.key for each in sheet.layers]
    order = ["water", "grids", "frequency", "hotspots", "townships", "roads", "township-names"]

    assert [key for key in order if key in keys] == [key for key in keys if key in order]
    assert isinstance(sheet.layers[-1], Marks) or sheet.key in ("frequency", "reach", "closure")
    assert isinstance(sheet.layers[0], Fill)


def test_an_empty_bureau_still_has_a_sheet(grids, townships):
    sheet = sheets.incidents(
        town.incidents(grids, 1).iloc[:0], grids.iloc[:0], townships.iloc[:0], town.about("zh")
    )

    assert sheet.bounds == CHINA


def test_a_grid_without_a_case_due_is_hatched_and_the_classes_are_fixed(grids, townships):
    frame = grids.iloc[:6].assign(due=[0, 4, 10, 10, 20, 5], on_time=[0, 1, 5, 8, 18, 5])

    sheet = sheets.closure(frame, townships, town.about("en"))

    shown = layer(sheet, "closure")
    looks = [shown.looks[place] for place in shown.classes]
    assert [look.label for look in looks] == [
        "No case was due", "0–50 %", "50–70 %", "70–85 %", "85–95 %", "95–100 %",
    ]  # fmt: skip
    assert looks[0].pattern == "diagonal"
    assert shown.numbers == ["", "3", "5", "2", "2", ""]
    assert sheet.title == "Hexi: 12 of 49 cases due were not closed on time, in 4 grids"


@pytest.mark.parametrize(
    ("due", "title"),
    [(0, "Hexi: no case was due"), (2, "Hexi: all 12 cases due were closed on time")],
)
def test_a_title_says_that_all_was_on_time_or_nothing_due(due, title, grids, townships):
    frame = grids.iloc[:6].assign(due=due, on_time=due)

    assert sheets.closure(frame, townships, town.about("en")).title == title


def test_reach_has_fixed_classes_and_says_where_nobody_comes_in_time(grids, townships):
    frame = grids.iloc[:6].assign(seconds=[0, 600, 1800, 1801, 7200, np.inf])

    sheet = sheets.reach(frame, townships, town.about("en"), "now")

    shown = layer(sheet, "reach")
    assert [shown.looks[place].label for place in shown.classes] == [
        "0–10", "0–10", "20–30", "30–60", "over 60", "nobody gets there",
    ]  # fmt: skip
    assert shown.numbers == ["", "", "", "31", "120", ""]
    assert sheet.title == "Hexi: nobody on duty reaches 3 of 6 grids within 30 minutes"


def test_a_title_says_that_somebody_is_everywhere_in_time(grids, townships):
    sheet = sheets.reach(grids.assign(seconds=60), townships, town.about("en"), "now")

    assert sheet.title == "Hexi: somebody on duty reaches each of the 216 grids within 30 minutes"
    assert sheet.subtitle == "now"
