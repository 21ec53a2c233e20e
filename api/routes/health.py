"""Is it alive, is it ready, how is it doing."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api import deps, sessions, worker
from api.deps import DESCRIBED, Now
from api.errors import problem
from api.network import is_loopback
from layers import migrations
from layers.access import DOOR, Verb, may, transaction

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/healthz")
async def alive() -> Health:
    """Takes no thread: all of them may wait."""
    return Health(status="ok")


@router.get("/readyz", response_model=Health, responses={503: {"description": "Not ready"}})
def ready(request: Request) -> Health | Response:
    with transaction(request.app.state.engine, DOOR) as connection:
        if not migrations.current(connection):
            return problem(request, 503, "migrations_pending")
    return Health(status="ok")


@router.get("/readyz/worker", response_model=Health, responses={503: {"description": "None there"}})
def worker_ready(request: Request) -> Health | Response:
    """Whether a background worker is there, on this machine or another.

    Apart from /readyz: without a worker all pages and reports work and jobs wait unharmed, so that
    no balancer should take the server away.
    """
    with transaction(request.app.state.engine, DOOR) as connection:
        there = worker.is_there(connection)
    return Health(status="ok") if there else problem(request, 503, "worker_away")


async def watcher(
    request: Request, now: Now, bearer: Annotated[str | None, Depends(DESCRIBED)]
) -> None:
    """Whoever watches from this machine, or an administrator."""
    if not is_loopback(sessions.address(request)):
        may(await deps.actor(await deps.visitor(request, now, bearer)), Verb.MANAGE)


@router.get("/metrics", response_class=Response, dependencies=[Depends(watcher)])
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
