import csv
import re
import string
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from maps import theme

WORDS = Path(theme.__file__).with_name("words.csv")


def rows():
    with WORDS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_catalogue_is_sorted_and_names_no_key_twice():
    keys = [row["key"] for row in rows()]

    assert keys == sorted(set(keys))


def test_every_word_exists_in_both_languages_with_the_same_values_to_fill_in():
    def blanks(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for row in rows():
        assert row["zh"].strip(), row["key"]
        assert row["en"].strip(), row["key"]
        assert blanks(row["zh"]) == blanks(row["en"]), row["key"]


def test_a_word_is_filled_in_and_an_unknown_key_is_an_error():
    assert theme.word("print.metres", "zh", n=500) == "500 米"
    assert theme.word("print.metres", "en", n=500) == "500 m"
    with pytest.raises(KeyError):
        theme.word("no.such.word", "en")


def test_every_state_has_a_picture_a_colour_and_words_in_both_languages():
    for language in theme.LANGUAGES:
        for state, shown in theme.STATES.items():
            assert theme.word(f"state.{state}", language)
            assert theme.word(f"show.{shown}", language)
            assert theme.STATE_SYMBOLS[shown] in theme.SYMBOLS
            assert f"state-{shown}" in theme.LIGHT


def luminance(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_and_states_have_the_contrast_of_wcag_aa(tokens):
    for ground in ("ground", "surface"):
        for ink in ("ink", "quiet", "accent", *(key for key in tokens if key.startswith("state-"))):
            assert contrast(tokens[ink], tokens[ground]) >= 4.5, (ink, ground)
    assert contrast(tokens["on-accent"], tokens["accent"]) >= 4.5


def test_the_five_shades_of_frequency_only_grow_darker_so_that_grey_print_keeps_their_order():
    shades = [luminance(theme.LIGHT[f"sequence-{step}"]) for step in range(1, 6)]

    assert all(light > 1.3 * dark for light, dark in pairwise(shades))


def test_the_tokens_become_custom_properties_with_a_dark_scheme():
    css = theme.css()

    assert set(re.findall(r"--([a-z0-9-]+):#", css)) == set(theme.LIGHT)
    assert "prefers-color-scheme:dark" in css
    assert css.count("{") == css.count("}")


def test_few_distinct_values_are_each_a_class():
    values = np.array([1.0, 1, 1, 2, 7])

    limits = theme.breaks(values)

    assert limits.tolist() == [1, 2, 7]
    assert theme.classify(values, limits).tolist() == [0, 0, 0, 1, 2]


def test_natural_classes_part_the_values_where_the_gaps_are():
    values = np.array([1.0, 2, 2, 3, 10, 11, 12, 30, 31, 70, 71, 72, 100])

    limits = theme.breaks(values)

    assert limits.tolist() == [3, 12, 31, 72, 100]


def test_natural_classes_are_the_best_of_all_possible_ones():
    values = np.sort(np.random.default_rng(5).gamma(1, 10, 14))

    def loss(ends):
        classes = np.split(values, np.array(ends) + 1)
        return sum(((each - each.mean()) ** 2).sum() for each in classes)

    best = min(combinations(range(13), 4), key=loss)

    assert theme.breaks(values).tolist() == values[[*best, 13]].tolist()


def test_many_distinct_values_still_get_five_classes_that_end_at_the_greatest():
    values = np.random.default_rng(1).gamma(1, 10, 5_000)

    limits = theme.breaks(values)

    assert len(limits) == 5
    assert limits[-1] == values.max()


def test_a_missing_value_has_no_class():
    values = np.array([np.nan, 3.0])

    assert theme.classify(values, theme.breaks(values)).tolist() == [-1, 0]
    assert theme.breaks(np.array([np.nan])).size == 0


def test_several_things_are_listed_as_people_list_them():
    values = {"missing": ["code", "name"], "found": ("a",)}

    told = [theme.word("problem.columns_missing", language, **values) for language in ("zh", "en")]

    assert "code、name" in told[0] and "code, name" in told[1]
    assert "[" not in "".join(told)
