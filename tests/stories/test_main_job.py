"""From files to an approved plan, a map and the nearest squad: the planner's whole way."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner

from api import cluster as clusters
from api.cli import analysis, audit, console, layers  # noqa: F401  (they add their commands)
from data.town import Town, make
from geo.crs import Datum, from_wgs84
from tests.conftest import addresses, fresh_database

Command = Callable[..., str]


@pytest.fixture(scope="module")
def command(cluster: clusters.Cluster) -> Iterator[Command]:
    """The command line on a bureau of its own, empty at first."""
    with pytest.MonkeyPatch.context() as patch:
        url = fresh_database(cluster, "test_story")
        patch.setenv("GRIDPATROL_VAR", str(cluster.folder.parent.parent))
        console.settings.cache_clear()
        migrate(url)
        for name, address in addresses(url).items():
            patch.setenv(name, address)
        yield run
    console.settings.cache_clear()


def migrate(url: str) -> None:
    from layers import migrations

    migrations.upgrade(url)


def run(*words: object) -> str:
    done = CliRunner().invoke(console.app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def counts(answer: str) -> dict[str, int]:
    told = json.loads(answer)
    return {name: told[name] for name in ("total", "new", "changed", "unchanged", "refused")}


@pytest.fixture(scope="module")
def town() -> Town:
    return make("small", until=date(2026, 11, 16))


@pytest.fixture(scope="module")
def files(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bureau's files, each in another of its formats."""
    folder = tmp_path_factory.mktemp("files")
    town.townships.rename(columns={"code": "街道编码", "name": "街道名称"}).to_file(
        folder / "townships.gpkg"
    )
    town.grids.to_crs("EPSG:4549").to_parquet(folder / "grids.parquet")
    cases = town.incidents.tail(3000)
    cases.to_csv(folder / "cases.csv", index=False, encoding="gb18030")
    squads = town.squads.assign(lon=town.squads.geometry.x, lat=town.squads.geometry.y)
    pd.DataFrame(
        squads.drop(
            columns=["geometry", *squads.columns[squads.columns.str.startswith("position")]]
        )
    ).to_excel(folder / "squads.xlsx", index=False)
    return folder


@pytest.fixture(scope="module")
def bureau(command: Command, files: Path) -> dict[str, dict[str, int]]:
    """Everything imported once; what each import said."""
    given = {"townships": "townships.gpkg", "grids": "grids.parquet",
             "incidents": "cases.csv", "squads": "squads.xlsx"}  # fmt: skip
    return {
        layer: counts(command("import", layer, files / name, "--json"))
        for layer, name in given.items()
    }


def test_each_file_goes_in_whole(bureau, town):
    assert bureau["townships"]["new"] == len(town.townships) == 6
    assert bureau["grids"]["new"] == len(town.grids) == 300
    assert bureau["incidents"]["new"] + bureau["incidents"]["refused"] == 3000
    assert bureau["squads"]["new"] == len(town.squads) == 10


def test_the_same_files_again_change_nothing(bureau, command, files):
    for layer, name in (("grids", "grids.parquet"), ("incidents", "cases.csv")):
        again = counts(command("import", layer, files / name, "--json"))

        assert again["unchanged"] == bureau[layer]["new"]
        assert again["new"] == again["changed"] == 0


def test_a_dry_run_keeps_nothing(bureau, command, files, tmp_path):
    moved = gpd.read_parquet(files / "grids.parquet")
    moved["name"] = "改名"
    moved.to_parquet(tmp_path / "moved.parquet")

    dry = counts(command("import", "grids", tmp_path / "moved.parquet", "--dry-run", "--json"))
    wet = counts(command("import", "grids", tmp_path / "moved.parquet", "--dry-run", "--json"))

    assert dry["changed"] == wet["changed"] == 300


def test_the_grids_tile_their_townships(bureau, command):
    check = json.loads(command("partition", "--json"))

    assert check["totals"]["overlap_m2"] < 1
    assert check["totals"]["gap_m2"] < 1
    assert check["kinds"] == {}


def test_a_plan_is_drafted_explained_and_approved(bureau, command, town):
    study = json.loads(command("hotspots", "--as-of", "2026-11-16", "--json"))
    draft = json.loads(command("plan", "--week", "2026-W47", "--json"))
    approved = json.loads(command("plan", "approve", draft["id"], "--json"))
    shown = json.loads(command("plan", "show", draft["id"], "--json"))

    assert study["found"]["hot"] > 0
    assert approved["state"] == "approved"
    assert len(shown["items"]) == 300
    assert sum(row["visits"] for row in shown["items"]) == town.townships["visits_per_week"].sum()
    assert all(row["reasons"] for row in shown["items"] if row["visits"])


