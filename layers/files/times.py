"""Times and dates as people and programs write them.

A time without a zone is the bureau's wall clock. Two rules for the hours when clocks change: a time
that the clock showed twice is its first showing (summer time), a time that it skipped is the moment
it jumped to. Both are counted.

Where every time of a column is midnight, these are dates: midnight as it is written where that is
the bureau's clock or UTC, which is how programs write a plain date; midnight on the bureau's clock
where an offset is written or seconds are counted, for these are moments and stay what they are.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from layers.files.source import Notice
from layers.files.values import ABSENT, Mask, mask, text

DAY = np.timedelta64(1, "D")
NAT = np.datetime64("NaT", "us")
ALONE, UTC = np.timedelta64("NaT", "us"), np.timedelta64(0, "us")
OFFSET = r"(?:[Zz]|(?P<sign>[+-])(?P<h>\d{2})(?::?(?P<m>\d{2}))?)$"
CLOCK = (
    r"(?:[ T]*(?P<h>\d{1,2})[:时](?P<i>\d{1,2})分?:?(?:(?P<s>\d{1,2})(?:\.(?P<f>\d{1,9}))?秒?)?"
    r" ?(?P<half>[AaPp][Mm]|)?)?"
    r" ?(?P<z>Z|z|[+-]\d{2}:?\d{2}|)$"
)
WRITTEN = (
    r"^(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?" + CLOCK,
    r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<h>\d{2})(?P<i>\d{2})(?P<s>\d{2})?)?$",
    r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})" + CLOCK,
)
# Seconds or milliseconds since 1970, between 2001 and 2033; days since 1899-12-30 as Excel counts.
EPOCH_S, EPOCH_MS, SERIAL = r"^1\d{9}$", r"^1\d{12}$", r"^[2-7]\d{4}(\.\d+)?$"
EXCEL_ZERO = np.datetime64("1899-12-30", "us")


@dataclass
class Moments:
    """Times of a column: `wall` as written, `ahead` the written offset where there is one.

    `counted` marks seconds since 1970, of which nobody wrote a clock.
    """

    wall: NDArray[np.datetime64]
    ahead: NDArray[np.timedelta64]
    day: Mask
    counted: Mask
    refused: dict[str, Mask] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    @property
    def zoned(self) -> Mask:
        return ~np.isnat(self.ahead)


def moments(cells: pa.Array, zone: ZoneInfo) -> Moments:
    """Read a column of times. Afterwards `wall` holds UTC, NaT where missing or refused."""
    found = _typed(cells) if pa.types.is_temporal(cells.type) else _written(text(cells))
    _recognise_dates(found, zone)
    _to_utc(found, zone)
    return found


def outside(utc: NDArray[np.datetime64], during: tuple[datetime, datetime]) -> dict[str, Mask]:
    """Times before or after what can be true."""
    first, last = (np.datetime64(int(end.timestamp() * 1e6), "us") for end in during)
    return {"time_too_early": utc < first, "time_too_late": utc > last}


def dates(cells: pa.Array) -> Moments:
    """Read a column of calendar dates; the clock, if any, is left out."""
    found = _typed(cells) if pa.types.is_temporal(cells.type) else _written(text(cells))
    found.wall = found.wall.astype("M8[D]").astype("M8[us]")
    return found


def _typed(cells: pa.Array) -> Moments:
    zone = getattr(cells.type, "tz", None)
    moments = cells.cast(pa.timestamp("us", zone), safe=False)
    wall = _stamps(pc.local_timestamp(moments) if zone else moments)
    ahead = wall - _stamps(moments.cast(pa.timestamp("us"))) if zone else np.full(len(wall), ALONE)
    return _known(wall, ahead, day=np.full(len(wall), pa.types.is_date(cells.type)))


def _stamps(cells: pa.Array) -> NDArray[np.datetime64]:
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype="M8[us]")


def _known(wall: NDArray[np.datetime64], ahead: NDArray[np.timedelta64], day: Mask) -> Moments:
    return Moments(wall, ahead, day, np.zeros(len(wall), dtype=bool))


def _written(words: pa.Array) -> Moments:
    """One form for the whole column is read at once; anything else form by form."""
    for zone in (None, "UTC"):
        with suppress(pa.ArrowInvalid):  # a row is written otherwise, and will be read otherwise
            return _alike(words, zone)
    return _mixed(words)


def _alike(words: pa.Array, zone: str | None) -> Moments:
    utc = _stamps(words.cast(pa.timestamp("us", zone)).cast(pa.timestamp("us")))
    ahead = _offsets(words) if zone else np.full(len(utc), ALONE)
    wall = np.where(np.isnat(ahead), utc, utc + ahead)
    return _known(wall, ahead, day=mask(pc.less_equal(pc.utf8_length(words), 10)))


def _offsets(words: pa.Array) -> NDArray[np.timedelta64]:
    """What each time ends in; there are few different ends."""
    return _ahead(pc.fill_null(pc.utf8_slice_codeunits(words, -6, 2**31 - 1), ""))


def _mixed(words: pa.Array) -> Moments:
    given = mask(words.is_valid()) & ~mask(pc.is_in(pc.utf8_lower(words), ABSENT))
    read = Moments(
        np.full(len(words), NAT),
        np.full(len(words), ALONE),
        np.zeros(len(words), dtype=bool),
        np.zeros(len(words), dtype=bool),
    )
    _numeric(words, read)
    for form in WRITTEN:
        _by_form(words, form, read)
    unsure = read.refused.get("time_ambiguous", np.zeros(len(words), dtype=bool))
    read.refused["time_unreadable"] = given & np.isnat(read.wall) & ~unsure
    return read


def _numeric(words: pa.Array, read: Moments) -> None:
    for form, unit, start in (
        (EPOCH_S, 1_000_000, np.datetime64(0, "us")),
        (EPOCH_MS, 1_000, np.datetime64(0, "us")),
        (SERIAL, 86_400_000_000, EXCEL_ZERO),
    ):
        rows = np.flatnonzero(mask(pc.match_substring_regex(words, form)))
        counted = words.take(pa.array(rows)).cast(pa.float64()).to_numpy()
        # Excel's fraction of a day is exact to the millisecond at best.
        thousandths = np.round(counted * (unit / 1000)).astype(np.int64)
        read.wall[rows] = start + thousandths.astype("m8[ms]")
        if form == SERIAL:
            read.day[rows] = counted == np.floor(counted)
        else:
            read.ahead[rows], read.counted[rows] = UTC, True


def _by_form(words: pa.Array, form: str, read: Moments) -> None:
    """Fill in the rows that are written in this form and are no time yet."""
    open_rows = np.flatnonzero(np.isnat(read.wall))
    parts = pc.extract_regex(words.take(pa.array(open_rows)), form)
    fits = mask(parts.is_valid())
    rows, parts = open_rows[fits], parts.filter(pa.array(fits))
    if not len(rows):
        return
    part = {one.name: pc.struct_field(parts, one.name) for one in parts.type}
    year, month, day = _calendar(part, rows, read)
    clock, right = _clock(part)
    wall = _days(year, month, day) + clock
    right &= ~np.isnat(wall)
    read.wall[rows[right]] = wall[right]
    read.day[rows[right]] = mask(pc.equal(part["h"], ""))[right]
    if "z" in part:
        read.ahead[rows[right]] = _ahead(part["z"])[right]


def _whole(part: pa.Array) -> NDArray[np.int64]:
    digits = pc.if_else(pc.equal(part, ""), "0", part)
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _calendar(
    part: dict[str, pa.Array], rows: NDArray[np.int64], read: Moments
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Year, month, day. 03/04/2024 is told by other rows, where one part is over 12."""
    if "a" not in part:
        return _whole(part["y"]), _whole(part["m"]), _whole(part["d"])
    a, b = _whole(part["a"]), _whole(part["b"])
    day_first, month_first = bool((a > 12).any()), bool((b > 12).any())
    unsure = (a != b) & (day_first == month_first)
    marked = read.refused.setdefault("time_ambiguous", np.zeros(len(read.wall), dtype=bool))
    marked[rows[unsure]] = True
    month, day = (b, a) if day_first else (a, b)
    return _whole(part["y"]), np.where(unsure, 0, month), day


