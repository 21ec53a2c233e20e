"""What happens, as it happens."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.deps import CurrentActor, CurrentVisitor
from api.live import Hub, Listener

router = APIRouter(prefix="/api", tags=["stream"])


async def listener(
    request: Request,
    visitor: CurrentVisitor,
    _: CurrentActor,
    orders: Annotated[bool, Query(description="Only what your squads have or had")] = False,
) -> AsyncIterator[Listener]:
    hub: Hub = request.app.state.hub
    request.state.endless = True
    admitted = await hub.admit(visitor, orders=orders)
    try:
        yield admitted
    finally:
        hub.leave(admitted)


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    request: Request,
    listener: Annotated[Listener, Depends(listener)],
    last_event_id: Annotated[str, Header(max_length=64)] = "",
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events. `ready`: from here on. `incident`: a case as its list has it; `gone`: its
    sender took it back, or its check is over. `squads`: those of which something has
    changed, at first all of them; with `orders` none. `layer`: a file was imported, a study made,
    a plan approved. `reset`: read everything anew. `mark`: every 15 seconds, whatever happens; a
    line that brings nothing for longer is dead.

    Who goes on with `Last-Event-ID` misses nothing and hears nothing twice.
    """
    hub: Hub = request.app.state.hub
    async for event in hub.told(listener, last_event_id):
        yield event
