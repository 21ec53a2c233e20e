"""A bureau says things its own way, without a change of the product."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import Settings, from_environment
from maps import theme


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    path = tmp_path / "own.csv"
    monkeypatch.setenv("GRIDPATROL_WORDS", str(path))

    def said(text: str) -> Settings:
        path.write_text(text, encoding="utf-8-sig")
        return from_environment()

    yield said
    theme.use({})


def test_the_bureaus_own_words_are_said_and_ours_where_it_has_none(say):
    ours = theme.word("state.to_check", "en")

    say("key,zh,en\nstate.to_check,待核查,\nstate.to_recheck,待核实,\n")

    assert theme.word("state.to_check", "zh") == "待核查"
    assert theme.word("state.to_check", "en") == ours
    assert "待核查" in theme.catalogue("zh").values()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("key,zh,en\nstate.to_chek,待核查,\n", "there is no state.to_chek"),
        ("key,zh,en\nproblem.photos_wait,请稍后再发,\n", "problem.photos_wait needs the same {}"),
        ("schluessel;zh\n", "the columns are key, zh, en"),
    ],
)  # fmt: skip
def test_words_that_could_not_be_said_are_refused_at_the_start(text, why, say):
    with pytest.raises(ValueError, match=why):
        say(text)
