"""What every route may ask for: a transaction, the actor, the time, the settings, its query."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Request, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from sqlalchemy import Connection

from api import sessions
from api.circumstances import Circumstances
from api.language import chosen
from api.sessions import Visitor
from api.settings import Settings
from layers import db
from layers.access import PUBLIC, Actor, Verb, transaction
from layers.access import in_person as check_in_person
from layers.errors import Forbidden
from layers.files import silent
from maps.theme import Language

OPERATOR = Actor("operator", frozenset(Verb))
"""Who types a command on the bureau's own machine. No request is ever the operator's."""
LARGEST_PAGE = 1000
DESCRIBED = OAuth2PasswordBearer("/api/token", auto_error=False)
"""Tells the API's description that a route asks who is there."""


# The cheap ones are coroutines: a plain function would cost a turn in the thread pool. They ask
# for little, since what each asks for is gone through again wherever it is asked for.


async def now() -> datetime:
    return datetime.now(UTC)


async def settings(request: Request) -> Settings:
    given: Settings = request.app.state.settings
    return given


async def language(request: Request) -> Language:
    return chosen(request)


Now = Annotated[datetime, Depends(now)]
CurrentSettings = Annotated[Settings, Depends(settings)]
CurrentLanguage = Annotated[Language, Depends(language)]


async def today(request: Request, now: Now) -> date:
    """The bureau's day."""
    return now.astimezone(request.app.state.settings.zone).date()


Today = Annotated[date, Depends(today)]


async def visitor(
    request: Request, now: Now, _: Annotated[str | None, Depends(DESCRIBED)]
) -> Visitor:
    """Who asks, even if only to choose a password."""
    return await sessions.visitor(request, now, await today(request, now))


CurrentVisitor = Annotated[Visitor, Depends(visitor)]


async def actor(visitor: CurrentVisitor) -> Actor:
    if visitor.known.must_choose:
        raise Forbidden("choose_password")
    return visitor.known.actor


CurrentActor = Annotated[Actor, Depends(actor)]


async def around(request: Request, actor: CurrentActor, now: Now) -> Circumstances:
    state = request.app.state
    return Circumstances(state.settings, actor, now, silent, state.ways)


Around = Annotated[Circumstances, Depends(around)]


async def in_person(actor: CurrentActor) -> None:
    """For what a person does, and no program in their name."""
    check_in_person(actor)


async def own_hand(visitor: CurrentVisitor) -> None:
    """The same where somebody may still have to choose a password."""
    check_in_person(visitor.known.actor)


async def forgetting(request: Request) -> AsyncIterator[None]:
    """For routes that change what people are or may do: what holds for this process's next request
    is what they have committed."""
    yield
    request.app.state.remembered.forget()


Opening = Callable[..., AbstractContextManager[Connection]]
"""Opens a transaction in the name of whoever asks, with the `settings` that are wanted for it."""


async def opening(request: Request, actor: CurrentActor) -> Opening:
    """For routes that ask something before they read what was sent."""
    return partial(transaction, request.app.state.engine, actor)


PATIENCE_S, PUBLIC_PATIENCE_S = 30.0, 5.0


def connection(
    request: Request, opening: Annotated[Opening, Depends(opening)]
) -> Iterator[Connection]:
    """Ends, committed or not, before the answer is sent (scope="function" below). Of what only
    reads no statement keeps a connection for ever."""
    reads = request.method in sessions.READING
    with opening(settings=db.patience(PATIENCE_S) if reads else None) as opened:
        yield opened


Found = TypeVar("Found")


def read(
    opening: Opening, ask: Callable[[Connection], Found], settings: Mapping[str, str] | None = None
) -> Found:
    """The answer to a question that changes nothing, in a transaction of its own: for what is asked
    so often that it takes one turn in a thread, where a route's `Transaction` takes three."""
    with opening(settings={**(settings or {}), **db.patience(PATIENCE_S)}) as opened:
        return ask(opened)


async def public_opening(request: Request) -> Opening:
    """The same in the name of everybody."""
    return partial(transaction, request.app.state.engine, PUBLIC)


PublicOpening = Annotated[Opening, Depends(public_opening)]


def public_connection(opening: PublicOpening) -> Iterator[Connection]:
    """For what everybody may read, in questions that nobody has to answer for: none may take
    long."""
    with opening(settings=db.patience(PUBLIC_PATIENCE_S)) as opened:
        yield opened


Transaction = Annotated[Connection, Depends(connection, scope="function")]
PublicTransaction = Annotated[Connection, Depends(public_connection, scope="function")]


CurrentOpening = Annotated[Opening, Depends(opening)]
UNKEPT = {"Cache-Control": "no-store"}


async def unkept(response: Response) -> None:
    """Names and secrets are in no browser's or proxy's memory."""
    response.headers.update(UNKEPT)


def _without_nul(text: str) -> str:
    """PostgreSQL keeps no NUL in a text: such a value can match nothing and must not reach it."""
    if "\x00" in text:
        raise ValueError("contains a NUL character")
    return text


def _bounds(text: str) -> str:
    west, south, east, north = (float(side) for side in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("not west,south,east,north in degrees")
    return text


EARLIEST, LATEST = 1900, 2199
AnyDay = TypeVar("AnyDay", date, datetime)


def within_reach(given: AnyDay) -> AnyDay:
    """No matter of a bureau's lies elsewhere; and from here one can reckon with weeks and zones
    without leaving the calendar."""
    if not EARLIEST <= given.year <= LATEST:
        raise ValueError(f"not between {EARLIEST} and {LATEST}")
    return given


def in_utc(given: datetime) -> datetime:
    """PostgreSQL refuses offsets of 16 hours and more, which the standard allows."""
    return given.astimezone(UTC)


Day = Annotated[date, AfterValidator(within_reach)]
Moment = Annotated[AwareDatetime, AfterValidator(within_reach), AfterValidator(in_utc)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_without_nul)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
LINE = r"^[^\x00-\x1f\x7f]*$"
"""Text of one line, with nothing in it that a page or a file could stumble over."""
After = Annotated[str, StringConstraints(max_length=128), AfterValidator(_without_nul)]
BBox = Annotated[str, StringConstraints(max_length=128), AfterValidator(_bounds)]


class Asked(BaseModel):
    """The query of a list. A misspelt filter is refused: it must not give the whole list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=LARGEST_PAGE, description="Rows in a page")
    after: After = Field("", description="The `next` of the page before")
    lang: Language | None = Field(None, description="Language of titles and refusals")

    @property
    def page(self) -> db.Page:
        return db.Page(self.after, self.limit)


class AskedWithin(Asked):
    """The query of a list of things on the map."""

    bbox: BBox | None = Field(
        None, description="west,south,east,north in degrees, WGS 84", examples=["119,29,120,30"]
    )

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        if self.bbox is None:
            return None
        west, south, east, north = map(float, self.bbox.split(","))
        return west, south, east, north


class AskedByNumber(Asked):
    """The query of a list whose newest come first; `after` is the number of the last one seen."""

    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,9}$")] = ""

    @property
    def before(self) -> int | None:
        return int(self.after) if self.after else None