def _days(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.datetime64]:
    """Midnight of each date, NaT for dates that are in no calendar."""
    months = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    found = (months.astype("M8[D]") + (day - 1).astype("m8[D]")).astype("M8[us]")
    right = (month >= 1) & (month <= 12) & (day >= 1) & (found.astype("M8[M]") == months)
    return np.where(right & (year > 0), found, NAT)


def _clock(part: dict[str, pa.Array]) -> tuple[NDArray[np.timedelta64], Mask]:
    hour, minute = _whole(part["h"]), _whole(part["i"])
    second = _whole(part["s"])
    right = (hour < 24) & (minute < 60) & (second < 60)
    if "half" in part:
        halved = mask(pc.not_equal(part["half"], ""))
        evening = mask(pc.equal(pc.utf8_lower(part["half"]), "pm"))
        right &= ~halved | ((hour >= 1) & (hour <= 12))
        hour = np.where(halved, hour % 12 + 12 * evening, hour)
    micro = ((hour * 60 + minute) * 60 + second) * 1_000_000
    if "f" in part:
        micro += _whole(pc.utf8_slice_codeunits(pc.utf8_rpad(part["f"], 6, "0"), 0, 6))
    return micro.astype("m8[us]"), right


def _ahead(zone: pa.Array) -> NDArray[np.timedelta64]:
    """+08:00 and its like as a duration; NaT where nothing is written."""
    named = pc.dictionary_encode(zone)
    named = named.combine_chunks() if isinstance(named, pa.ChunkedArray) else named
    known = [_offset(name) for name in named.dictionary.to_pylist()]
    return np.asarray(np.array(known, dtype="m8[us]")[named.indices.to_numpy()])


