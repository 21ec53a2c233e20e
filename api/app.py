"""The web application: the only place where things are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, create_task_group, move_on_after, sleep, to_thread
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import Engine, QueuePool

from api import auth, deps, effective, errors, logs, openapi, safety, turns
from api.assets import Shelf
from api.remembered import Remembered, listen
from api.residents import Patience
from api.routes import (
    account,
    addresses,
    assets,
    bureau,
    checking,
    codes,
    enquiries,
    figures,
    grids,
    health,
    holidays,
    hotspots,
    imports,
    incidents,
    jobs,
    journal,
    maps,
    matters,
    open311,
    overview,
    pages,
    people,
    phone,
    photos,
    places,
    plans,
    problems,
    public,
    reporters,
    residents,
    retention,
    signing,
    similar,
    squads,
    trust,
    units,
)
from api.settings import Settings
from api.version import VERSION
from layers import db

ROUTERS: tuple[APIRouter, ...] = (
    pages.router, codes.router, overview.router, bureau.router, grids.router, holidays.router,
    matters.router, places.router, addresses.router, units.router,
    squads.router, similar.router, checking.router, incidents.router, enquiries.router,
    photos.router, hotspots.router, plans.router, jobs.router, imports.router,
    maps.router, people.router, journal.router, reporters.router,
    retention.router, figures.router,
)  # fmt: skip
"""For people who have signed in, and for their programs."""
OPEN: tuple[APIRouter, ...] = (
    account.router, problems.router, openapi.router, open311.router, public.router,
    residents.router,
)  # fmt: skip
"""For everybody, or asking by themselves who is there."""
AT_ONCE: tuple[APIRouter, ...] = (
    health.router, assets.router, phone.router, trust.router, signing.router,
)  # fmt: skip
"""Must answer however many wait for the database; whoever signs in waits in a line apart."""
BEFORE = [
    Depends(turns.whole), Depends(turns.plain),
    Depends(turns.apart, scope="function"), Depends(turns.room, scope="function"),
]  # fmt: skip
DRAWN_AT_ONCE = 2
GRACE_S = 3.0
TAKEN_AT_ONCE = 1
"""Pictures: each may need some hundred megabytes for a second. Residents' wait in a line apart."""
READ_AT_ONCE = 3
"""Without a key: most connections are left to those at work."""


LINES = {
    "room": db.POOL, "drawing": DRAWN_AT_ONCE, "taking": TAKEN_AT_ONCE,
    "taking_public": TAKEN_AT_ONCE, "signing": auth.AT_ONCE, "public": READ_AT_ONCE,
}  # fmt: skip
"""How many may at once hold a connection, draw a map, take a picture in, compare a password,
read without a key."""


def create(settings: Settings, database_url: str) -> FastAPI:
    """Build the application for one bureau on one database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = db.POOL
        await effective.refresh(app)
        # A group's end waits for a look-up in its thread, whose connection would be left open.
        async with create_task_group() as beside:
            beside.start_soon(listen, database_url, app.state.remembered)
            beside.start_soon(effective.keep_up, app)
            yield
            beside.cancel_scope.cancel()
        await _brought_back(app.state.engine)
        app.state.engine.dispose()

    app = FastAPI(
        title="Grid Patrol", version=VERSION, lifespan=lifespan,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.given = app.state.settings = settings
    app.state.engine = db.connect(database_url)
    for line, most in LINES.items():
        setattr(app.state, line, CapacityLimiter(most))
    app.state.remembered = Remembered()
    app.state.patience = Patience.fresh()
    app.state.shelf = Shelf(settings.web)
    errors.install(app)
    safety.install(app, settings)
    openapi.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[*BEFORE, Depends(deps.actor)])
    for router in OPEN:
        app.include_router(router, dependencies=BEFORE)
    for router in AT_ONCE:
        app.include_router(router)
    return app


async def _brought_back(engine: Engine) -> None:
    """Wait a moment for the threads of requests that were broken off: a connection that comes back
    after the end is never closed."""
    with move_on_after(GRACE_S):
        while isinstance(engine.pool, QueuePool) and engine.pool.checkedout():
            await sleep(0.02)


def from_environment() -> FastAPI:
    """What the web server's processes call."""
    logs.configure()
    settings = Settings()
    if settings.app_url is None:
        raise RuntimeError("serve hands GRIDPATROL_APP_URL to its processes")
    return create(settings, settings.app_url)
