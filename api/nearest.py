"""Which squads can be at a place soonest: the bureau's squads through the ranking of geo."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from geo.crs import Datum, to_wgs84
from geo.nearest import Candidate, Ranked, Ranking, rank, straight_line
from layers.access import Actor
from layers.errors import Invalid
from layers.matters import queries as matters
from layers.squads import queries as squads

ENGINE = straight_line()
"""Great circle with a detour factor; an engine that knows the roads can take its place."""


@dataclass(frozen=True)
class Found:
    """A ranking at a place (lon, lat on WGS 84), with the squads' names by code."""

    lon: float
    lat: float
    ranking: Ranking
    names: dict[str, str]


def nearest(  # noqa: PLR0913  (a question: who asks, where, on which datum, when, for what)
    connection: Connection,
    actor: Actor,
    place: tuple[float, float],
    datum: Datum,
    at: datetime,
    *,
    matter: str | None = None,
    limit: int = 5,
) -> Found:
    """Squads in the actor's sight, soonest at the place first.

    A `matter` must exist; until jurisdictions are imported every squad is competent for it.
    """
    if not (abs(place[0]) <= 180 and abs(place[1]) <= 90):  # false for nan as well
        raise Invalid("bad_place", lon=place[0], lat=place[1])
    if matter is not None:
        matters.check(connection, matter)
    lon, lat = place if datum is Datum.WGS84 else to_wgs84(np.array([place]), datum)[0].tolist()
    rows = squads.starts(connection, actor, at)
    candidates = [Candidate(code, x, y, age, on_duty) for code, _, on_duty, x, y, age in rows]
    ranking = rank(candidates, (lon, lat), ENGINE, limit)
    return Found(lon, lat, ranking, {row[0]: row[1] for row in rows})


def answer(found: Found) -> dict[str, object]:
    """The answer of the HTTP interface and of the command line's --json."""
    ranking = found.ranking
    return {
        "lon": found.lon,
        "lat": found.lat,
        "items": [_way(one, found) for one in ranking.squads],
        "beyond": [_way(one, found) for one in ranking.beyond],
        "shortfall": ranking.shortfall,
    }


def _way(one: Ranked, found: Found) -> dict[str, object]:
    return {
        "squad": one.code,
        "name": found.names[one.code],
        "seconds": round(one.seconds, 1),
        "metres": round(one.metres, 1),
        "method": found.ranking.method,
        "position_age_s": one.position_age_s,
        "reasons": one.reasons,
    }
