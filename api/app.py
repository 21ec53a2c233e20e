"""The web application: the only place where things are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from api import errors, openapi, safety
from api.assets import Shelf
from api.routes import (
    assets,
    grids,
    health,
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
)
from api.settings import Settings
from api.version import VERSION
from layers import db

ROUTERS: tuple[APIRouter, ...] = (
    pages.router, overview.router, grids.router, matters.router, squads.router, incidents.router,
    hotspots.router, plans.router, jobs.router, imports.router, maps.router, problems.router,
    health.router, assets.router, openapi.router,
)  # fmt: skip


def create(settings: Settings, database_url: str) -> FastAPI:
    """Build the application for one bureau on one database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.engine.dispose()

    app = FastAPI(
        title="Grid Patrol", version=VERSION, lifespan=lifespan,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.settings = settings
    app.state.engine = db.connect(database_url)
    app.state.shelf = Shelf(settings.web)
    errors.install(app)
    safety.install(app, settings.largest_upload)
    openapi.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


def from_environment() -> FastAPI:
    """What the web server's processes call."""
    settings = Settings()
    if settings.database_url is None:
        raise RuntimeError("serve hands GRIDPATROL_DATABASE_URL to its processes")
    return create(settings, settings.database_url)
