"""Is it alive, is it ready, how is it doing."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.errors import problem
from layers import migrations

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/healthz")
def alive() -> Health:
    return Health(status="ok")


@router.get("/readyz", response_model=Health, responses={503: {"description": "Not ready"}})
def ready(request: Request) -> Health | Response:
    with request.app.state.engine.connect() as connection:
        if not migrations.current(connection):
            return problem(request, 503, "migrations_pending")
    return Health(status="ok")


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
