"""The web application: the only place where things are wired together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, FastAPI, Request

from api import effective, errors, logs, openapi, safety
from api.assets import Shelf
from api.routes import (
    assets,
    bureau,
    grids,
    health,
    holidays,
    hotspots,
    imports,
    incidents,
    jobs,
    maps,
    matters,
    overview,
    pages,
    plans,
    problems,
    squads,
    trust,
    units,
)
from api.settings import Settings
from api.version import VERSION
from layers import db

ROUTERS: tuple[APIRouter, ...] = (
    pages.router, overview.router, bureau.router, grids.router, holidays.router,
    matters.router, units.router, squads.router,
    incidents.router, hotspots.router, plans.router, jobs.router, imports.router, maps.router, problems.router,
    openapi.router,
)  # fmt: skip
WITHOUT_DATABASE: tuple[APIRouter, ...] = (health.router, assets.router, trust.router)
"""Must answer however many wait for the database."""
DRAWN_AT_ONCE = 2


async def room(request: Request) -> AsyncIterator[None]:
    """Wait here for one's turn at a connection, not in a thread.

    Whoever waited in a thread would keep it from those who hold a connection and need it to end.
    """
    async with request.app.state.room:
        yield


def create(settings: Settings, database_url: str) -> FastAPI:
    """Build the application for one bureau on one database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = db.POOL
        await effective.refresh(app)
        watching = asyncio.create_task(effective.keep_up(app))
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        app.state.engine.dispose()

    app = FastAPI(
        title="Grid Patrol", version=VERSION, lifespan=lifespan,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.given = app.state.settings = settings
    app.state.engine = db.connect(database_url)
    app.state.room = CapacityLimiter(db.POOL)
    app.state.drawing = CapacityLimiter(DRAWN_AT_ONCE)
    app.state.shelf = Shelf(settings.web)
    errors.install(app)
    safety.install(app, settings)
    openapi.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(room, scope="function")])
    for router in WITHOUT_DATABASE:
        app.include_router(router)
    return app


def from_environment() -> FastAPI:
    """What the web server's processes call."""
    logs.configure()
    settings = Settings()
    if settings.app_url is None:
        raise RuntimeError("serve hands GRIDPATROL_APP_URL to its processes")
    return create(settings, settings.app_url)
