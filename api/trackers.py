"""What phones and trackers say, in the protocols they know: OsmAnd's and OwnTracks'.

OsmAnd's (Traccar) comes as a query or a form, or as the JSON of the current Traccar client; speeds
are knots in the first two and metres a second in the third. OwnTracks' speeds are kilometres an
hour. What else a phone tells of itself, its battery or its driver, is not kept.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from layers.positions.rules import Fix

KNOT, KMH = 1852 / 3600, 1 / 3.6  # metres a second
SECONDS_END = 2**31
"""A number below is seconds since 1970, else milliseconds."""
NOWHERE = math.nan
PING = "p"


@dataclass(frozen=True)
class Said:
    """Who says it, by its token, where it is, None where it does not know, what it calls itself,
    and when it was `still` where it had been: OsmAnd's protocol says that by saying no place."""

    token: str
    fix: Fix | None
    names: frozenset[str] = frozenset()
    still: datetime | None = None


def osmand(given: Mapping[str, str], now: datetime) -> Said:
    """A query or a form. A value that cannot be read makes a fix that is no position: the device is
    answered all the same, or it would send it for ever."""
    token = given.get("id") or given.get("deviceid") or ""
    time = moment(given["timestamp"]) if given.get("timestamp") else now
    where = _where(given)
    if where is None:
        return Said(token, None, still=time)
    fix = Fix(
        time or now, *where, accuracy_m=_measure(given.get("accuracy")),
        speed_ms=_measure(given.get("speed"), KNOT), mock=_is_yes(given.get("mock")),
        valid=time is not None and given.get("valid", "true").lower() in ("true", "1"),
    )  # fmt: skip
    return Said(token, fix)


def osmand_json(given: Mapping[str, object], now: datetime) -> Said:
    """The body of the current Traccar client."""
    token, location = given.get("device_id"), given.get("location")
    token = token if isinstance(token, str) else ""
    if not isinstance(location, Mapping):
        return Said(token, None, still=now)
    time = moment(location["timestamp"]) if location.get("timestamp") is not None else now
    coords = location.get("coords")
    if not isinstance(coords, Mapping):
        return Said(token, None, still=time)
    fix = Fix(
        time or now, _number(coords.get("longitude")), _number(coords.get("latitude")),
        accuracy_m=_measure(coords.get("accuracy")), speed_ms=_measure(coords.get("speed")),
        mock=location.get("mock") is True, valid=time is not None,
    )  # fmt: skip
    return Said(token, fix)


def owntracks(given: Mapping[str, object], token: str, names: Iterable[str] = ()) -> Said:
    """A body of OwnTracks. Whatever is no location is taken and not kept. A ping says anew where
    the phone is, and counts from when it was made. What the phone calls itself is `names`, and user
    and device of its topic, `owntracks/USER/DEVICE`."""
    told = (*names, *str(given.get("topic", "")).split("/")[1:3])
    called = frozenset(name.casefold() for name in told if name)
    if given.get("_type") != "location":
        return Said(token, None, called)
    made = given.get("created_at") if given.get("t") == PING else None
    time = moment(given.get("tst") if made is None else made)
    fix = Fix(
        time or datetime.fromtimestamp(0, UTC), _number(given.get("lon")),
        _number(given.get("lat")), accuracy_m=_measure(given.get("acc")),
        speed_ms=_measure(given.get("vel"), KMH), valid=time is not None,
    )  # fmt: skip
    return Said(token, fix, called)


def moment(said: object) -> datetime | None:
    """A time as trackers write it: a number since 1970, ISO 8601 or `yyyy-MM-dd HH:mm:ss`; without
    a zone it is UTC. None where it is none of them."""
    number = _number(said)
    try:
        if math.isfinite(number):
            seconds = number if number < SECONDS_END else number / 1000
            return datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(str(said))
        # Always as UTC: the database takes no offset of 16 hours and more.
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _where(given: Mapping[str, str]) -> tuple[float, float] | None:
    """Longitude and latitude; None where neither is said, no place where one cannot be read."""
    if "location" in given:
        lat, _, lon = given["location"].partition(",")
    elif "lat" in given or "lon" in given:
        lat, lon = given.get("lat", ""), given.get("lon", "")
    else:
        return None
    return _number(lon), _number(lat)


def _number(said: object) -> float:
    """Not a number where it is none."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return NOWHERE
    try:
        return float(said)
    except (ValueError, OverflowError):
        return NOWHERE


def _measure(said: object, unit: float = 1.0) -> float | None:
    """A length or a speed; below zero is unknown."""
    found = _number(said) * unit
    return found if found >= 0 and math.isfinite(found) else None


def _is_yes(said: str | None) -> bool:
    return said is not None and said.lower() in ("true", "1")
