"""Which squads can be at a place soonest: the bureau's squads through the ranking of geo."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from api.circumstances import Circumstances
from api.ways import judged
from geo.crs import Datum, to_wgs84
from geo.nearest import Candidate, Ranked, Ranking, Reason, Shortfall, SomeWalk, Unfit, rank
from layers.errors import Invalid
from layers.grids import queries as areas
from layers.incidents import queries as cases
from layers.jurisdictions import queries as jurisdictions
from layers.jurisdictions.queries import About, Competence
from layers.matters import queries as matters
from layers.squads import queries as squads
from layers.squads.queries import Start, State

PER_CASE_S, MOST_CASES = 60.0, 5
"""What each case that a squad still handles pushes it down, so that work is shared."""
NO_WAY = "no_way"
ELSEWHERE = "competent_elsewhere"
"""Somebody is competent, but whoever asks sees none of their squads, and cannot send them."""


@dataclass(frozen=True)
class Spot:
    """Where somebody is needed, on WGS 84, and for what; `township` is told, if it is in sight."""

    lon: float
    lat: float
    about: About
    township: str | None = None


@dataclass(frozen=True)
class Found:
    """A ranking at a place, with what is known of the squads by code. `competence` None: the bureau
    has no table of who is competent."""

    spot: Spot
    ranking: Ranking
    squads: dict[str, Start]
    competence: Competence | None
    way_judged: dict[str, tuple[str, ...]]
    """What stands against the squads' places, by code."""
    place_judged: tuple[str, ...]
    on_foot: str = ""
    """The method for squads without a vehicle, where there are any."""
    shortfall: tuple[str, ...] = ()
    """Why nobody whom the actor sees is there in time."""

    def method(self, code: str) -> str:
        """How the way of a squad was reckoned."""
        return self.on_foot if self.squads[code].vehicles == 0 else self.ranking.method


def at_place(
    connection: Connection, place: tuple[float, float], datum: Datum, matter: str | None,
    around: Circumstances,
) -> Spot:  # fmt: skip
    """A place on whatever datum and, for a matter, which must exist, the township it lies in."""
    if not (abs(place[0]) <= 180 and abs(place[1]) <= 90):  # false for nan as well
        raise Invalid("bad_place", lon=place[0], lat=place[1])
    lon, lat = place if datum is Datum.WGS84 else to_wgs84(np.array([place]), datum)[0].tolist()
    if matter is None:
        return Spot(lon, lat, About(None, None))
    matters.check(connection, matter)
    township = areas.township_at(connection, around.actor, lon, lat, around.today)
    return Spot(lon, lat, About(matter, township.code), township.told)


def at_case(connection: Connection, incident_id: UUID, around: Circumstances) -> Spot:
    """Where a case in sight lies."""
    row = cases.one(connection, around.actor, incident_id)
    township = row["township"]
    return Spot(row["lon"], row["lat"], About(row["matter"], township), township)


def nearest(connection: Connection, spot: Spot, around: Circumstances, *, limit: int = 5) -> Found:
    """Squads that the actor can send, soonest at the spot first: those in sight, and those that are
    competent there.

    Without a matter, or without a table of who is competent, every squad is.
    """
    settings = around.settings
    across = squads.Across([spot.about.matter], [spot.about.township], around.today)
    rows = squads.starts(connection, around.actor, around.at, across=across,
                         rest=settings.rest_for, stale=settings.stale_after)  # fmt: skip
    engine = around.engine(connection, [row.vehicles for row in rows])
    competence = _competence(connection, spot.about, around.today)
    rest_s = settings.rest_for.total_seconds()
    starts = np.array([(row.lon, row.lat) for row in rows]).reshape(-1, 2)
    here = judged(engine, np.array([(spot.lon, spot.lat)]))[0]
    way_judged = dict(zip((row.code for row in rows), judged(engine, starts), strict=True))
    candidates = [
        candidate(row, spot.about, competence, rest_s, way_judged[row.code]) for row in rows
    ]
    ranking = rank(candidates, (spot.lon, spot.lat), engine, limit,
                   stale_after_s=settings.stale_after.total_seconds())  # fmt: skip
    by_code = {row.code: row for row in rows}
    on_foot = engine.walking.method if isinstance(engine, SomeWalk) else ""
    short = _shortfall(connection, ranking, competence)
    return Found(spot, ranking, by_code, competence, way_judged, here, on_foot, short)


