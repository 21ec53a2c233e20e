"""The bench at a tiny size: its words, its table, and that its sides agree. Never a time."""

import json
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from layers import db
from tests.bench import __main__ as command
from tests.bench.bench import Bench, settled
from tests.bench.measure import AnswersDiffer, Figures, Goal, Line, Side, growth, in_turn, same
from tests.bench.table import as_json, table
from tests.bench.town import Amounts, kept
from tests.conftest import app_url, fresh_database

TINY = Amounts("small", points=3_000, fewer_points=300, cells=400, more_cells=900, marks=60,
               positions=200, questions=25, junctions=400, weeks=104, fewer_weeks=12)  # fmt: skip


@pytest.fixture(scope="module")
def bench(cluster, tmp_path_factory):
    url = fresh_database(cluster, "test_bench")
    town = kept("small", tmp_path_factory.mktemp("bench"))
    with settled(url, town) as engine:
        ours = db.connect(app_url(url))
        yield Bench(town, TINY, 1, 0, url, engine, ours, lambda text: None)
        ours.dispose()


@pytest.fixture
def line():
    """Twice and a half as fast as the naive way, where thrice was the goal."""
    sides = {"ours": Figures("ours", [0.2, 0.3, 0.2]), "naive": Figures("loop", [0.6, 0.6, 0.5])}
    return Line("cells", "counts", sides, (Goal(3, "naive"), Goal(0.25), Goal(9, "naive", True)))


@pytest.mark.parametrize("name", command.ROWS)
def test_a_row_runs_and_its_sides_agree(bench, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the naive ways

        with ThreadPoolExecutor(1) as pool:  # in this thread a browser's loop may be running
            lines = pool.submit(list, command.ROWS[name](bench)).result()

    assert lines
    assert all(len(side.values) == 1 for line in lines for side in line.sides.values())
    assert all(goal.against in {"", *line.sides} for line in lines for goal in line.goals)


@pytest.mark.parametrize("name", command.LARGE)
def test_a_row_goes_on_to_ten_times_as_much(bench, name):
    grown = list(command.LARGE[name](bench))

    assert [line.unit for line in grown] == ["exponent"]


def test_all_rows_five_rounds_and_a_table_unless_said():
    wish = command.asked([])

    assert wish == command.Asked(tuple(command.ROWS), 5, large=False, as_json=False)


def test_rows_are_chosen_by_name_and_each_once():
    wish = command.asked(["--only", "page,cells,page", "--rounds", "7", "--large", "--json"])

    assert wish == command.Asked(("page", "cells"), 7, large=True, as_json=True)


@pytest.mark.parametrize(
    "arguments", [["--only", "pages"], ["--rounds", "0"], ["--rounds", "many"], ["--fast"]]
)
def test_what_cannot_be_understood_is_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        command.asked(arguments)

    assert left.value.code == 2
    assert "usage: gridpatrol bench" in capsys.readouterr().err


def test_sides_take_turns_and_only_their_own_work_is_timed():
    told = []
    sides = {
        name: Side(name, lambda n=name: told.append(n), lambda n=name: told.append(f"before {n}"))
        for name in ("ours", "naive")
    }

    taken, _ = in_turn(2, 0, sides)

    assert told == ["before ours", "ours", "before naive", "naive"] * 2
    assert [len(side.values) for side in taken.values()] == [2, 2]


def test_a_quick_side_runs_until_its_turn_is_over():
    runs = []

    taken, _ = in_turn(1, 0.05, {"ours": Side("ours", lambda: runs.append(None))})

    assert len(runs) > 1
    assert taken["ours"].median * len(runs) >= 0.05, "the mean of its turn, which lasted so long"


def test_a_ratio_is_taken_within_each_round(line):
    assert line.ratios("naive").values == pytest.approx([3.0, 2.0, 2.5])


def test_a_goal_is_met_by_the_median(line):
    assert [line.met(goal) for goal in line.goals] == [False, True, False]


def test_time_that_grows_with_the_number_has_the_exponent_one():
    grown = growth("locate", "points", (100, Figures("", [1.0])), (1000, Figures("", [10.0])))

    assert grown.ours.values == pytest.approx([1.0])
    assert grown.met(grown.goals[0])


def test_answers_that_differ_end_the_bench():
    with pytest.raises(AnswersDiffer, match="other squads"):
        same(False, "other squads")


def test_the_table_tells_each_side_with_spread_ratio_goal_and_verdict(line):
    head, rule, row = (
        [cell.strip() for cell in text.strip("|").split("|")] for text in table([line]).splitlines()
    )

    assert dict(zip(head, row, strict=True)) == {
        "what": "counts", "ours": "200 (200-300) ms", "limit": "", "peer": "",
        "naive": "loop 600 (500-600) ms", "ours is better by": "naive 2.5 (2-3)",
        "goal": "naive >= 3; <= 250 ms; aim naive >= 9", "met": "MISSED; met; not reached",
    }  # fmt: skip
    assert set("".join(rule)) == {"-"}


def test_json_holds_every_figure(line):
    told = json.loads(json.dumps(as_json(line)))

    assert told["sides"]["ours"]["values"] == [0.2, 0.3, 0.2]
    assert told["ratios"]["naive"]["median"] == pytest.approx(2.5)
    assert [goal["met"] for goal in told["goals"]] == [False, True, False]
