"""What comes in just now in the practice town: whoever signs in as its acceptor or dispatcher, at
whatever hour, finds cases that wait, one that presses more than what the nearest squad is on its
way to, and a proposal that is better than sending the nearest to each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import Connection

from api import nearest, ordering
from api.circumstances import Circumstances
from api.nearest import Spot
from api.ways import asked
from data.calls import FEWEST, MATTERS, Call, Floats, calls
from layers.incidents import queries
from layers.incidents.actions.reporting import Report, report
from layers.incidents.actions.stepping import Said
from layers.incidents.queries import Case, Wanted
from layers.incidents.rules import CLOSED, FILED
from layers.jurisdictions.queries import About
from maps import theme

PLACES, SQUADS = 4, 50
"""Of each matter so many places where there was something before."""
UNFILED, FILED_IN, DAY = 2, timedelta(minutes=1), timedelta(days=1)


def come(connection: Connection, township: str, squad: str, around: Circumstances) -> None:
    """See that a squad of a township has orders, and that more waits there to be sent and to be
    filed; what came in before and still waits to be sent is done with."""
    ordering.send(connection, squad, township, around)
    _put_away(connection, township, around)
    before = _before(connection, township, around)
    if len(before) >= FEWEST:
        found = calls(*_ways(connection, before, squad, around))
        for call in found:
            new = _reported(connection, before[call.place], call.minutes, around)
            _file(connection, new, call, around)
        others = set(range(len(before))) - {call.place for call in found}
        for minutes, place in enumerate(sorted(others)[:UNFILED], 1):
            _reported(connection, before[place], minutes, around)


def _put_away(connection: Connection, township: str, around: Circumstances) -> None:
    """Not what somebody reported to try it out."""
    waits = Wanted(township=township, state=FILED)
    reason = theme.word("practice.over", around.settings.language)
    for case in queries.listed(connection, around.actor, waits, after="", limit=1000):
        if case["reported_by"] in (None, around.actor.name):
            said = Said("force_close", uuid4(), around.at, reason=reason)
            ordering.do(connection, case["id"], said, around)


def _before(connection: Connection, township: str, around: Circumstances) -> list[Case]:
    """Cases that ended, to make others like them which nobody takes for the same."""
    wanted = (Wanted(township=township, matter=matter, state=CLOSED, until=around.at - DAY)
              for matter in MATTERS)  # fmt: skip
    found = (queries.listed(connection, around.actor, each, after="", limit=PLACES)
             for each in wanted)  # fmt: skip
    return [case for cases in found for case in cases]


def _ways(
    connection: Connection, cases: Sequence[Case], squad: str, around: Circumstances
) -> tuple[Floats, Floats]:
    """(squads, cases) seconds of the squads that can be sent, and (cases,) those of the squad."""
    around = replace(around, ways=around.ways or asked(connection, around.settings.osrm_url))
    first = cases[0]
    spot = Spot(first["lon"], first["lat"], About(first["matter"], first["township"]))
    found = nearest.nearest(connection, spot, around, limit=SQUADS)
    free = (*found.ranking.squads, *found.ranking.beyond)
    rows = [found.squads[code] for code in (*(one.code for one in free), squad)]
    starts = np.array([(row.lon, row.lat) for row in rows])
    places = np.array([(case["lon"], case["lat"]) for case in cases])
    engine = around.engine(connection, [row.vehicles for row in rows])
    seconds, _ = engine.table(starts, places)
    return seconds[:-1], seconds[-1]


def _reported(connection: Connection, like: Case, minutes: int, around: Circumstances) -> UUID:
    at, new = around.at - timedelta(minutes=minutes), uuid4()
    place = (like["lon"], like["lat"])
    told = Report(
        id=new, source=like["source"], matter=like["matter"], place=place, x=place[0], y=place[1],
        datum="wgs84", occurred_at=at, address=like["address"], description=like["description"],
        accuracy_m=like["accuracy_m"], content=new.bytes,
    )  # fmt: skip
    report(connection, told, actor=around.actor, at=at, zone=around.settings.zone)
    return new


def _file(connection: Connection, new: UUID, call: Call, around: Circumstances) -> None:
    then = replace(around, at=around.at - timedelta(minutes=call.minutes) + FILED_IN)
    ordering.do(connection, new, Said("file", uuid4(), then.at, standard=True), then)
    if call.priority:
        reason = theme.word("practice.urgent", around.settings.language)
        said = Said("prioritise", uuid4(), then.at, reason=reason, priority=call.priority)
        ordering.do(connection, new, said, then)
