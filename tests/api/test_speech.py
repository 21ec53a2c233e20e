"""The command line in Chinese and English: help, refusals, and who chooses."""

import re
import sys
from collections.abc import Iterator

import pytest
from shapely import Point
from typer.core import TyperGroup
from typer.main import get_group

from api import imports
from api.cli import analysis, audit, console, demo, figures, speech
from geo import partition
from geo.partition import Finding
from layers.figures.rules import Cell, figure
from layers.journal.rules import Fault, Head, Kind, Verdict
from maps import theme

NAMES = ("GRIDPATROL_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def unset(monkeypatch) -> Iterator[None]:
    """Nothing says which language; afterwards the others' tests speak English."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    yield
    speech.choose([])


def helps(language: theme.Language) -> dict[str, str]:
    """Each command and option that can be seen, and what its help says."""
    speech.choose(["--lang", language])
    found = {}
    for path, command in speech.commands(speech.spoken(get_group(console.app))):
        found[" ".join(path)] = command.help or ""
        for option in command.params:
            if getattr(option, "help", None) and not getattr(option, "hidden", False):
                found[" ".join((*path, str(option.name)))] = option.help
    return found


def run(monkeypatch, capsys, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["gridpatrol", *words])
    try:
        code = console.run()
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_every_command_and_option_has_help_in_both_tongues(monkeypatch, capsys):
    run(monkeypatch, capsys, "--help")  # the commands are there with the first run

    zh, en = helps("zh"), helps("en")

    assert len(zh) > 100
    assert zh.keys() == en.keys()
    assert not [name for name in zh if not zh[name].strip() or zh[name] == en[name]]


@pytest.mark.parametrize("language", theme.LANGUAGES)
def test_every_command_has_an_example_of_itself(language, monkeypatch, capsys):
    run(monkeypatch, capsys, "--help")  # the commands are there with the first run
    speech.choose(["--lang", language])

    helps = {
        " ".join(("gridpatrol", *path)): command.help or ""
        for path, command in speech.commands(speech.spoken(get_group(console.app)))
        if not isinstance(command, TyperGroup) or command.invoke_without_command
    }

    assert len(helps) > 30
    assert not [name for name, said in helps.items() if name not in said]


@pytest.mark.parametrize(
    ("typed", "said", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "GRIDPATROL_LANG": "zh"}, "zh"),
        (["--lang=en"], {"GRIDPATROL_LANG": "zh"}, "en"),
        (["plan", "--lang", "zh"], {}, "zh"),
    ],
)
def test_the_option_wins_then_the_setting_then_the_locale(typed, said, expected, monkeypatch):
    for name, value in said.items():
        monkeypatch.setenv(name, value)

    rest = speech.choose(typed)

    assert speech.language() == expected
    assert rest == [word for word in typed if word == "plan"]


def test_help_and_refusals_are_in_chinese_where_it_is_asked_for(monkeypatch, capsys):
    code, told, _ = run(monkeypatch, capsys, "plan", "--help", "--lang", "zh")
    refused, _, why = run(monkeypatch, capsys, "draw", "squads", "map.gif", "--lang", "zh")

    assert (code, refused) == (0, 1)
    assert "制定、查看和批准巡查计划" in told and "选项" in told and "显示帮助后退出" in told
    assert "不认识文件 map.gif 的类型" in why


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("plan show", "缺少参数 ID。"),
        ("nearest --lon 3", "缺少选项 --lat。"),
        ("nearest --lat x --lon 3", "--lat 的值不对：请写数字"),
        ("plan show x", "ID 的值不对：请写整数"),
        ("nearest --lon 1 --lat 2 --datum x", "可写 'wgs84', 'cgcs2000', 'gcj02', 'bd09'"),
        ("plan --wek 3", "没有选项 --wek，是不是 --week？"),
        ("plan --week", "选项 --week 要带一个值。"),
        ("plan --json=3", "选项 --json 后面不带值。"),
        ("plan approve 1 2", "多出的参数：2"),
        ("frob", "没有命令 'frob'。"),
    ],
)
def test_whoever_mistypes_is_told_in_chinese_where_it_is_asked_for(
    typed, told, monkeypatch, capsys
):
    code, out, err = run(monkeypatch, capsys, *typed.split(), "--lang", "zh")

    assert (code, out) == (console.MISUSED, "")
    assert told in err.splitlines()[-1] and err.splitlines()[-1].startswith("错误：")
    assert not {"Usage", "Try", "Error", "[OPTIONS]"} & set(err.replace(":", " ").split())


def test_the_columns_of_each_layer_are_told_with_their_chinese_names(monkeypatch, capsys):
    zh, en = (run(monkeypatch, capsys, "import", "--help", "--lang", language)[1]
              for language in ("zh", "en"))  # fmt: skip

    assert "code*（网格编码）" in zh and "带 * 的必填" in zh
    assert "code*, name, township" in en and "* is needed" in en


def test_the_program_is_called_as_it_is_typed_and_tells_of_its_checks(monkeypatch, capsys):
    _, told, _ = run(monkeypatch, capsys, "--help")

    assert "Usage: gridpatrol " in told
    assert {"test", "check", "bench"} <= {said.rstrip(".,") for said in told.split()}


def test_what_a_command_did_is_told_in_chinese_where_it_is_asked_for():
    speech.choose(["--lang", "zh"])
    broken = Verdict(Head(0, "00"), Fault(Kind.REMOVED, 3, 7), 0, None)

    assert next(audit._told(broken)) == "已损坏：封条 3 的第 7 行 已被删除"


def test_the_state_of_a_plan_is_told_in_chinese_where_it_is_asked_for():
    speech.choose(["--lang", "zh"])
    sums = {"visits": 1, "capacity": 1, "expected": 1.0, "met": 1.0}
    made = {"id": 3, "week": "2026-W49", "state": "approved", "parameters": sums}

    assert next(analysis._summary(made)) == "计划 3，2026-W49：已批准"


def test_results_of_the_main_job_are_told_in_chinese_where_it_is_asked_for():
    speech.choose(["--lang", "zh"])
    made = dict.fromkeys(
        ("townships", "grids", "squads", "squads_on_duty", "incidents", "hotspot_run",
         "hot_cells", "plan", "plan_week", "visits"), 7,
    )  # fmt: skip
    minutes = Cell(figure("arrive_order"), {"denominator": 3}, 18, 29)
    overlap = Finding(partition.Kind.OVERLAP, "A1", "A2", 1234.5, Point())

    told = [*demo._made({**made, "plan_state": "draft"}), figures._value(minutes),
            analysis._area("gap_m2", 12), analysis._finding(overlap)]  # fmt: skip

    assert told[10:] == [
        "计划状态：草案", "18 / 29 分钟", "缝隙面积：12.00 平方米",
        "  重叠 A1 A2（1,234.50 平方米）",
    ]  # fmt: skip
    assert not re.search("[a-z]", "".join(told))


def test_a_refused_row_names_its_column_in_the_language_asked_for():
    assert imports.reason("missing", "occurred_at", "zh") == "发生时间: 必填项为空"
    assert imports.reason("missing", "occurred_at", "en") == "Occurred: A required value is missing"
    assert imports.reason("row_broken", "", "zh") == "这一行的列数与表头不符"


def test_columns_that_are_not_paired_are_told_with_how_to_pair_them(monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "import", "grids", "a.csv", "--columns", "编号")

    assert code == console.MISUSED
    assert "编号 does not say which column is which: write ours=theirs" in err


def test_a_stage_of_unknown_length_is_told_once(capsys):
    progress = console.Progress()

    for _ in range(9):
        progress(0, 0, "check")
    progress(5, 5, "check")

    told = [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert told == ["Checking ...", "Checking: 5 of 5"]


@pytest.mark.parametrize(
    ("typed", "named", "code", "told"),
    [
        ("serve --port 99999", {}, console.MISUSED, "--port 的值不对：最大为 65535"),
        ("serve --workers 0", {}, console.MISUSED, "--workers 的值不对：最小为 1"),
        ("db restore /no/such.dump", {}, console.FAILED, "找不到 /no/such.dump：请检查路径"),
        ("db status", {"GRIDPATROL_VAR": "/dev/null/x"}, console.FAILED, "上一级不是文件夹"),
        ("db status", {"GRIDPATROL_TIMEZONE": "Asia/Nix"}, console.FAILED,
         "GRIDPATROL_TIMEZONE 的值 Asia/Nix 无效：not a time zone"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_on_this_machine_is_one_sentence(
    typed, named, code, told, monkeypatch, capsys
):
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    console.settings.cache_clear()

    ended, out, err = run(monkeypatch, capsys, *typed.split(), "--lang", "zh")

    console.settings.cache_clear()
    assert (ended, out) == (code, "")
    assert told in err.splitlines()[-1] and "Errno" not in err


def test_a_language_that_there_is_not_is_refused(monkeypatch, capsys):
    assert run(monkeypatch, capsys, "--lang", "fr", "plan")[0] == console.MISUSED
