"""Reading who somebody is, and who there is."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Select,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from layers.access import Actor, Pass, Verb, actor_of, holds, may, nobody
from layers.db import Page, moment_of
from layers.errors import Forbidden, NotFound, Unrecognised
from layers.grids.queries import valid_on
from layers.grids.tables import Grid, Township
from layers.people import rules
from layers.people.rules import State
from layers.people.tables import Person, Power, Session, Token
from layers.roles import VERBS, Area, AreaKind, Grant, Role

Columns = TypeVarTuple("Columns")

# --- By what is proven --------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A person who proved who they are.

    Whoever came with a one-time code must choose a password first: till then `actor` is nobody.
    """

    person_id: UUID
    login: str
    name: str
    actor: Actor
    must_choose: bool


def by_session(connection: Connection, token_hash: bytes, *, at: datetime, today: date) -> Known:
    """Who is signed in with a session that lives, with the powers that hold today."""
    lives = and_(Session.token_hash == token_hash, _lives(at))
    asked = select(*WHO, Person.password_hash.is_(None).label("must_choose"), *GRANT)
    asked = _with_grants(asked.join(Session, Session.person_id == Person.id).where(lives), today)
    rows = _living(connection, asked)
    who = rows[0]
    actor = nobody(str(who.id)) if who.must_choose else _actor(rows, today)
    return Known(who.id, who.login, who.name, actor, who.must_choose)


def _lives(at: datetime) -> ColumnElement[bool]:
    return and_(
        Session.ended_at.is_(None), Session.expires_at > at, Session.seen_at > at - rules.IDLE
    )


def by_token(connection: Connection, token_hash: bytes, *, at: datetime, today: date) -> Known:
    """Whose work a program does, with no more verbs than its scopes name."""
    good = and_(Token.token_hash == token_hash, _is_good(at))
    asked = select(*WHO, *PASS, *GRANT)
    asked = _with_grants(asked.join(Token, Token.person_id == Person.id).where(good), today)
    rows = _living(connection, asked)
    who = rows[0]
    return Known(who.id, who.login, who.name, _program(rows, today), must_choose=False)


def by_id(connection: Connection, person: UUID, *, today: date) -> Actor:
    """Somebody who asked for work earlier, with the powers that hold today."""
    asked = _with_grants(select(Person.id, *GRANT).where(Person.id == person), today)
    rows = connection.execute(asked).all()
    if not rows:
        raise Forbidden("asker_left")
    return _actor(rows, today)


def by_token_id(connection: Connection, token: UUID, *, at: datetime, today: date) -> Actor:
    """The program that asked for work earlier, as far as its token goes by now."""
    asked = select(Person.id, *PASS, *GRANT).join(Token, Token.person_id == Person.id)
    asked = asked.where(Token.id == token, _is_good(at))
    rows = connection.execute(_with_grants(asked, today)).all()
    if not rows:
        raise Forbidden("token_ended")
    return _program(rows, today)


def _is_good(at: datetime) -> ColumnElement[bool]:
    return and_(Token.ended_at.is_(None), or_(Token.expires_at.is_(None), Token.expires_at > at))


WHO = (Person.id, Person.login, Person.name)
GRANT = (Power.role, Power.area_kind, Power.area_code, Power.valid_from, Power.valid_to)
PASS = (Token.id.label("token"), Token.scopes, Token.issued_by)


def _with_grants(asked: Select[*Columns], today: date) -> Select[*Columns]:
    held = and_(Power.person_id == Person.id, holding(today))
    return asked.where(Person.state == "active").outerjoin(Power, held)


def _living(
    connection: Connection, asked: Select[*tuple[object, ...]]
) -> Sequence[Row[*tuple[object, ...]]]:
    rows = connection.execute(asked).all()
    if not rows:
        raise Unrecognised("not_signed_in")
    return rows


def _actor(rows: Sequence[Row[*tuple[object, ...]]], today: date) -> Actor:
    grants = [
        Grant(Role(row.role), Area(AreaKind(row.area_kind), row.area_code),
              row.valid_from, row.valid_to)
        for row in rows if row.role is not None
    ]  # fmt: skip
    return actor_of(str(rows[0].id), grants, today)


def _program(rows: Sequence[Row[*tuple[object, ...]]], today: date) -> Actor:
    """A person's actor, as far as a token's scopes go."""
    actor, by = _actor(rows, today), rows[0]
    verbs = actor.verbs & rules.verbs_of(by.scopes)
    return replace(actor, verbs=verbs, token=Pass(by.token, by.issued_by))


def holding(on: date) -> ColumnElement[bool]:
    """The condition that keeps the powers that hold on a day."""
    return (Power.valid_from <= on) & or_(Power.valid_to.is_(None), Power.valid_to > on)


# --- For themselves -----------------------------------------------------------------------------


def own_powers(connection: Connection, actor: Actor, *, today: date) -> Sequence[RowMapping]:
    """What one may do oneself today, where: the area by kind, code and name."""
    name = func.coalesce(AREA_NAME, Power.area_code).label("name")
    asked = _with_areas(select(Power.role, Power.area_kind, Power.area_code, name), today)
    asked = asked.where(Power.person_id == UUID(actor.name), holding(today))
    return connection.execute(asked.order_by(Power.role, Power.area_code)).mappings().all()


