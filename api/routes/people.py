"""People: who there is, what they may do where from when till when, and what they sign in with."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

import pandas as pd
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, StringConstraints, model_validator

from api import auth
from api.answers import Page, Row, Strict, following
from api.deps import (
    LARGEST_PAGE,
    LINE,
    UNKEPT,
    After,
    Asked,
    Code,
    CurrentActor,
    Day,
    Now,
    Number,
    Today,
    Transaction,
    forgetting,
    in_person,
    unkept,
)
from api.people import Desk
from layers import db
from layers.access import may
from layers.files import as_csv
from layers.grids.queries import codes_in as grids_in
from layers.people import actions, queries, rules
from layers.people.queries import Wanted
from layers.people.rules import State
from layers.roles import VERBS, AreaKind, Role, Verb
from layers.squads.queries import codes_in as squads_in

LONGEST_LIFE = 3650


async def desk(connection: Transaction, actor: CurrentActor, now: Now, today: Today) -> Desk:
    return Desk(connection, actor, now, today)


router = APIRouter(prefix="/api", tags=["people"], dependencies=[Depends(unkept)])
CHANGES = [Depends(in_person), Depends(forgetting, scope="function")]
AtDesk = Annotated[Desk, Depends(desk)]
Line = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]


# --- Shapes -------------------------------------------------------------------------------------


class PowerHeld(Strict):
    """A role in an area, held today; `area_name` of townships, grids and squads."""

    id: int
    role: Role
    kind: AreaKind
    area: str
    area_name: str | None


class PowerShown(PowerHeld):
    """From `valid_from` until before `valid_to`, null until further notice."""

    valid_from: date
    valid_to: date | None


class Person(Strict):
    id: UUID
    login: str
    name: str
    state: Literal["active", "disabled"]
    made_at: datetime
    left_at: datetime | None
    has_password: bool


class RoleShown(Strict):
    """What a role may do, and the kinds of area in which it may be held."""

    role: Role
    verbs: list[Verb]
    kinds: list[AreaKind]


class PersonListed(Person):
    powers: list[PowerHeld]


class TokenShown(Strict):
    """What a program does somebody's work with. The token itself is told once and not kept.

    `issuer` is the login of whoever issued it, or the part of the product that did."""

    id: UUID
    name: str
    scopes: list[str]
    issued_by: str
    issuer: str
    made_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None


class TokenListed(TokenShown):
    person_id: UUID
    login: str
    person: str


class PersonShown(Person):
    """One person: powers also of the past and to come, and on how many devices signed in."""

    powers: list[PowerShown]
    tokens: list[TokenShown]
    sessions: int


class Secret(Strict):
    """Told this once. What is kept of it is a digest."""

    secret: str
    until: datetime | None


class Taken(Strict):
    """Whom the bureau has now, and the code with which they choose a password."""

    person: PersonShown
    code: Secret


class Search(Strict):
    """Conditions that must all hold. `area` of a township means also its grids and squads; a
    `waiting` person has no password yet."""

    text: Line = Field("", description="Stands in the login or the name")
    role: Role | None = None
    area: Code | None = None
    state: State | None = None
    limit: int = Field(50, ge=1, le=LARGEST_PAGE)
    after: After = ""


class Called(Strict):
    name: Line


class Given(Strict):
    """A role, in the area of a township, squad or grid by its code, else in the whole bureau."""

    role: Role
    area: Code | None = None


class Grant(Given):
    """From today and without an end unless said; `until` itself is left out."""

    since: Day | None = None
    until: Day | None = None


class Newcomer(Grant):
    login: Line
    name: Line = ""


class End(Strict):
    """The first day without the power: today unless said."""

    on: Day | None = None


class Transfer(Given, End):
    pass


class Whose(Strict):
    area: Code | None = None
    again: bool = Field(False, description="Void codes made earlier that are not used yet")


class TokenWanted(Strict):
    """`days` is needed unless the token shall have no end."""

    name: Annotated[Line, Field(min_length=1)]
    scopes: list[Literal["read"] | Verb] = Field(default_factory=list)
    days: int | None = Field(None, ge=1, le=LONGEST_LIFE)
    endless: bool = False

    @model_validator(mode="after")
    def _ends_or_says_not(self) -> Self:
        if (self.days is None) != self.endless:
            raise ValueError("either days or endless")
        return self

    @property
    def life(self) -> timedelta | None:
        return None if self.days is None else timedelta(days=self.days)


# --- Finding ------------------------------------------------------------------------------------


@router.get("/roles")
async def roles(actor: CurrentActor) -> Page[RoleShown]:
    """The roles that can be given."""
    may(actor, Verb.MANAGE)
    items = [
        RoleShown(role=role, verbs=sorted(VERBS[role]), kinds=list(rules.kinds_of(role)))
        for role in Role
        if rules.kinds_of(role)
    ]
    return Page(items=items, next=None)


@router.post("/people/search")
def search(asked: Search, desk: AtDesk) -> Page[PersonListed]:
    """By login. Sent as a body, so that no name stands in an address or in the log of a proxy."""
    wanted = Wanted(asked.text, asked.role, _areas(desk, asked.area), asked.state)
    page = db.Page(asked.after, asked.limit)
    rows = actions.look_through(desk.connection, page, wanted, **desk.who_today)
    squads = desk.squads()
    items = [PersonListed(**{**row, "powers": _named(row["powers"], squads)}) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, lambda row: str(row["login"])))


def _areas(desk: Desk, code: str | None) -> frozenset[str] | None:
    if code is None:
        return None
    grids = grids_in(desk.connection, desk.actor, code, desk.today)
    return frozenset({code, *grids, *squads_in(desk.connection, desk.actor, code)})


def _named(powers: list[Row], squads: dict[str, str]) -> list[dict[str, object]]:
    """Squads stand above people: here they get their names."""
    return [
        {**power, "area_name": squads.get(power["area"])} if power["kind"] == "squad" else {**power}
        for power in powers
    ]


@router.get("/people/{person_id}")
def person(person_id: UUID, desk: AtDesk) -> PersonShown:
    """Who looks is written down in the journal."""
    return _shown(desk, actions.look_at(desk.connection, person_id, **desk.who_today))


def _shown(desk: Desk, found: queries.Detail) -> PersonShown:
    powers = _named([*found.powers], desk.squads())
    return PersonShown(
        **{**found.person, "powers": powers, "tokens": [dict(token) for token in found.tokens]},
        sessions=found.sessions,
    )


def _after(desk: Desk, person_id: UUID) -> PersonShown:
    """A person as a change has left them."""
    return _shown(
        desk,
        queries.detail(desk.connection, desk.actor, person_id, at=desk.at, today=desk.today),
    )


# --- Coming, staying and leaving ----------------------------------------------------------------


@router.post("/people", status_code=201, dependencies=CHANGES)
def take_on(new: Newcomer, desk: AtDesk) -> Taken:
    """Take somebody on with a role, and make the code with which they choose a password."""
    found = actions.add_person(desk.connection, new.login, new.name, **desk.who)
    _grant(desk, found, new)
    code = _code(desk, found)
    return Taken(person=_after(desk, found), code=code)


@router.post("/people/{person_id}/name", dependencies=CHANGES)
def rename(person_id: UUID, called: Called, desk: AtDesk) -> PersonShown:
    actions.rename(desk.connection, person_id, called.name, **desk.who)
    return _after(desk, person_id)


@router.post("/people/{person_id}/disable", dependencies=CHANGES)
def disable(person_id: UUID, desk: AtDesk) -> PersonShown:
    """Somebody leaves: password, code, sign-ins and tokens are void at once."""
    actions.disable(desk.connection, person_id, **desk.who_today)
    return _after(desk, person_id)


@router.post("/people/{person_id}/enable", dependencies=CHANGES)
def enable(person_id: UUID, desk: AtDesk) -> PersonShown:
    """Somebody is back, with the powers as they were; a code must be issued."""
    actions.enable(desk.connection, person_id, **desk.who)
    return _after(desk, person_id)


@router.post("/people/{person_id}/sign-out", dependencies=CHANGES)
def sign_out(person_id: UUID, desk: AtDesk) -> PersonShown:
    """A phone is lost: end all of somebody's sign-ins and tokens."""
    actions.end_all_sessions(desk.connection, person_id, **desk.who)
    return _after(desk, person_id)


