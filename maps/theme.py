"""The one truth on colour, class limits, symbols and words; page, PNG and style all ask it."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
FONT_FAMILY = "Noto Sans CJK SC"
FONTS = f'"{FONT_FAMILY}", "Microsoft YaHei", "PingFang SC", system-ui, sans-serif'
SIZES = {"small": 12, "text": 14, "body": 16, "title": 20, "display": 28}

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "ground": "#F7F8FA",
        "surface": "#FFFFFF",
        "ink": "#1B2330",
        "quiet": "#556070",
        "line": "#D9DEE5",
        "accent": "#1F5FBF",
        "on-accent": "#FFFFFF",
        "land": "#FBFBF9",
        "water": "#B4D6EC",
        "water-ink": "#3C6E91",
        "green": "#E4EDDA",
        "building": "#E9E5DD",
        "road": "#B9B2A4",
        "grid-line": "#8A94A3",
        "township-line": "#39445A",
        "no-data": "#9AA3AF",
        "counted": "#33415C",
        "state-waiting": "#9A5B00",
        "state-on-the-way": "#1F5FBF",
        "state-on-scene": "#0B7470",
        "state-done": "#5F7367",
        "state-overdue": "#C2232D",
        "squad-fresh": "#1F5FBF",
        "squad-stale": "#6A5A8C",
        "squad-off": "#7A828E",
        "finding": "#B35806",
        "sequence-1": "#E1ECF8",
        "sequence-2": "#AFCDEB",
        "sequence-3": "#72A5D8",
        "sequence-4": "#3873B8",
        "sequence-5": "#163F7D",
        "hot-3": "#A84A00",
        "hot-2": "#E58A22",
        "hot-1": "#FBCF94",
        "hot-0": "#F3F1EE",
        "cold-1": "#CFC8E6",
        "cold-2": "#9384C0",
        "cold-3": "#54278F",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        **LIGHT,
        "ground": "#12171F",
        "surface": "#1B222D",
        "ink": "#E8ECF2",
        "quiet": "#A9B4C2",
        "line": "#364152",
        "accent": "#7FB0F5",
        "on-accent": "#0E1622",
        "land": "#171D26",
        "water": "#1D3A50",
        "water-ink": "#8FBEDD",
        "green": "#1C2B25",
        "building": "#262E39",
        "road": "#5B5F68",
        "grid-line": "#6A7688",
        "township-line": "#C3CCD9",
        "no-data": "#6F7988",
        "counted": "#C9D3E2",
        "state-waiting": "#F0AE45",
        "state-on-the-way": "#7FB0F5",
        "state-on-scene": "#4CC2BB",
        "state-done": "#9DB2A5",
        "state-overdue": "#FF7A7A",
        "squad-fresh": "#7FB0F5",
        "squad-stale": "#B9A8DD",
        "squad-off": "#98A1AE",
        "finding": "#F2A154",
        "sequence-1": "#1B2F4A",
        "sequence-2": "#24507F",
        "sequence-3": "#3A78B8",
        "sequence-4": "#74A9DE",
        "sequence-5": "#C4DDF6",
        "hot-0": "#2A303A",
    }
)

# Glyphs in a box of 24 by 24, as absolute moves and lines: one path for SVG, canvas and PNG.
SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "clock": "M12 6L12 12.5L16 15",
        "arrow": "M6.5 12L17 12M12.5 7.5L17 12L12.5 16.5",
        "pin": "M12 18L7.5 11.5L7.5 8.5L9.5 6.5L14.5 6.5L16.5 8.5L16.5 11.5L12 18M12 9.4L12 10.2",
        "tick": "M6.5 12.5L10.5 16.5L17.5 8",
        "alarm": "M12 5.5L12 13M12 17L12 17.6",
        "squad": "M7 17.5L7 14.5L9 12.5L15 12.5L17 14.5L17 17.5M10 6.5L14 6.5L14 9.5L10 9.5L10 6.5",
        "pause": "M9.5 7L9.5 17M14.5 7L14.5 17",
        "house": "M6 12L12 6.5L18 12M8 11.5L8 17.5L16 17.5L16 11.5",
        "pile": "M7 17L17 17M8.5 13L15.5 13M10 9L14 9",
        "fault-gap": "M7 7L17 7L17 17L7 17L7 7",
        "fault-uncovered": "M17 7L7 7L7 17M17 11.5L17 12.5M11.5 17L12.5 17M16.5 17L17.5 17",
        "fault-overlap": "M6 6L14 6L14 14L6 14L6 6M10 10L18 10L18 18L10 18L10 10",
        "fault-sliver": "M6 15L18 6.5M6 18L18 9.5",
        "fault-outside_township": "M11 7L7 7L7 17L17 17L17 13M12 12L18 6M14 6L18 6L18 10",
        "fault-unknown_township": "M9 9L9 7.5L11 6L13 6L15 7.5L15 9.5L12 12L12 14M12 17L12 17.6",
        "fault-repeated_code": "M7 10L17 10M7 14L17 14",
        "fault-invalid": "M7.5 7.5L16.5 16.5M16.5 7.5L7.5 16.5",
        "fault-multipart": "M6 9L10 9L10 15L6 15L6 9M14 9L18 9L18 15L14 15L14 9",
    }
)

# What a person sees of a state: few pictures for the many codes of the loop.
STATES: Mapping[str, str] = MappingProxyType(
    {
        "reported": "waiting",
        "to_check": "waiting",
        "filed": "waiting",
        "dispatched": "on-the-way",
        "accepted": "on-the-way",
        "on_scene": "on-scene",
        "handling": "on-scene",
        "handled": "done",
        "to_recheck": "done",
        "closed": "done",
        "rejected": "done",
        "merged": "done",
    }
)
STATE_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "overdue": "alarm",
        "waiting": "clock",
        "on-the-way": "arrow",
        "on-scene": "pin",
        "done": "tick",
    }
)
HEAT = ("cold-3", "cold-2", "cold-1", "hot-0", "hot-1", "hot-2", "hot-3")


def word(key: str, language: Language, **values: object) -> str:
    """The catalogue's text for a key with its values filled in; KeyError when there is none."""
    return catalogue(language)[key].format_map({n: _said(v, language) for n, v in values.items()})


