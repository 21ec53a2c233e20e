"""The bureau itself: its name, code, time zone, language, the source line of its maps,
the number that residents call."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field, StringConstraints

from api import effective
from api.answers import Strict
from api.deps import LINE, CurrentActor, Now, Transaction
from api.effective import SETTINGS, fixed, refreshing
from api.settings import Settings
from layers.bureau.actions import say
from layers.errors import Conflict
from layers.grids.queries import extent
from layers.queue.actions import put

router = APIRouter(prefix="/api/bureau", tags=["bureau"])
CALENDAR = frozenset({"timezone", "hours"})
"""By these deadlines are counted."""
Text = Annotated[str, StringConstraints(max_length=300, pattern=LINE)]


class BureauSaid(Strict):
    """What is left out stays as it is; an empty text takes back what was said."""

    name_zh: Text | None = None
    name_en: Text | None = None
    division: Text | None = Field(None, examples=["331127"])
    timezone: Text | None = Field(None, examples=["Asia/Shanghai"])
    hours: Text | None = Field(None, examples=["08:00-12:00,14:00-18:00"])
    acknowledge: Text | None = Field(None, examples=["5m"])
    language: Text | None = Field(None, examples=["zh"])
    source: Text | None = None
    telephone: Text | None = Field(None, examples=["0578-1234567"])


class BureauShown(Strict):
    """The settings as they hold. Those in `fixed` are said by a variable of the server's
    environment, which wins. `extent`: west, south, east, north of the townships."""

    name_zh: str
    name_en: str
    division: str
    timezone: str
    hours: str
    acknowledge: str
    language: str
    source: str
    telephone: str
    fixed: dict[str, str]
    extent: Annotated[list[float], Field(min_length=4, max_length=4)] | None


@router.get("")
def shown(request: Request, connection: Transaction, actor: CurrentActor) -> BureauShown:
    return _shown(connection, actor, request.app.state.given)


@router.patch("", dependencies=[Depends(refreshing, scope="function")])
def change(
    said: BureauSaid, request: Request, connection: Transaction, actor: CurrentActor, now: Now
) -> BureauShown:
    """Change some of it. All servers go by it within seconds."""
    given: Settings = request.app.state.given
    asked, told = said.model_dump(exclude_none=True), fixed(given)
    for name in sorted(asked.keys() & told.keys()):
        raise Conflict("fixed_by_environment", field=name, variable=told[name])
    say(connection, asked, actor=actor, at=now)
    if not CALENDAR.isdisjoint(asked):
        put(connection, "calendar.changed", {"put_at": now.isoformat()}, actor=actor, at=now)
    return _shown(connection, actor, given)


def _shown(connection: Transaction, actor: CurrentActor, given: Settings) -> BureauShown:
    holds = effective.present(connection, given)
    values = {name: getattr(holds, setting) for name, setting in SETTINGS.items()}
    box = extent(connection, actor)
    return BureauShown(**values, fixed=fixed(given), extent=None if box is None else list(box))