# --- Powers -------------------------------------------------------------------------------------


@router.post("/people/{person_id}/powers", dependencies=CHANGES)
def grant(person_id: UUID, wanted: Grant, desk: AtDesk) -> PersonShown:
    _grant(desk, person_id, wanted)
    return _after(desk, person_id)


def _grant(desk: Desk, person_id: UUID, wanted: Grant) -> None:
    area = desk.area(wanted.role, wanted.area or "")
    actions.grant(
        desk.connection, person_id, wanted.role, area,
        since=wanted.since, until=wanted.until, **desk.who_today,
    )  # fmt: skip


@router.post("/people/{person_id}/powers/{power}/end", dependencies=CHANGES)
def revoke(person_id: UUID, power: Number, wanted: End, desk: AtDesk) -> PersonShown:
    actions.revoke(desk.connection, person_id, power, on=wanted.on, **desk.who_today)
    return _after(desk, person_id)


@router.post("/people/{person_id}/powers/{power}/transfer", dependencies=CHANGES)
def transfer(person_id: UUID, power: Number, wanted: Transfer, desk: AtDesk) -> PersonShown:
    """End a power on a day and begin another on the same."""
    area = desk.area(wanted.role, wanted.area or "")
    actions.transfer(
        desk.connection, person_id, power, wanted.role, area, on=wanted.on, **desk.who_today
    )
    return _after(desk, person_id)


