"""Reports come in: one as it is made, or many that waited on a phone for a signal."""

from functools import partial

from fastapi import APIRouter, Depends, Request, Response

from api import batches, errors, turns
from api.answers import encoded
from api.arrivals import Arrivals
from api.batches import Batch, BatchJudged
from api.case_shown import CaseShown
from api.cases import ReportGiven
from api.deps import Around, CurrentOpening

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
"""Takes its turn at a connection together with all that arrives at the same time."""


@router.post("", status_code=201, response_model=CaseShown, responses={200: {"model": CaseShown}})
async def report(given: ReportGiven, request: Request, around: Around) -> Response:
    """Bring a case in: 201, or 200 where the same one is there already."""
    arrivals: Arrivals = request.app.state.arrivals
    taken = await arrivals.take_in(given, await turns.json(request), around)
    return taken.answer


@router.post("/batch", response_model=BatchJudged, dependencies=[Depends(turns.whole)])
async def batch(
    given: Batch, request: Request, opening: CurrentOpening, around: Around
) -> Response:
    """Reports and steps that waited for a signal, in their order; each is judged alone."""
    state = request.app.state
    doors = batches.Doors(state.arrivals, state.room, opening, partial(errors.answered, request))
    return encoded({"items": await batches.judged(given.items, around, doors)})
