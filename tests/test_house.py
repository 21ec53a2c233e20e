"""The rules of the house, as tests: what import-linter and ruff cannot say."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("geo", "layers", "maps", "data", "api")
SOURCES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "versions" not in path.parts
]
LINES_A_FILE = 400
LINES_A_FUNCTION = 40


def test_the_import_contracts_are_kept():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path):
    text = path.read_text()
    long = [
        f"{function.name}: {_lines(function)}"
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and _lines(function) > LINES_A_FUNCTION
    ]

    assert text.count("\n") <= LINES_A_FILE
    assert not long


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_nobody_commits_below_the_doors():
    found = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] != "api" and ".commit(" in path.read_text()
    ]

    assert not found


def test_the_readme_lists_the_rooms_that_there_are():
    layout = (ROOT / "README.md").read_text().split("## Layout", 1)[1]
    named = set(re.findall(r"^([a-z]+)/ ", layout, flags=re.MULTILINE))

    assert named == {*ROOMS, "tests"}


def test_every_state_and_verb_of_a_plan_stands_in_the_glossary():
    glossary = (ROOT / "README.md").read_text().split("## Glossary", 1)[1]

    assert all(f"`{word}`" in glossary for word in ("draft", "approved", "replaced"))


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-dev.lock", "maps/web/package-lock.json"]
)
def test_lock_files_hold_no_address(name: str):
    assert not re.search(r"https?://|\"resolved\"", (ROOT / name).read_text())