# --- Codes --------------------------------------------------------------------------------------


@router.post("/people/{person_id}/code", dependencies=CHANGES)
def code(person_id: UUID, desk: AtDesk) -> Secret:
    """A password is lost, or there was none: void it, and make a one-time code."""
    return _code(desk, person_id)


def _code(desk: Desk, person_id: UUID) -> Secret:
    made = desk.new_codes([person_id])[person_id]
    return Secret(secret=made, until=desk.at + rules.CODE_LIFE)


@router.post("/people/codes", response_class=Response, dependencies=CHANGES)
def codes(whose: Whose, desk: AtDesk) -> Response:
    """A CSV of one-time codes for all others who have no password, to be handed out. Where some
    hold one already, `again` must say that theirs become void; 409 tells how many they are."""
    made = desk.codes_for_all(whose.area or "", again=whose.again)
    table = pd.DataFrame(made.rows, columns=["login", "name", "code"], dtype="str")
    headers = {"Content-Disposition": 'attachment; filename="codes.csv"', **UNKEPT}
    return Response(as_csv(table), media_type="text/csv", headers=headers)


# --- Tokens -------------------------------------------------------------------------------------


@router.get("/tokens")
def tokens(desk: AtDesk, asked: Annotated[Asked, Query()]) -> Page[TokenListed]:
    """The tokens that are good for something, the newest first. Who looks is written down in the
    journal."""
    rows = actions.list_tokens(desk.connection, asked.page, **desk.who)
    items = [TokenListed(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, _moment))


def _moment(row: Row) -> str:
    return db.moment_key(row["made_at"], row["id"])


@router.post("/people/{person_id}/tokens", status_code=201, dependencies=[Depends(in_person)])
def issue_token(person_id: UUID, wanted: TokenWanted, desk: AtDesk) -> Secret:
    """A token with which a program does somebody's work, within the scopes, each of which the
    person's roles must hold."""
    secret = auth.new_secret(auth.TOKEN)
    actions.issue_token(
        desk.connection, person_id, wanted.name, auth.digest(secret), wanted.scopes,
        life=wanted.life, **desk.who_today,
    )  # fmt: skip
    return Secret(secret=secret, until=None if wanted.life is None else desk.at + wanted.life)


@router.post("/people/{person_id}/tokens/{token_id}/end", dependencies=CHANGES)
def end_token(person_id: UUID, token_id: UUID, desk: AtDesk) -> PersonShown:
    actions.end_token(desk.connection, person_id, token_id, **desk.who)
    return _after(desk, person_id)
