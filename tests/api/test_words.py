"""Every code that a person may meet has its words in both languages, and no gap stays open."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import imports
from api.errors import HTTP_CODES
from api.jobs import WORK
from data import matters
from layers.enquiries.rules import Channel
from layers.incidents.rules import FLOW
from maps import theme
from tests.conftest import ROOT

REFUSALS = {
    "NotFound", "Conflict", "Forbidden", "Invalid", "Unrecognised", "TooSoon", "Unready", "Refused",
}  # fmt: skip
SOURCES = [path for room in ("layers", "api") for path in sorted((ROOT / room).rglob("*.py"))]
WORDS_IN_SCRIPTS = re.compile(r"""\bword\((["'])([a-z_.]+)\1""")
WORDS_IN_PAGES = re.compile(r"""words\["([a-z_.]+)"\]""")


def raised() -> Iterator[tuple[str, frozenset[str]]]:
    """Each code with the values that come with it, from the source."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            at = 0 if name in REFUSALS else 2 if name == "problem" else None
            if at is None or len(call.args) <= at or not isinstance(call.args[at], ast.Constant):
                continue
            given = frozenset(keyword.arg for keyword in call.keywords if keyword.arg)
            yield str(call.args[at].value), given


RAISED = sorted(set(raised()), key=lambda pair: (pair[0], sorted(pair[1])))


@pytest.mark.parametrize(("code", "given"), RAISED, ids=[code for code, _ in RAISED])
def test_every_refusal_has_words_whose_gaps_it_fills(code, given):
    for language in theme.LANGUAGES:
        text = theme.catalogue(language)[f"problem.{code}"]

        assert set(re.findall(r"\{(\w+)\}", text)) <= given


def test_the_refusals_were_found():
    codes = {code for code, _ in RAISED}

    assert {"no_grid", "may_not", "plan_not_draft", "wrong_host", "database_away"} <= codes


@pytest.mark.parametrize("layer", imports.LAYERS)
def test_every_column_of_a_file_has_a_name_in_words(layer):
    columns = {f"column.{field.name}" for field in imports.LAYERS[layer](imports.EARLIEST)}

    assert [columns - theme.catalogue(language).keys() for language in theme.LANGUAGES] == [
        set()
    ] * 2


@pytest.mark.parametrize("code", [*HTTP_CODES.values(), "refused", "malformed", "defect"])
def test_refusals_of_the_web_itself_have_words(code):
    assert all(f"problem.{code}" in theme.catalogue(language) for language in theme.LANGUAGES)


@pytest.mark.parametrize("path", sorted((ROOT / "maps/web").rglob("*.[jh]*")), ids=lambda p: p.name)
def test_every_word_of_a_page_is_in_the_catalogue(path: Path):
    text = path.read_text()
    keys = [key for _, key in WORDS_IN_SCRIPTS.findall(text)] + WORDS_IN_PAGES.findall(text)

    assert not [key for key in keys if key not in theme.catalogue("zh")]


def test_both_languages_have_the_same_gaps():
    zh, en = theme.catalogue("zh"), theme.catalogue("en")
    gaps = {key: (set(re.findall(r"\{(\w+)\}", zh[key])), set(re.findall(r"\{(\w+)\}", en[key])))
            for key in zh}  # fmt: skip

    assert not {key: pair for key, pair in gaps.items() if pair[0] != pair[1]}


def noted() -> Iterator[str]:
    """The words for what the journal is told of: what was done, and to what kind of thing."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            said = {"note": ((1, "verb"), (2, "kind")), "noted": ((1, "kind"),)}.get(name, ())
            for at, what in said:
                if len(call.args) > at and isinstance(call.args[at], ast.Constant):
                    yield f"journal.{what}.{call.args[at].value}"


def test_everything_that_the_journal_tells_has_words():
    steps = {f"journal.verb.{step.verb}" for step in FLOW.steps}
    missing = {key for key in {*noted(), *steps} if key not in theme.catalogue("zh")}

    assert len(set(noted())) > 30
    assert not missing


def test_every_job_and_every_source_of_a_case_has_a_name():
    named = theme.catalogue("zh").keys() & theme.catalogue("en").keys()
    own = {"staff", "grid_worker", "import"}

    assert {f"job.{name}" for name in WORK} <= named
    assert {f"cases.from.{name}" for name in own | {*matters.SOURCES} - {*Channel}} <= named
    assert {f"enquiry.channel.{channel}" for channel in Channel} <= named
