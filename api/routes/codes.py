"""Codes to post in the street: whoever scans one reports from there. A sheet to print."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api import network, pages
from api.deps import (
    LARGEST_PAGE,
    CurrentActor,
    CurrentLanguage,
    CurrentSettings,
    Today,
    Transaction,
)
from api.qr import picture
from api.settings import Settings
from layers.access import Verb
from layers.db import Page
from layers.errors import Forbidden
from layers.grids import queries as grids

router = APIRouter(include_in_schema=False)
WHO = frozenset({Verb.FILE, Verb.MANAGE})
MOST = 300
"""Codes of a sheet: fifty pages."""


class Wanted(BaseModel):
    model_config = ConfigDict(extra="ignore")

    grids: str = Field("", max_length=4000, pattern=r"^[^\x00]*$")
    township: str = Field("", max_length=64, pattern=r"^[^\x00]*$")

    @property
    def codes(self) -> list[str]:
        named = self.grids.replace("，", ",").replace("、", ",").split(",")
        return [code.strip() for code in named if code.strip()]


@router.get("/report/codes")
def codes(  # noqa: PLR0913  (what the door needs)
    request: Request,
    wanted: Annotated[Wanted, Query()],
    connection: Transaction,
    actor: CurrentActor,
    settings: CurrentSettings,
    language: CurrentLanguage,
    today: Today,
) -> HTMLResponse:
    if WHO.isdisjoint(actor.verbs):
        raise Forbidden("may_not", verb=Verb.FILE)
    home = _home(request, settings)
    named = [*wanted.codes, *grids.codes_in(connection, actor, wanted.township, today)]
    found = grids.labels(connection, actor, named, today)
    shown = [{"code": row["code"], "name": row["name"], "township": row["township"],
              "picture": picture(f"{home}/report?grid={row['code']}")}
             for row in found[:MOST]]  # fmt: skip
    local = network.is_loopback(request.url.hostname or "") and not settings.reached.names
    return pages.answer(
        request, "codes", language, shown=shown, wanted=wanted, home=home, local=local,
        townships=grids.township_page(connection, actor, Page(limit=LARGEST_PAGE)),
        most=MOST if len(found) > MOST else None,
    )  # fmt: skip


def _home(request: Request, settings: Settings) -> str:
    """How phones reach this server. Whoever looks at the page on the server itself prints it for
    phones, which need another name."""
    host, reached = request.url.hostname or "", settings.reached
    if network.is_loopback(host) and reached.names:
        return f"https://{network.in_url(reached.names[0])}:{reached.port}"
    return str(request.base_url).rstrip("/")
