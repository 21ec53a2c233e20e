"""Cells into values, a whole column at a time. Each answers the values and what was refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.bool_]
Progress: TypeAlias = Callable[[int, int, str], None]

INTEGER = r"^[+-]?[0-9]+(\.0*)?$"
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
# Excel shows long numbers as 1.23457E+14 and saves them so in a CSV.
ROUNDED = r"^[0-9](\.[0-9]+)?E\+[0-9]+$"
CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
# Our own exports put an apostrophe before text that a spreadsheet would take for a formula.
DISARMED = r"^'([=+\-@\t\r])"
ABSENT = pa.array(["nan", "null", "none", "n/a", "na", "nil", r"\n", "-", "--", "无"])
# Excel and binary fractions both keep whole numbers up to 15 digits exactly.
EXACT = 1e15
TRUE = ("true", "t", "yes", "y", "1", "是", "有")
FALSE = ("false", "f", "no", "n", "0", "否", "无")


def silent(done: int, total: int, stage: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Column:
    """Values by row (missing where refused) and, by code, which rows were refused."""

    values: pa.Array
    refused: dict[str, Mask]


def text(cells: pa.Array) -> pa.Array:
    """Any column as trimmed text; empty is missing; whole numbers have no point."""
    kind = cells.type
    if pa.types.is_floating(kind):
        cells = _float_text(cells)
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        cells = pa.array([None if cell is None else str(cell) for cell in cells.to_pylist()])
    if not pa.types.is_string(cells.type):
        cells = cells.cast(pa.string())
    cells = pc.utf8_trim_whitespace(cells)
    if pc.any(pc.starts_with(cells, "'")).as_py():
        cells = pc.replace_substring_regex(cells, DISARMED, r"\1")
    return pc.if_else(pc.equal(cells, ""), None, cells)


def _float_text(cells: pa.Array) -> pa.Array:
    numbers = cells.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), EXACT))
    digits = pc.if_else(whole, numbers, 0).cast(pa.int64()).cast(pa.string())
    missing = pc.is_nan(numbers)
    return pc.if_else(missing, None, pc.if_else(whole, digits, numbers.cast(pa.string())))


def prose(cells: pa.Array, longest: int | None) -> Column:
    """Text to be kept as it is; letters that no database or page takes are refused."""
    words = text(cells)
    refused = {"control_character": mask(pc.match_substring_regex(words, CONTROL))}
    if longest is not None:
        refused["too_long"] = mask(pc.greater(pc.utf8_length(words), longest))
    return Column(words, refused)


def codes(cells: pa.Array, longest: int | None) -> Column:
    """Codes are text. Numbers that a spreadsheet made of them are taken back if they are whole."""
    column = prose(cells, longest)
    doubtful = mask(pc.match_substring_regex(column.values, ROUNDED))
    if pa.types.is_floating(cells.type):
        doubtful |= ~mask(pc.match_substring_regex(column.values, "^[0-9]*$")) & mask(
            column.values.is_valid()
        )
        return Column(column.values, column.refused | {"code_rounded": doubtful})
    if not doubtful.any():
        return column
    found = column.values.to_numpy(zero_copy_only=False)
    restored = {row: _unrounded(found[row]) for row in np.flatnonzero(doubtful)}
    for row, code in restored.items():
        found[row] = code
        doubtful[row] = code is None
    return Column(pa.array(found, pa.string()), column.refused | {"code_rounded": doubtful})


def _unrounded(shown: str) -> str | None:
    """1.23456789012345E+14 shows all its digits and is a code again; 1.23457E+14 is lost."""
    digits, power = shown.replace(".", "").split("E+")
    return digits if len(digits) == int(power) + 1 else None


def integers(cells: pa.Array) -> Column:
    if pa.types.is_integer(cells.type):
        return Column(cells.cast(pa.int64()), {})
    words = text(cells)
    good = mask(pc.match_substring_regex(words, INTEGER)) & mask(
        pc.less_equal(pc.utf8_length(words), 18)
    )
    whole = pc.replace_substring_regex(_kept(words, good), r"^\+|\.0*$", "")
    return Column(whole.cast(pa.int64()), {"not_an_integer": _present(words) & ~good})


def numbers(cells: pa.Array) -> Column:
    """Finite decimal numbers; NaN counts as missing."""
    if pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
        found = cells.cast(pa.float64(), safe=False)
        endless = mask(pc.is_inf(found))
        return Column(pc.if_else(pc.is_finite(found), found, None), {"not_a_number": endless})
    words = text(cells)
    try:
        found = words.cast(pa.float64())
        good = mask(pc.is_finite(found))
    except pa.ArrowInvalid:
        good = mask(pc.match_substring_regex(words, NUMBER))
        found = pc.replace_substring_regex(_kept(words, good), r"^\+", "").cast(pa.float64())
        good &= mask(pc.is_finite(found))
    return Column(_kept(found, good), {"not_a_number": _present(words) & ~good})


def booleans(cells: pa.Array) -> Column:
    if pa.types.is_boolean(cells.type):
        return Column(cells, {})
    words = pc.utf8_lower(text(cells))
    yes, no = (pc.is_in(words, pa.array(accepted)) for accepted in (TRUE, FALSE))
    known = mask(pc.or_(yes, no))
    return Column(_kept(yes, known), {"not_yes_or_no": _present(words) & ~known})


def _present(words: pa.Array) -> Mask:
    """Where something stands that is not merely a word for nothing."""
    return mask(words.is_valid()) & ~mask(pc.is_in(pc.utf8_lower(words), ABSENT))


def _kept(values: pa.Array, good: Mask) -> pa.Array:
    return pc.if_else(pa.array(good), values, pa.scalar(None, values.type))


def mask(found: pa.Array) -> Mask:
    """A boolean column as numpy, missing as False."""
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)


def restore_leading_zero(given: list[str], known: list[str]) -> dict[str, str]:
    """Codes that match none of `known` but exactly one once leading zeros are left out."""
    whole = set(known)
    bare: dict[str, list[str]] = {}
    for code in whole:
        bare.setdefault(re.sub("^0+", "", code), []).append(code)
    lost = {code: bare.get(re.sub("^0+", "", code), []) for code in set(given) - whole}
    return {code: found[0] for code, found in lost.items() if len(found) == 1}
