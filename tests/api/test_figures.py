"""Figures at the doors: formulas with their version, tables, and exactly their cases."""

import csv
import io
import json
import sys
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from api import deps
from api.cli import console
from api.cli import figures as command
from layers.access import Actor, Verb
from layers.clock import OFFICE_HOURS, calendar_of, shipped
from layers.figures.rules import CATALOGUE, Cell, Group
from layers.incidents.actions.stepping import Said, step
from maps import theme
from tests.cast import EAST, WEST
from tests.conftest import addresses

BUREAU = Actor("chief", frozenset(Verb))
WEEK = {"since": "2026-11-16", "until": "2026-11-23"}
CALENDAR = calendar_of(shipped(), ZoneInfo("Asia/Shanghai"), OFFICE_HOURS)
DONE = (
    ("file", {"standard": True}), ("dispatch", {"squad": "S1"}), ("accept", {}), ("arrive", {}),
    ("finish", {"photos": ["photo_after"]}), ("close", {"standard": True}),
)  # fmt: skip


@pytest.fixture
def worked(connection: Connection, cast, noon) -> tuple[UUID, UUID]:
    """Two cases of the west, one of the east; each step takes four minutes."""
    made = []
    connection.execute(text("UPDATE squads SET crews = 2"))
    for lon, steps in ((119.905, 6), (119.906, 4), (119.915, 6)):
        made.append(cast.report(lon, 29.705, noon))
        for number, (verb, given) in enumerate(DONE[:steps], 1):
            at = noon + timedelta(minutes=4 * number)
            said = Said(verb, uuid4(), at, **given)
            step(connection, made[-1], said, actor=BUREAU, at=at, calendar=CALENDAR)
    return made[0], made[1]


def cells(group: dict) -> dict[str, dict]:
    return {cell["code"]: cell for cell in group["cells"]}


def test_a_figure_comes_with_its_formula_and_the_version_of_it(client, worked):
    answer = client.get("/api/figures", params={**WEEK, "lang": "en"}).json()

    (all_,) = answer["items"]
    closure = next(each for each in answer["formulas"] if each["code"] == "closure")
    assert (closure["version"], closure["kind"], closure["name"]) == (2, "share", "Closure rate")
    assert closure["formula"].startswith("Closed ÷ due.")
    assert set(closure["parts"]) == set(cells(all_)["closure"]["parts"])
    assert cells(all_)["closure"]["value"] == pytest.approx(2 / 3)
    assert cells(all_)["arrive_order"]["value"] == 8
    assert cells(all_)["satisfaction"]["value"] is None


def test_each_figure_opens_the_list_of_its_cases(client, worked):
    listed = client.get("/api/figures/closure/cases", params={
        **WEEK, "part": "numerator", "by": "township", "key": WEST,
    }).json()  # fmt: skip
    townships = client.get("/api/figures", params={**WEEK, "by": "township"}).json()["items"]

    assert [each["id"] for each in listed["items"]] == [str(worked[0])]
    assert [(each["key"], cells(each)["closure"]["parts"]["numerator"]) for each in townships] == [
        (WEST, 1), (EAST, 1),
    ]  # fmt: skip


def test_lists_come_in_pages(client, worked):
    asked = {**WEEK, "limit": 2}
    first = client.get("/api/figures/closure/cases", params=asked).json()
    rest = client.get("/api/figures/closure/cases", params={**asked, "after": first["next"]}).json()

    assert len({each["id"] for each in first["items"] + rest["items"]}) == 3
    assert rest["next"] is None


def test_the_table_leaves_as_csv_with_the_versions_in_its_heads(client, worked):
    answer = client.get("/api/figures.csv", params={**WEEK, "by": "squad", "lang": "zh"})

    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert answer.headers["content-disposition"].endswith('"figures-2026-11-16-2026-11-23.csv"')
    assert (row["名称"], row["结案率 v2: 应结案"]) == ("西街中队", "3")
    assert float(row["结案率 v2 比率"]) == pytest.approx(2 / 3)
    assert float(row["到场用时（自派遣起） v1 中位数（分钟）"]) == 8


def test_a_report_stands_beside_the_period_before_and_says_what_it_found(client, worked, app, noon):
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(days=7)

    answer = client.get("/api/figures/report", params={"week": "2026-W47", "lang": "en"}).json()

    assert (answer["since"], answer["until"]) == ("2026-11-16", "2026-11-23")
    assert not answer["so_far"]
    assert answer["before"] == {"since": "2026-11-09", "until": "2026-11-16"}
    assert [each["code"] for each in answer["findings"]] == ["on_time"]
    assert answer["findings"][0]["text"] == "Of 3 cases due, 66.7 % were closed on time"
    assert cells(answer["now"])["reported"]["value"] == 3
    assert cells(answer["then"])["reported"]["value"] == 0
    assert [each["name"] for each in answer["squads"]] == ["西街中队"]