def _offset(end: str) -> np.timedelta64:
    found = re.search(OFFSET, end)
    if found is None:
        return ALONE
    hours, minutes = int(found["h"] or 0), int(found["m"] or 0)
    ahead = np.timedelta64((hours * 60 + minutes) * 60_000_000, "us")
    return -ahead if found["sign"] == "-" else ahead


def _recognise_dates(found: Moments, zone: ZoneInfo) -> None:
    """A column in which nobody ever reported at any other time than 00:00 holds dates."""
    there = ~np.isnat(found.wall)
    if not there.any() or found.day[there].all():
        return
    fixed = found.counted | (found.zoned & (found.ahead != UTC))
    if _midnight(found.wall[there & ~fixed]) and _midnight(_clock_of(found, fixed, zone)):
        found.day[there] = True
        found.ahead[~fixed] = ALONE
        found.notices.append(Notice("times_all_midnight", {"rows": int(there.sum())}))


def _midnight(wall: NDArray[np.datetime64]) -> bool:
    return bool((wall == wall.astype("M8[D]")).all())


def _clock_of(found: Moments, some: Mask, zone: ZoneInfo) -> NDArray[np.datetime64]:
    """What the bureau's clock showed at some of the moments."""
    utc = pd.DatetimeIndex(found.wall[some] - found.ahead[some]).tz_localize("UTC")
    return np.asarray(utc.tz_convert(zone).tz_localize(None), dtype="M8[us]")


def _to_utc(found: Moments, zone: ZoneInfo) -> None:
    zoned = found.zoned
    utc = np.where(zoned, found.wall - found.ahead, found.wall)
    bare = np.flatnonzero(~zoned & ~np.isnat(found.wall))
    if len(bare):
        utc[bare], found.notices = _localised(utc[bare], zone, found.notices)
    found.wall = utc


def _localised(
    wall: NDArray[np.datetime64], zone: ZoneInfo, notices: list[Notice]
) -> tuple[NDArray[np.datetime64], list[Notice]]:
    """Wall clock to UTC by the rules in this file's first lines."""
    index = pd.DatetimeIndex(wall)
    strict = index.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    odd = np.flatnonzero(strict.isna())
    utc = strict.tz_convert("UTC").tz_localize(None).to_numpy(dtype="M8[us]", copy=True)
    if not len(odd):
        return utc, notices
    skipped = index[odd].tz_localize(zone, ambiguous=np.ones(len(odd), bool), nonexistent="NaT")
    mended = index[odd].tz_localize(
        zone, ambiguous=np.ones(len(odd), bool), nonexistent="shift_forward"
    )
    utc[odd] = mended.tz_convert("UTC").tz_localize(None).to_numpy(dtype="M8[us]")
    counts: dict[str, object] = {
        "skipped": int(skipped.isna().sum()),
        "twice": int((~skipped.isna()).sum()),
    }
    return utc, [*notices, Notice("clock_changes", counts)]