AREA_NAME = func.coalesce(Township.name, Grid.name)
"""Of a power's area, where it is a township or a grid; what squads are called is known above."""


def _with_areas(asked: Select[*Columns], today: date) -> Select[*Columns]:
    township = and_(Power.area_kind == AreaKind.TOWNSHIP, Township.code == Power.area_code)
    grid = and_(Power.area_kind == AreaKind.GRID, Grid.code == Power.area_code, valid_on(today))
    return asked.outerjoin(Township, township).outerjoin(Grid, grid)


def own_tokens(connection: Connection, actor: Actor, *, at: datetime) -> Sequence[RowMapping]:
    """The programs that do one's work, the newest first."""
    asked = select(*TOKEN_ROW).where(Token.person_id == UUID(actor.name), _is_good(at))
    return connection.execute(asked.order_by(Token.made_at.desc(), Token.id)).mappings().all()


def own_sessions(connection: Connection, actor: Actor, *, at: datetime) -> Sequence[RowMapping]:
    """Where one is signed in, the latest use first."""
    asked = select(Session.id, Session.token_hash, Session.made_at, Session.seen_at)
    asked = asked.where(Session.person_id == UUID(actor.name), _lives(at))
    return connection.execute(asked.order_by(Session.seen_at.desc())).mappings().all()


