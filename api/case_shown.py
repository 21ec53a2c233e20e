"""How a case is shown: in a list, and in full with its history."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from api.answers import Strict
from api.circumstances import Circumstances
from api.photos import PhotoShown, photo_shown
from layers.clock import limit_of
from layers.enquiries.queries import deadlines
from layers.incidents import queries
from layers.incidents.rules import notice, priority
from layers.matters.rules import LIMITS
from layers.photos.queries import of as photos_of
from layers.squads.queries import names

Priority = Annotated[int, Field(ge=0, le=2, description="How much it presses; 2 is urgent")]


class DueShown(Strict):
    """`provisional`: holidays that are not published yet may still move it. From `soon_at` on it is
    due soon."""

    at: datetime | None
    soon_at: datetime | None
    limit: str
    provisional: bool


class StepShown(Strict):
    """`late`: told long after it was done. `photos` came with it."""

    version: int
    event_id: UUID
    verb: str
    from_state: str
    to_state: str
    by: str
    happened_at: datetime
    received_at: datetime
    late: bool
    reason: str | None
    details: dict[str, object]
    photos: list[UUID]


class IncidentShown(Strict):
    """`lon`, `lat` on WGS 84; `x`, `y` as they came, on `datum`. `grid` null: outside every
    grid; `uncertain`: a fifth of the accuracy circle or more lies in other grids. `verbs` are
    what you can do with it now; `acknowledge_by`: until then its squad is to accept the order;
    `promised_by`: until then somebody should be there, counted from the report; `soon_at`: from
    then on it is due soon, by its deadline or by what was promised;
    `returned`: its reporter is to put it right; `respond_by`, in lists: until then whoever brought
    it from outside is to be answered, as far as you may know; `flood`: one of many that
    residents sent from its grid within a short time."""

    id: UUID
    case_no: str | None
    version: int
    source: str
    external_id: str
    matter: str
    matter_zh: str
    matter_en: str
    state: str
    returned: bool
    verbs: list[str]
    due: DueShown | None
    priority: Priority
    squad: str | None
    acknowledge_by: datetime | None
    promised_by: datetime | None
    soon_at: datetime | None
    respond_by: datetime | None = None
    flood: bool = False
    merged_into: UUID | None
    suspended_until: date | None
    lon: float
    lat: float
    x: float
    y: float
    datum: str
    accuracy_m: float | None
    uncertain: bool
    grid: str | None
    township: str | None
    occurred_at: datetime
    occurred_precision: Literal["minute", "day"]
    received_at: datetime
    closed_at: datetime | None
    address: str | None
    description: str | None


class CaseShown(IncidentShown):
    """`released`: everybody may read its address and description, if its matter is public.
    `ahead`: what its squad can do after each of its verbs, for where there is no signal.
    `photos_after`: so many photographs of what was done its end takes. `squads`: what those are
    called of which it tells, if you see them. `beyond_own`: a grid worker reported it from outside
    the grids that were theirs on that day."""

    released: bool
    beyond_own: bool = False
    answers: dict[str, object]
    ahead: dict[str, list[str]]
    photos_after: int
    squads: dict[str, str]
    steps: list[StepShown]
    photos: list[PhotoShown]


COMPUTED = ("verbs", "due", "soon_at", "priority", "acknowledge_by", "respond_by", "flood")
PLAIN = tuple(name for name in IncidentShown.model_fields if name not in COMPUTED)
TOLD = tuple(StepShown.model_fields)
UNSAID = {name: field.default for name, field in CaseShown.model_fields.items()
          if not field.is_required()}  # fmt: skip


def shown(row: queries.Case, around: Circumstances) -> dict[str, object]:
    """A row of a list, with what its reader can do."""
    sent = row["sent_at"]
    return {
        **{name: row[name] for name in PLAIN},
        "verbs": queries.verbs(around.actor, row, around.at),
        "due": _due(row), "soon_at": _soon_at(row),
        "acknowledge_by": sent and sent + around.settings.acknowledge_in,
        "priority": priority(row["priority"], row["matter_priority"]),
    }  # fmt: skip


def _due(row: queries.Case) -> DueShown | None:
    if row["due_limit"] is None:
        return None
    at, limit = row["due_at"], row["due_limit"]
    soon_at = _before(at, limit)
    return DueShown(at=at, soon_at=soon_at, limit=limit, provisional=row["due_provisional"])


def _soon_at(row: queries.Case) -> datetime | None:
    """By its deadline or by what was promised; while its clock stands nothing is."""
    soon = [_before(row["due_at"], row["due_limit"])]
    if row["promised_by"] and not row["suspended_until"]:
        soon.append(_before(row["promised_by"], row["arrive_limit"] or str(LIMITS["arrive"])))
    return min(filter(None, soon), default=None)


def _before(at: datetime | None, limit: str) -> datetime | None:
    return None if at is None else at - notice(limit_of(limit))


def listed(
    connection: Connection, rows: Sequence[queries.Case], around: Circumstances
) -> list[IncidentShown]:
    """Rows as lists have them."""
    ids = [row["id"] for row in rows]
    outside = deadlines(connection, around.actor, ids)
    many = queries.flooded(connection, ids, around.settings.flooding)
    return [
        IncidentShown(
            **shown(row, around), respond_by=outside.get(row["id"]), flood=row["id"] in many
        )
        for row in rows
    ]


def case(connection: Connection, incident_id: UUID, around: Circumstances) -> CaseShown:
    """One case with its history and its photographs."""
    row = queries.one(connection, around.actor, incident_id)
    done = queries.steps(connection, incident_id)
    photos = [photo_shown(each) for each in photos_of(connection, around.actor, [incident_id])]
    sent_to = {step["details"]["squad"] for step in done if "squad" in step["details"]}
    named = names(connection, around.actor, sent_to | {row["squad"]} - {None})
    flood = bool(queries.flooded(connection, [incident_id], around.settings.flooding))
    told = whole(row, done, around, photos=photos, squads=named)
    beyond = queries.beyond_own_grids(connection, row, around.settings.zone)
    return CaseShown(**told, flood=flood, beyond_own=beyond)


def whole(
    row: queries.Case, done: Sequence[queries.Case], around: Circumstances,
    *, photos: list[PhotoShown], squads: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """What a CaseShown has, but for what only the database knows."""
    return {
        **shown(row, around), "steps": [{name: each[name] for name in TOLD} for each in done],
        "photos": photos, "released": row["released"], "answers": row["answers"],
        "ahead": queries.ahead(around.actor, row), "squads": squads,
        "photos_after": max(1, row["photos_after"]),
    }  # fmt: skip
