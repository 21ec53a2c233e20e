"""GET /api/matters: everything that a reporter, a squad and another city's system must know."""

from re import findall

from api import exports
from api.circumstances import Circumstances
from layers.files import silent, write
from tests.conftest import ROOT

SAMPLE = {"file": ("matters.csv", (ROOT / "data" / "matters.csv").read_bytes())}


def test_the_sample_comes_by_upload_and_shows_all_that_is_said(client, work):
    job = work(client, client.post("/api/imports/matters", files=SAMPLE))

    assert (job["result"]["new"], job["result"]["refused"]) == (15, 0)
    cover = client.get("/api/matters/S06").json()
    assert (cover["kind"], cover["class_en"], cover["public"]) == (
        "component", "Public utilities", True,
    )  # fmt: skip
    assert cover["limits"]["arrive"] == {
        "text": "30m", "clock": "continuous", "minutes": 30, "days": None, "own": False,
    }  # fmt: skip
    assert cover["limits"]["simple"] == {
        "text": "4h", "clock": "continuous", "minutes": 240, "days": None, "own": True,
    }  # fmt: skip
    assert cover["limits"]["complex"]["days"] == 15
    told, kind = cover["questions"]
    assert (told["order"], told["variable"], kind["order"], kind["required"]) == (1, False, 2, True)
    assert kind["values"][0] == {"key": "rain", "zh": "雨水", "en": "Storm drain"}


def test_matters_are_listed_by_kind_and_page(client, work):
    work(client, client.post("/api/imports/matters", files=SAMPLE))

    first = client.get("/api/matters?kind=component&offered=true&limit=3").json()
    rest = client.get(f"/api/matters?kind=component&after={first['next']}").json()

    assert [one["code"] for one in first["items"] + rest["items"]] == [
        "S06", "S07", "S11", "S12", "S14",
    ]  # fmt: skip


def test_what_is_on_no_list_is_offered_to_everybody_and_stands_last(client, work):
    work(client, client.post("/api/imports/matters", files=SAMPLE))

    offered = client.get("/api/matters?offered=true").json()["items"]
    page = client.get("/report?lang=en").text

    assert (offered[-1]["name_en"], offered[-1]["class_en"]) == ("Other", "Other")
    assert "Other" not in {one["class_en"] for one in offered[:-1]}  # so it is the last class too
    assert offered[-1]["similar_m"] == 0  # two of them are hardly the same thing
    assert {limit["own"] for limit in offered[-1]["limits"].values()} == {False}
    assert findall(r'name="matter" value="(\w+)"', page)[-1] == offered[-1]["code"]
    assert offered[-1]["questions"][0]["en"] in page


def test_a_matter_that_is_not_there_is_not_found(client):
    answer = client.get("/api/matters/S99")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_matter")


def test_the_list_leaves_as_a_spreadsheet_and_comes_back_unchanged(
    client, work, connection, settings, planner, noon, tmp_path
):
    work(client, client.post("/api/imports/matters", files=SAMPLE))
    around = Circumstances(settings, planner, noon, silent)

    write(tmp_path / "list.xlsx", exports.frame(connection, exports.Wanted("matters"), around))
    with (tmp_path / "list.xlsx").open("rb") as file:
        job = work(client, client.post("/api/imports/matters", files={"file": file}))

    counts = {name: job["result"][name] for name in ("new", "changed", "unchanged", "refused")}
    assert counts == {"new": 0, "changed": 0, "unchanged": 15, "refused": 0}
