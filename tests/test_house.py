"""The rules of the house, as tests: what import-linter and ruff cannot say."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.datastructures import DefaultPlaceholder
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import CheckConstraint

from api.app import ROUTERS
from layers.access import Verb
from layers.db import Table
from layers.incidents import rules

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


def test_no_test_runs_a_loop_where_that_of_a_browser_may_be():
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if path.name != "test_house.py" and re.search(r"\b(asyncio|anyio)\.run\b", path.read_text())
    ]

    assert not found, "tests.conftest.ran"


def test_the_readme_lists_the_rooms_that_there_are():
    layout = (ROOT / "README.md").read_text().split("## Layout", 1)[1]
    named = set(re.findall(r"^([a-z]+)/ ", layout, flags=re.MULTILINE))

    assert named == {*ROOMS, "tests"}


def test_every_state_and_verb_stands_in_the_glossary():
    glossary = (ROOT / "README.md").read_text().split("## Glossary", 1)[1]

    words = STATES | {*Verb} | rules.FLOW.states | {*rules.FLOW.verbs}
    assert {word for word in words if f"`{word}`" not in glossary} == set()


def _states() -> Iterator[str]:
    """The words that the tables allow as states."""
    for table in Table.metadata.tables.values():
        for rule in table.constraints:
            if isinstance(rule, CheckConstraint) and "state in" in str(rule.sqltext):
                yield from re.findall(r"'(\w+)'", str(rule.sqltext))


STATES = set(_states())


def test_every_route_that_answers_in_json_has_an_answer_model():
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]

    assert len(routes) > 20
    assert [r.path for r in routes if _answers_in_json(r) and r.response_model is None] == []


def _answers_in_json(route: APIRoute) -> bool:
    kind = route.response_class
    unsaid = isinstance(kind, DefaultPlaceholder)
    return route.include_in_schema and (unsaid or issubclass(kind, JSONResponse))


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-dev.lock", "maps/web/package-lock.json"]
)
def test_lock_files_hold_no_address(name: str):
    assert not re.search(r"https?://|\"resolved\"", (ROOT / name).read_text())
