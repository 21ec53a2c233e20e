"""The web application: the only place where things are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from anyio import CapacityLimiter, create_task_group, move_on_after, sleep, to_thread
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import Engine, QueuePool

from api import auth, deps, effective, errors, logs, openapi, safety, turns
from api.arrivals import Arrivals
from api.assets import Shelf
from api.fixes import Intake
from api.live import Hub
from api.reach import Lately
from api.remembered import Remembered, listen
from api.residents import Patience
from api.routes import (
    account,
    addresses,
    assets,
    bureau,
    checking,
    codes,
    devices,
    dispatch,
    duty,
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
    jurisdictions,
    maps,
    matters,
    open311,
    open311_reports,
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
    reports,
    residents,
    retention,
    signing,
    similar,
    squads,
    stream,
    tiles,
    trust,
    units,
    ways,
)
from api.settings import Settings
from api.settings import from_environment as read_settings
from api.tiles import Kept
from api.version import VERSION
from api.ways import Ways
from layers import db
from layers.access import WORKER, transaction

ROUTERS: tuple[APIRouter, ...] = (
    tiles.router, squads.router,  # asked for most, and the way to each goes past all before it
    pages.router, codes.router, overview.router, bureau.router, grids.router, holidays.router,
    matters.router, jurisdictions.router, places.router, addresses.router, units.router,
    dispatch.router, duty.router, devices.router, similar.router, checking.router,
    incidents.router, enquiries.router,
    photos.router, hotspots.router, plans.router, jobs.router, imports.router,
    maps.router, people.router, journal.router, reporters.router,
    retention.router, figures.router, ways.router,
)  # fmt: skip
"""For people who have signed in, and for their programs."""
OPEN: tuple[APIRouter, ...] = (
    account.router, problems.router, openapi.router, open311.router,
    open311_reports.router, public.router, residents.router,
)  # fmt: skip
"""For everybody, or asking by themselves who is there."""
AT_ONCE: tuple[APIRouter, ...] = (
    reports.router, health.router, assets.router, phone.router, trust.router, signing.router,
    stream.router,
)  # fmt: skip
"""Must answer however many wait for the database; whoever signs in waits in a line apart. Reports
that arrive together take one turn together."""
BEFORE = [Depends(turns.whole), Depends(turns.room, scope="function")]
DRAWN_AT_ONCE = 2
GRACE_S = 3.0
TAKEN_AT_ONCE = 1
"""Pictures: each may need some hundred megabytes for a second. Residents' wait in a line apart."""
BROUGHT_AT_ONCE = 4
"""Forms with photographs, of up to 15 MB, from whoever may turn out to have no key."""
BASE_AT_ONCE = 8
"""Tiles of a base map that is elsewhere: each waits for it."""
READ_AT_ONCE = 3
"""Without a key: most connections are left to those at work."""


LINES = {
    "room": db.POOL, "drawing": DRAWN_AT_ONCE, "taking": TAKEN_AT_ONCE,
    "taking_public": TAKEN_AT_ONCE, "base": BASE_AT_ONCE, "signing": auth.AT_ONCE,
    "public": READ_AT_ONCE, "bringing": BROUGHT_AT_ONCE,
}  # fmt: skip
"""How many may at once hold a connection, draw a map, take a picture in, compare a password,
read without a key, bring photographs in a form."""


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
            beside.start_soon(app.state.hub.run)
            beside.start_soon(app.state.fixes.keep_hearing)
            yield
            beside.cancel_scope.cancel()
        await _brought_back(app.state.engine)
        app.state.engine.dispose()
        app.state.fixes.close()

    app = FastAPI(
        title="Grid Patrol", version=VERSION, lifespan=lifespan,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    _equip(app, settings, database_url)
    errors.install(app)
    safety.install(app, settings)
    openapi.install(app)
    for router in AT_ONCE:  # first: the way to each goes past all before it
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, dependencies=[*BEFORE, Depends(deps.actor)])
    for router in OPEN:
        app.include_router(router, dependencies=BEFORE)
    return app


def _equip(app: FastAPI, settings: Settings, database_url: str) -> None:
    """Give the process what all its requests share."""
    app.state.given = app.state.settings = settings
    app.state.engine = db.connect(database_url)
    for line, most in LINES.items():
        setattr(app.state, line, CapacityLimiter(most))
    app.state.remembered = Remembered()
    app.state.patience = Patience.fresh()
    app.state.fixes = Intake(database_url, lambda: app.state.settings.stale_after)
    app.state.ways = Ways(partial(transaction, app.state.engine, WORKER), settings.osrm_url)
    app.state.arrivals = Arrivals(partial(transaction, app.state.engine), app.state.room)
    app.state.shelf = Shelf(settings.web)
    app.state.tiles, app.state.pictures, app.state.reach = Kept(), Kept(), Lately()
    app.state.hub = Hub(app, database_url)


async def _brought_back(engine: Engine) -> None:
    """Wait a moment for the threads of requests that were broken off: a connection that comes back
    after the end is never closed."""
    with move_on_after(GRACE_S):
        while isinstance(engine.pool, QueuePool) and engine.pool.checkedout():
            await sleep(0.02)


def from_environment() -> FastAPI:
    """What the web server's processes call."""
    logs.configure()
    settings = read_settings()
    if settings.app_url is None:
        raise RuntimeError("serve hands GRIDPATROL_APP_URL to its processes")
    return create(settings, settings.app_url)