def test_a_period_that_is_not_over_ends_today_and_says_so(client, worked):
    asked = {"month": "2026-11", "lang": "en"}
    answer = client.get("/api/figures/report", params=asked).json()

    assert (answer["so_far"], answer["until"]) == (True, "2026-11-17")
    assert answer["before"] == {"since": "2026-10-01", "until": "2026-10-17"}
    assert answer["findings"][0]["text"].startswith("So far, until 2026-11-16: Of 3 cases due")


def test_of_a_period_to_come_it_says_that_it_has_not_begun(client, worked):
    answer = client.get("/api/figures/report", params={"week": "2026-W48", "lang": "en"}).json()

    assert [each["text"] for each in answer["findings"]] == ["The period has not begun"]
    assert not answer["so_far"]


def test_without_a_period_it_is_this_week_so_far(client, worked):
    for path in ("/api/figures", "/api/figures/report"):
        answer = client.get(path).json()

        assert (answer["since"], answer["until"]) == ("2026-11-16", "2026-11-17")


@pytest.mark.usefixtures("western")
def test_figures_end_at_the_own_townships(client, worked):
    (own,) = client.get("/api/figures", params={**WEEK, "by": "township"}).json()["items"]
    foreign = client.get("/api/figures/closure/cases", params={
        **WEEK, "by": "township", "key": EAST,
    }).json()  # fmt: skip

    assert (own["key"], cells(own)["closure"]["parts"]["denominator"]) == (WEST, 2)
    assert foreign["items"] == []


@pytest.mark.parametrize(
    ("path", "asked", "status", "code"),
    [
        ("/closure/cases", {"part": "x"}, 422, "no_part"),
        ("/nonsense/cases", {}, 404, "no_figure"),
        ("/closure/cases", {"key": WEST}, 422, "bad_filter"),
        ("", {"since": "2026-11-16"}, 422, "since_and_until"),
        ("", {"since": "2026-11-16", "until": "2026-11-16"}, 422, "since_after_until"),
        ("", {"since": "2020-11-16", "until": "2026-11-16"}, 422, "period_too_long"),
        ("/report", {"week": "2026-W47", "month": "2026-11"}, 422, "week_or_month"),
        ("/report", {"month": "2026-13"}, 422, "bad_month"),
        ("/report", {"week": "2026-W60"}, 422, "bad_week"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(path, asked, status, code, client, worked):
    answer = client.get(f"/api/figures{path}", params=asked)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_every_figure_and_each_of_its_parts_has_words():
    for language in theme.LANGUAGES:
        words = theme.catalogue(language)
        for code, figure in CATALOGUE.items():
            assert {f"figure.{code}", f"figure.{code}.formula"} <= words.keys()
            own = {f"figure.{code}.{part}" for part in figure.parts if part not in figure.apart}
            assert own | {f"figure.{part}" for part in figure.apart} <= words.keys()


def test_the_map_counts_what_the_figures_count(client, worked):
    """It is drawn from the same rows: two of three were closed on time."""
    days = {"since": "2026-11-16", "until": "2026-11-22", "lang": "en"}

    page = client.get("/maps/closure.html", params=days)

    assert page.status_code == 200
    assert "1 of 3 cases due were not closed on time, in 1 grids" in page.text


# --- Typed --------------------------------------------------------------------------------------


@pytest.fixture
def typed(url, monkeypatch, capsys):
    """The command as it is typed, in this process, on a database without a case."""
    for name, address in addresses(url).items():
        monkeypatch.setenv(name, address)
    console.settings.cache_clear()

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gridpatrol", *words])
        try:
            code = console.run()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    console.settings.cache_clear()


def test_the_figures_of_a_month_are_printed(typed):
    code, told, _ = typed("figures", "--month", "2026-11")
    plain, as_json, _ = typed("figures", "--week", "2026-W47", "--by", "township", "--json")

    assert (code, plain) == (0, 0)
    assert told.splitlines()[0] == "All"
    assert "Closure rate" in told and "due 0" in told
    answer = json.loads(as_json)
    assert (answer["since"], answer["until"], answer["items"]) == ("2026-11-16", "2026-11-23", [])
    assert {each["code"]: each["version"] for each in answer["formulas"]}["closure"] == 2


def test_what_is_no_period_is_one_line(typed):
    assert typed("figures", "--month", "2026-13") == (
        2, "", "There is no month 2026-13. Write it as 2026-11\n",
    )  # fmt: skip


def test_a_figure_is_printed_with_what_it_counts():
    closure, arrive = (CATALOGUE[code] for code in ("closure", "arrive_order"))
    cells = {
        "closure": Cell(closure, {"denominator": 8, "numerator": 6, "no_deadline": 2,
                                  "suspended": 0, "imported": 0}),
        "arrive_order": Cell(arrive, {"denominator": 7}, 14.6, 41.2),
    }  # fmt: skip

    told = "\n".join(command._told([Group("1", "西街", "西街", cells)], None))

    assert "75.0 %  due 8, closed 6, without a deadline 2" in told
    assert "15 / 41 min  arrived 7" in told