# --- For who manages them -----------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """Whom somebody looks for; what is left empty is anybody.

    `text` stands in the login or the name. Role and areas are those of one power that is held.
    """

    text: str = ""
    role: Role | None = None
    areas: Collection[str] | None = None
    state: State | None = None


ANYBODY = Wanted()


def listed(
    connection: Connection, actor: Actor, page: Page, wanted: Wanted = ANYBODY, *, today: date
) -> Sequence[RowMapping]:
    """People behind a login, with the powers they hold today; no secret of theirs."""
    asked = _people(actor, today).where(Person.login > page.after, *_conditions(wanted, today))
    return connection.execute(asked.order_by(Person.login).limit(page.limit)).mappings().all()


def _conditions(wanted: Wanted, today: date) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        name = func.lower(Person.name).contains(wanted.text.lower(), autoescape=True)
        yield or_(Person.login.contains(rules.folded(wanted.text), autoescape=True), name)
    if wanted.role is not None or wanted.areas is not None:
        yield Person.id.in_(select(Power.person_id).where(*_power(wanted), holding(today)))
    if wanted.state is not None:
        stored = "disabled" if wanted.state is State.DISABLED else "active"
        yield Person.state == stored
    if wanted.state is State.WAITING:
        yield Person.password_hash.is_(None)


def _power(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.role is not None:
        yield Power.role == wanted.role
    if wanted.areas is not None:
        yield Power.area_code == func.any(list(wanted.areas))


def one(connection: Connection, actor: Actor, login: str, *, today: date) -> RowMapping:
    """One person by login."""
    asked = _people(actor, today).where(Person.login == rules.folded(login))
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_person", login=login)
    return found


@dataclass(frozen=True)
class Detail:
    """One person with all powers, past and to come, and what signs in as them just now."""

    person: RowMapping
    powers: Sequence[RowMapping]
    tokens: Sequence[RowMapping]
    sessions: int


def detail(
    connection: Connection, actor: Actor, person: UUID, *, at: datetime, today: date
) -> Detail:
    """Everything an administrator may know of one person."""
    asked = _people(actor, today).where(Person.id == person)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_person", login=person)
    powers = _with_areas(select(*POWER_ROW), today).where(Power.person_id == person)
    powers = powers.order_by(Power.valid_from.desc(), Power.id.desc())
    tokens = select(*TOKEN_SHOWN).outerjoin(ISSUER, ISSUED_BY).where(Token.person_id == person)
    tokens = tokens.order_by(Token.made_at.desc(), Token.id.desc())
    living = select(func.count()).where(Session.person_id == person, _lives(at))
    return Detail(
        found,
        connection.execute(powers).mappings().all(),
        connection.execute(tokens).mappings().all(),
        connection.execute(living).scalar_one(),
    )


POWER_ROW = (
    Power.id, Power.role, Power.area_kind.label("kind"), Power.area_code.label("area"),
    AREA_NAME.label("area_name"), Power.valid_from, Power.valid_to,
)  # fmt: skip
ISSUER = aliased(Person)
ISSUED_BY = cast(ISSUER.id, Text) == Token.issued_by
TOKEN_ROW = (
    Token.id, Token.name, Token.scopes, Token.issued_by, Token.made_at, Token.expires_at,
    Token.ended_at,
)  # fmt: skip
TOKEN_SHOWN = (*TOKEN_ROW, func.coalesce(ISSUER.login, Token.issued_by).label("issuer"))


def tokens(
    connection: Connection, actor: Actor, page: Page, *, at: datetime
) -> Sequence[RowMapping]:
    """The tokens that are good for something, the newest first, with whose work they do."""
    may(actor, Verb.MANAGE)
    whose = (Token.person_id, Person.login, Person.name.label("person"))
    asked = select(*TOKEN_SHOWN, *whose).join(Person, Token.person_id == Person.id)
    asked = asked.outerjoin(ISSUER, ISSUED_BY).where(_is_good(at))
    if page.after:
        asked = asked.where(tuple_(Token.made_at, Token.id) < moment_of(page.after))
    asked = asked.order_by(Token.made_at.desc(), Token.id.desc()).limit(page.limit)
    return connection.execute(asked).mappings().all()


def who(connection: Connection, actor: Actor, text: str) -> Sequence[RowMapping]:
    """The first people of whom a text stands in the login or the name, for who audits."""
    may(actor, Verb.AUDIT)
    asked = select(*WHO).where(*_conditions(Wanted(text), date.min))
    return connection.execute(asked.order_by(Person.login).limit(SUGGESTED)).mappings().all()


SUGGESTED = 10
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def logins(connection: Connection, actor: Actor, ids: Collection[str]) -> dict[str, str]:
    """The logins of people by what the journal calls them; others stay without one."""
    if not holds(actor, Verb.MANAGE):
        may(actor, Verb.AUDIT)
    known = [UUID(one) for one in ids if ID.fullmatch(one)]
    asked = select(Person.id, Person.login).where(Person.id == func.any(known))
    return {str(person): login for person, login in connection.execute(asked)}


def token_names(connection: Connection, actor: Actor, ids: Collection[str]) -> dict[str, str]:
    """What the tokens are called that the journal names by their ids."""
    may(actor, Verb.AUDIT)
    asked = select(Token.id, Token.name).where(Token.id == func.any([UUID(one) for one in ids]))
    return {str(token): name for token, name in connection.execute(asked)}


def without_password(
    connection: Connection, actor: Actor, *, area: str, at: datetime, today: date
) -> Sequence[Row[UUID, str, str, bool]]:
    """Id, login and name of all others without a password, or of those with a power in an area;
    and whether they hold a code that is still good."""
    may(actor, Verb.MANAGE)
    has_code = func.coalesce(Person.code_until > at, false())
    asked = select(Person.id, Person.login, Person.name, has_code.label("has_code")).where(
        Person.password_hash.is_(None), Person.state == "active",
        cast(Person.id, Text) != actor.name,
    )  # fmt: skip
    if area:
        there = select(Power.person_id).where(Power.area_code == area, holding(today))
        asked = asked.where(Person.id.in_(there))
    return connection.execute(asked.order_by(Person.login)).all()


def _people(actor: Actor, today: date) -> Select[*tuple[object, ...]]:
    may(actor, Verb.MANAGE)
    power = func.jsonb_build_object(
        "id", Power.id, "role", Power.role, "kind", Power.area_kind, "area", Power.area_code,
        "area_name", AREA_NAME,
    )  # fmt: skip
    powers = select(func.coalesce(func.jsonb_agg(power), literal([], type_=JSONB())))
    powers = _with_areas(powers.select_from(Power), today)
    powers = powers.where(Power.person_id == Person.id, holding(today))
    return select(
        Person.id, Person.login, Person.name, Person.state, Person.made_at, Person.left_at,
        Person.password_hash.is_not(None).label("has_password"),
        powers.scalar_subquery().label("powers"),
    )  # fmt: skip


def anybody(connection: Connection) -> bool:
    """Whether there is anybody at all, or the first person is still to come."""
    return connection.execute(select(Person.id).limit(1)).one_or_none() is not None


def verbs_held(connection: Connection, person: UUID, today: date) -> frozenset[Verb]:
    """What somebody's roles allow, now or later."""
    goes_on = or_(Power.valid_to.is_(None), Power.valid_to > func.greatest(Power.valid_from, today))
    asked = select(Power.role).where(Power.person_id == person, goes_on)
    roles = connection.execute(asked).scalars().all()
    return frozenset[Verb]().union(*(VERBS[Role(role)] for role in roles))


def areas(
    connection: Connection, codes: Collection[str], *, squads: Collection[str], today: date
) -> rules.Areas:
    """Of some codes: the townships, and the grids of today. Squads stand above: they are given."""
    wanted = sorted(codes)
    townships = select(Township.code).where(Township.code == func.any(wanted))
    grids = select(Grid.code).where(Grid.code == func.any(wanted), valid_on(today))
    return {
        AreaKind.TOWNSHIP: frozenset(connection.execute(townships).scalars()),
        AreaKind.GRID: frozenset(connection.execute(grids).scalars()),
        AreaKind.SQUAD: frozenset(squads),
    }


def area_codes(connection: Connection, *, squads: Collection[str], today: date) -> list[str]:
    """The codes of all areas in which somebody can hold a role today."""
    townships = connection.execute(select(Township.code)).scalars()
    grids = connection.execute(select(Grid.code).where(valid_on(today))).scalars()
    return [*townships, *grids, *squads]