def _said(value: object, language: Language) -> object:
    """Several things as a person lists them."""
    if not isinstance(value, list | tuple):
        return value
    return ("、" if language == "zh" else ", ").join(map(str, value))


Wording: TypeAlias = Mapping[str, Mapping[str, str]]
_own: dict[str, Mapping[str, str]] = {}


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Every word of one language by key, in the order of the file; the bureau's own where it has
    one."""
    ours = {key: row[language] for key, row in _read(Path(__file__).with_name("words.csv")).items()}
    own = {key: row[language] for key, row in _own.items() if row[language]}
    return MappingProxyType(ours | own)


def wording(path: Path) -> Wording:
    """A bureau's own words: a table as ours, with the rows that it says otherwise; an empty cell
    leaves ours. ValueError for a row that nothing would say or could not be filled in."""
    ours, found = _read(Path(__file__).with_name("words.csv")), _read(path)
    for key, row in found.items():
        if key not in ours:
            raise ValueError(f"{path}: there is no {key} in maps/words.csv")
        for language in LANGUAGES:
            if row[language] and _blanks(row[language]) != _blanks(ours[key][language]):
                raise ValueError(f"{path}: {key} needs the same {{}} as in maps/words.csv")
    return found


def use(words: Wording) -> None:
    """Say these in place of ours, from here on."""
    _own.clear()
    _own.update(words)
    catalogue.cache_clear()


def _read(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        if not {"key", *LANGUAGES} <= set(table.fieldnames or ()):
            raise ValueError(f"{path}: the columns are key, zh, en")
        return {row["key"]: row for row in table}


def _blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)}


@cache
def css() -> str:
    """The tokens as custom properties; dark by the system's wish or by data-theme on the root."""
    dark = _properties({key: value for key, value in DARK.items() if value != LIGHT[key]})
    sizes = {f"size-{key}": f"{value}px" for key, value in SIZES.items()}
    return (
        f":root{{color-scheme:light dark;--fonts:{FONTS};--corner:6px;"
        f"--shadow:0 1px 6px rgb(16 24 40/.18);{_properties(sizes)}{_properties(LIGHT)}}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=dark]{{{dark}}}"
    )


def _properties(tokens: Mapping[str, str]) -> str:
    return "".join(f"--{key}:{value};" for key, value in tokens.items())


def breaks(values: NDArray[np.float64], classes: int = 5) -> NDArray[np.float64]:
    """Upper limits of at most `classes` natural classes (Fisher-Jenks); NaN is left out.

    Each limit is a value that occurs, so that a legend can print what each class holds.
    Beyond 256 distinct values their quantiles stand for them.
    """
    known = np.sort(values[np.isfinite(values)])
    if known.size and np.unique(known).size > 256:
        places = np.linspace(0, known.size - 1, 256).astype(np.int64)
        known = np.repeat(known[places[1:]], np.diff(places))
    distinct, weights = np.unique(known, return_counts=True)
    if distinct.size <= classes:
        return distinct
    return distinct[_fisher_jenks(distinct, weights.astype(np.float64), classes)]


def _fisher_jenks(
    values: NDArray[np.float64], weights: NDArray[np.float64], classes: int
) -> NDArray[np.int64]:
    """Index of the last value of each class with the least sum of squares within the classes."""
    within = _squares_within(values, weights)
    size = values.size
    cost, cuts = within[0], []
    for _ in range(classes - 1):
        # cost[j]: best cost of 0..j so far; a new class starts at k + 1 and ends at j.
        options = np.full((size, size), np.inf)
        options[:-1] = cost[:-1, None] + within[1:]
        cuts.append(options.argmin(axis=0))
        cost = options.min(axis=0)
    ends = [size - 1]
    for cut in reversed(cuts):
        ends.append(int(cut[ends[-1]]))
    return np.array(ends[::-1])


def _squares_within(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Matrix of the weighted sum of squares of the values i..j about their mean; inf below."""
    sums = [np.concatenate([[0.0], np.cumsum(weights * values**power)]) for power in range(3)]
    count, total, squares = (part[None, 1:] - part[:-1, None] for part in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = squares - total**2 / count
    return np.where(np.tri(values.size, k=-1, dtype=bool), np.inf, np.maximum(spread, 0.0))


def classify(values: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class of each value among upper limits; -1 where there is no value."""
    return np.where(np.isfinite(values), np.searchsorted(limits, values), -1)
