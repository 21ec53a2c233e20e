"""What a resident is shown: the case behind a link, what is near, what a posted code stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, RowMapping, case, func, select, text
from sqlalchemy.orm import aliased

from geo.crs import metres, metres_per_degree
from layers.access import Actor, Verb
from layers.enquiries.queries import OWN
from layers.enquiries.tables import Enquiry
from layers.errors import NotFound
from layers.incidents import rules as loop
from layers.incidents.queries import STANDS, PublicWanted, public
from layers.incidents.queries.for_everybody import coarse
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.photos.tables import Photo

NEAR_M = 250
WIDER_M = 400
"""A coarse place within the first is exactly within this: the box itself tells nothing finer."""
MOST, MOST_NEAR = 100, 3
MAIN = aliased(Incident)
PHOTOS = (
    select(func.count())
    .where(Photo.incident_id == Incident.id, Photo.by == Incident.reported_by)
    .correlate(Incident)
    .scalar_subquery()
)
ROW = (
    Enquiry.id, Enquiry.incident_id.label("incident"), Enquiry.received_at, Enquiry.content,
    func.coalesce(Enquiry.answer, Enquiry.interim).label("answer"),
    func.coalesce(Enquiry.answered_at, Enquiry.interim_at).label("answered_at"),
    Enquiry.satisfaction, Enquiry.opinion,
    case((Enquiry.own_rating, Enquiry.satisfied_at)).label("rated_at"),
    Incident.case_no, Incident.grid_id, Matter.name_zh.label("matter_zh"),
    Matter.name_en.label("matter_en"), MAIN.id.label("case"), MAIN.state,
    (MAIN.id != Incident.id).label("merged"), Incident.reported_by,
    coarse(func.ST_X).label("lon"), coarse(func.ST_Y).label("lat"),
    *(case((Incident.released, words)).label(words.key)
      for words in (Incident.address, Incident.description)),
    MAIN.released.label("released"), case((OWN, PHOTOS)).label("photos"),
    func.coalesce(MAIN.closed_at, MAIN.updated_at, MAIN.received_at).label("updated_at"),
)  # fmt: skip


def holder(token_hash: bytes) -> Actor:
    """Whoever has the link of this digest: brings one report, and sees no more (migration 0016)."""
    return Actor(f"{loop.BY_LINK}{token_hash.hex()}", frozenset({Verb.REPORT}), frozenset())


def behind(connection: Connection, token_hash: bytes, *, locked: bool = False) -> RowMapping:
    """What the link of this digest leads to: a report with the case that it now belongs to."""
    asked = (
        select(*ROW)
        .join(Incident, Incident.id == Enquiry.incident_id)
        .join(MAIN, MAIN.id == func.coalesce(Incident.merged_into, Incident.id))
        .join(Matter, Matter.code == Incident.matter_code)
        .where(Enquiry.token_hash == token_hash, STANDS)
    )
    if locked:
        asked = asked.with_for_update(of=Enquiry)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_such_link")
    return found


def history(connection: Connection, case_id: UUID) -> Sequence[RowMapping]:
    """The steps of a case in sight, the oldest first: without who took them."""
    asked = select(Step.verb, Step.to_state, Step.happened_at, Step.reason)
    asked = asked.where(Step.incident_id == case_id).order_by(Step.version)
    return connection.execute(asked).mappings().all()


@dataclass(frozen=True)
class Near:
    """A case that everybody may know of, and how far its coarse place is."""

    id: UUID
    state: str
    occurred_at: datetime
    metres: int


def near(connection: Connection, matter: str, lon: float, lat: float) -> list[Near]:
    """Open cases of the same matter around a place, the nearest first.

    All goes by the coarse places: by asking often from many places nobody learns a finer one. Two
    of a matter without a distance are never likely the same thing.
    """
    within = select(Matter.similar_m).where(Matter.code == matter)
    if connection.execute(within).scalar() == 0:
        return []
    aside = WIDER_M / metres_per_degree(np.array([lat]))[0]
    box = (lon - aside[0], lat - aside[1], lon + aside[0], lat + aside[1])
    states = set(loop.TAKEN_UP) & set(loop.OPEN)
    rows = public(connection, PublicWanted(matters=[matter], states=states, bbox=box), limit=MOST)
    apart = _apart((lon, lat), rows)
    found = [
        Near(row["id"], row["state"], row["occurred_at"], 10 * round(far / 10))
        for row, far in zip(rows, apart, strict=True) if far <= NEAR_M
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.metres, one.id))[:MOST_NEAR]


def _apart(place: tuple[float, float], rows: Sequence[RowMapping]) -> list[float]:
    there = np.array([(row["lon"], row["lat"]) for row in rows], float).reshape(-1, 2)
    found: list[float] = metres(np.tile(np.array(place), (len(rows), 1)), there).tolist()
    return found


@dataclass(frozen=True)
class Ground:
    """A grid as everybody may know it: its name, a point inside it, how far that may be off."""

    code: str
    name: str
    township: str
    lon: float
    lat: float
    metres: float


def grid_of(connection: Connection, code: str, *, on: date) -> Ground | None:
    """The grid that has this code on a day."""
    return _ground(connection, "grid_told(grid_coded(:code, :day))", {"code": code, "day": on})


def ground_of(connection: Connection, grid_id: int | None) -> Ground | None:
    """The grid of this version."""
    return None if grid_id is None else _ground(connection, "grid_told(:id)", {"id": grid_id})


def _ground(connection: Connection, told: str, values: dict[str, object]) -> Ground | None:
    found = connection.execute(text(f"SELECT * FROM {told}"), values).mappings().one_or_none()
    return None if found is None else Ground(**found)
