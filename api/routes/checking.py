"""Who would look at a case if a check were asked for."""

from uuid import UUID

from fastapi import APIRouter

from api.answers import Strict
from api.deps import CurrentActor, Today, Transaction
from layers.incidents import queries

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


class CheckersShown(Strict):
    """Its own `grid` or, if nobody is responsible for that, the nearest that has somebody, so many
    `metres` from the case as far as you see that grid; null where no grid has."""

    grid: str | None
    workers: int
    name: str | None = None
    metres: float | None = None


@router.get("/{incident_id}/checkers")
def checkers(
    incident_id: UUID, connection: Transaction, actor: CurrentActor, today: Today
) -> CheckersShown:
    """To which grid a check would go, and how many people are responsible for it."""
    found = queries.checkers(connection, actor, incident_id, today)
    if found is None:
        return CheckersShown(grid=None, workers=0)
    return CheckersShown(
        grid=found.grid, workers=found.workers, name=found.name, metres=found.metres
    )