def test_the_plan_is_drawn_as_a_page_and_as_a_picture(bureau, command, tmp_path):
    command("plan", "--week", "2026-W47", "--json")
    command("draw", "frequency", tmp_path / "plan.html", "--language", "zh")
    command("draw", "frequency", tmp_path / "plan.png", "--language", "en")

    page = (tmp_path / "plan.html").read_text()
    assert "每周巡查次数" in page
    assert not re.search(r'<(script|link|img|iframe)[^>]+(src|href)="http', page)
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")


def test_reach_is_drawn_with_what_was_found(bureau, command, tmp_path):
    command("draw", "reach", tmp_path / "reach.html", "--language", "zh")

    assert re.search(r"在岗队伍 30 分钟内(都能到|到不了)", (tmp_path / "reach.html").read_text())


def test_the_nearest_squad_is_named_with_its_reason(bureau, command, town):
    home = town.squads[town.squads["on_duty"]].iloc[0]

    answer = json.loads(
        command("nearest", "--lon", home.geometry.x, "--lat", home.geometry.y, "--json")
    )

    assert answer["items"][0]["squad"] == home["code"]
    assert answer["items"][0]["reasons"] == ["home_station"]


def test_what_is_exported_can_be_imported_again(bureau, command, tmp_path):
    command("export", "incidents", tmp_path / "cases.csv", "--where", "source=12345")

    again = counts(command("import", "incidents", tmp_path / "cases.csv", "--json"))

    assert again["total"] == again["unchanged"] > 0


def test_refused_rows_come_back_in_their_own_columns_with_the_reason(bureau, command, tmp_path):
    (tmp_path / "bad.csv").write_text(
        "案件编号,类别,发生时间,经度,纬度,备注\n"
        "A1,占道,2026-11-10 08:30,119.95,29.70,好\n"
        "A2,占道,1900-01-01,119.95,29.70,老\n"
        "A3,占道,2026-11-10 08:30,0,0,零\n"
        "A4,占道,2026-11-10 08:30,29.70,119.95,反\n"
        "A5,占道,,119.95,29.70,空\n"
    )

    said = json.loads(
        command("import", "incidents", tmp_path / "bad.csv", "--errors", tmp_path / "no.csv",
                "--json")
    )  # fmt: skip

    refused = pd.read_csv(tmp_path / "no.csv")
    assert said["refused"] == 4 and said["new"] <= 1
    assert list(refused["案件编号"]) == ["A2", "A3", "A4", "A5"]
    assert list(refused["code"]) == [
        "time_too_early", "zero_coordinates", "axes_swapped", "missing",
    ]  # fmt: skip
    assert refused["reason"].str.len().min() > 3


def test_what_was_done_is_sealed_and_sound(bureau, command):
    verdict = json.loads(command("audit", "verify", "--json"))

    assert verdict["sound"]
    assert verdict["head"]["number"] >= len(bureau)


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp", "parquet", "csv"])
@pytest.mark.parametrize("layer", ["townships", "grids", "squads", "incidents"])
def test_every_layer_leaves_in_every_format_and_comes_back_unchanged(
    bureau, command, tmp_path, layer, ending
):
    command("export", layer, tmp_path / f"all.{ending}")

    if ending != "shp":  # its names and texts are shortened, which is told
        again = counts(command("import", layer, tmp_path / f"all.{ending}", "--json"))
        assert again["unchanged"] == again["total"] > 0


def test_a_bureau_without_cases_exports_an_empty_file(cluster, command, tmp_path):
    command("export", "incidents", tmp_path / "none.csv", "--since", "2030-01-01")

    assert len(pd.read_csv(tmp_path / "none.csv")) == 0


@pytest.mark.parametrize(("moved_to", "suspected"), [("gcj02", ["gcj02"]), ("wgs84", [])])
def test_cases_beside_the_streets_betray_another_datum(
    bureau, command, town, tmp_path, moved_to, suspected
):
    """Phones' maps give GCJ-02, some 500 m off; the file does not say so."""
    command("import", "roads", written(town.roads, tmp_path / "roads.gpkg"))
    cases = town.incidents.head(2000)
    lonlat = from_wgs84(cases[["lon", "lat"]].to_numpy(), Datum(moved_to))
    cases.assign(lon=lonlat[:, 0], lat=lonlat[:, 1]).to_csv(tmp_path / "cases.csv", index=False)

    told = json.loads(
        command("import", "incidents", tmp_path / "cases.csv", "--dry-run", "--json")
    )["warnings"]  # fmt: skip

    assert [w["suspected"] for w in told if w["code"] == "datum_suspected"] == suspected


def written(frame: gpd.GeoDataFrame, path: Path) -> Path:
    frame.to_file(path)
    return path