def _shortfall(
    connection: Connection, ranking: Ranking, competence: Competence | None
) -> tuple[str, ...]:
    if not competence or SEEN_NOBODY.isdisjoint(ranking.shortfall):
        return ranking.shortfall
    manned = squads.units_manned(connection)
    return ranking.shortfall if manned.isdisjoint(competence) else (ELSEWHERE,)


SEEN_NOBODY = frozenset({Shortfall.NO_CANDIDATES, Shortfall.NONE_COMPETENT})


def _competence(connection: Connection, about: About, on: date) -> Competence | None:
    if about.matter is None:
        return None
    found = jurisdictions.competent(connection, [about], on)
    return None if found is None else found[about]


def candidate(
    squad: Start,
    about: About,
    competence: Competence | None,
    rest_s: float,
    way_judged: tuple[str, ...] = (),
) -> Candidate:
    """A squad as the ranking weighs it for a case."""
    return Candidate(
        squad.code, squad.lon, squad.lat, squad.age_s,
        penalties=tuple(_penalties(squad, rest_s)),
        unfit=tuple(_unfit(squad, competence)),
        remarks=(*_remarks(squad, about, competence), *way_judged),
    )  # fmt: skip


def _unfit(squad: Start, competence: Competence | None) -> Iterator[Unfit]:
    if competence is not None and squad.unit not in competence:
        yield Unfit.NOT_COMPETENT
    if squad.state != State.AVAILABLE:
        yield Unfit(squad.state)
    if squad.occupying >= squad.crews:
        yield Unfit.BUSY


def _penalties(squad: Start, rest_s: float) -> Iterator[tuple[str, float]]:
    """A squad that just came from a case has the rest of its rest before it."""
    if squad.rested_s is not None and squad.rested_s < rest_s:
        yield "resting", rest_s - max(squad.rested_s, 0)
    if squad.in_hand:
        yield "in_hand", PER_CASE_S * min(squad.in_hand, MOST_CASES)


def _remarks(squad: Start, about: About, competence: Competence | None) -> Iterator[str]:
    if squad.lost:
        yield Reason.STALE_POSITION
    if competence is not None and squad.unit is not None and squad.unit in competence:
        yield competence[squad.unit].value
    if about.township is not None:
        yield "own_area" if squad.township == about.township else "other_area"


def answer(found: Found) -> dict[str, object]:
    """The answer of the HTTP interface and of the command line's --json."""
    ranking = found.ranking
    return {
        "lon": found.spot.lon, "lat": found.spot.lat,
        "matter": found.spot.about.matter, "township": found.spot.township,
        "no_table": found.competence is None,
        "items": [_way(one, found) for one in ranking.squads],
        "beyond": [_way(one, found) for one in ranking.beyond],
        "passed_over": [_way(one, found) for one in ranking.passed_over],
        "unreached": [_unreached(code, found) for code in ranking.unreached],
        "shortfall": found.shortfall, "way_judged": found.place_judged,
    }  # fmt: skip


def _unreached(code: str, found: Found) -> dict[str, object]:
    reasons = (NO_WAY, *found.way_judged[code])
    return {"squad": code, "name": found.squads[code].name, "reasons": reasons}


def _way(one: Ranked, found: Found) -> dict[str, object]:
    squad = found.squads[one.code]
    return {
        "squad": one.code, "name": squad.name, "township": squad.township, "unit": squad.unit,
        "lon": squad.lon, "lat": squad.lat,
        "seconds": round(one.seconds, 1), "metres": round(one.metres, 1),
        "method": found.method(one.code), "position_age_s": one.position_age_s,
        "penalty_s": round(one.penalty_s, 1), "reasons": one.reasons, "why": one.why,
        "on_duty": squad.on_duty, "state": squad.state,
        "competent": found.competence is None or squad.unit in found.competence,
        "busy": squad.occupying, "crews": squad.crews, "in_hand": squad.in_hand,
        "vehicles": squad.vehicles,
    }  # fmt: skip
