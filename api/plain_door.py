"""The second port, plain HTTP: the page that tells how to trust this server, and nothing else."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from api import network, safety
from api.assets import Shelf
from api.routes import trust
from api.settings import Settings
from api.wire import Line

GRACE_S = 2
GLANCE_S = 0.02


@contextmanager
def open_beside(settings: Settings, host: str) -> Iterator[None]:
    """Keep it open while the block runs, if one is wanted."""
    if not settings.reached.trust_port:
        yield
        return
    config = uvicorn.Config(
        create(settings), host=host, port=settings.reached.trust_port, http=Line, ws="none",
        lifespan="off", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(GLANCE_S)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def create(settings: Settings) -> FastAPI:
    """The page and the authority's certificate; everything else is led to HTTPS."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.given = app.state.settings = settings
    app.state.shelf = Shelf(settings.web)
    safety.install(app, settings)
    app.include_router(trust.router)
    app.add_api_route("/{path:path}", _elsewhere, include_in_schema=False)
    return app


async def _elsewhere(request: Request) -> RedirectResponse:
    """The guard has seen to it that the host is one of ours."""
    settings: Settings = request.app.state.settings
    host = network.in_url(request.url.hostname or "")
    safe = request.url.replace(scheme="https", netloc=f"{host}:{settings.reached.port}")
    return RedirectResponse(str(safe), 307)
