"""What somebody typed is text wherever it comes out again: answer, map, file."""

import csv

import openpyxl
import pytest
from sqlalchemy import text

from api import exports
from api.circumstances import Circumstances
from layers.files import silent, write

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
TYPED = (SCRIPT, FORMULA, "😀" * 4_000, f"{FORMULA}{SCRIPT}{'😀' * 4_000}")


@pytest.fixture
def typed(connection, cast, noon) -> list[str]:
    """A case for each, with its description."""
    cases = [str(cast.report(119.905 + n * 1e-4, 29.705, noon)) for n in range(len(TYPED))]
    said = text("UPDATE incidents SET description = :said, address = :said WHERE id = :id")
    connection.execute(
        said, [{"id": case, "said": t} for case, t in zip(cases, TYPED, strict=True)]
    )
    return cases


def test_the_answer_gives_it_back_as_it_was(client, typed):
    told = [client.get(f"/api/incidents/{case}").json()["description"] for case in typed]

    assert tuple(told) == TYPED


def test_the_map_holds_no_script_of_theirs(client, typed):
    shown = client.get("/maps/incidents.html?since=2026-11-01&until=2026-11-20")

    assert shown.status_code == 200
    assert SCRIPT not in shown.text and "alert(1)</script>" not in shown.text


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_holds_no_formula_of_theirs(
    ending, typed, connection, settings, planner, noon, tmp_path
):
    around = Circumstances(settings, planner, noon, silent)
    file = tmp_path / f"out.{ending}"

    write(file, exports.frame(connection, exports.Wanted("incidents"), around))

    cells = READERS[ending](file)
    begun = [
        cell for cell in cells if cell and str(cell)[0] in "=+-@" and FORMULA[:10] in str(cell)
    ]
    assert begun == []
    assert sum(FORMULA in str(cell) for cell in cells) == 4  # two cases, description and address


def _of_csv(file) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [cell for row in csv.reader(lines) for cell in row]


def _of_xlsx(file) -> list[object]:
    sheet = openpyxl.load_workbook(file).active
    return [cell.value for row in sheet.iter_rows() for cell in row]


READERS = {"csv": _of_csv, "xlsx": _of_xlsx}
