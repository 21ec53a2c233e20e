"""Reading who somebody is, and who there is."""

from collections.abc import Collection, Sequence
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
    and_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from layers.access import Actor, Verb, actor_of, may, nobody
from layers.db import Page
from layers.errors import NotFound, Unrecognised
from layers.grids.queries import valid_on
from layers.grids.tables import Grid, Township
from layers.people import rules
from layers.people.tables import Person, Power, Session, Token
from layers.roles import Area, AreaKind, Grant, Role

Columns = TypeVarTuple("Columns")

# --- By what is proven --------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A person who proved who they are.

    Whoever came with a one-time code must choose a password first: till then `actor` is nobody.
    """

    person_id: UUID
    actor: Actor
    must_choose: bool


def by_session(connection: Connection, token_hash: bytes, *, at: datetime, today: date) -> Known:
    """Who is signed in with a session that lives, with the powers that hold today."""
    lives = and_(
        Session.token_hash == token_hash, Session.ended_at.is_(None),
        Session.expires_at > at, Session.seen_at > at - rules.IDLE,
    )  # fmt: skip
    asked = select(Person.id, Person.password_hash.is_(None).label("must_choose"), *GRANT)
    asked = _with_grants(asked.join(Session, Session.person_id == Person.id).where(lives), today)
    rows = _living(connection, asked)
    person, must_choose = rows[0].id, rows[0].must_choose
    actor = nobody(str(person)) if must_choose else _actor(rows, today)
    return Known(person, actor, must_choose)


def by_token(connection: Connection, token_hash: bytes, *, at: datetime, today: date) -> Known:
    """Whose work a program does, with no more verbs than its scopes name."""
    lives = and_(
        Token.token_hash == token_hash, Token.ended_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > at),
    )  # fmt: skip
    asked = select(Person.id, Token.scopes, *GRANT)
    asked = _with_grants(asked.join(Token, Token.person_id == Person.id).where(lives), today)
    rows = _living(connection, asked)
    actor = _actor(rows, today)
    verbs = actor.verbs & rules.verbs_of(rows[0].scopes)
    return Known(rows[0].id, replace(actor, verbs=verbs), must_choose=False)


GRANT = (Power.role, Power.area_kind, Power.area_code, Power.valid_from, Power.valid_to)


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


def holding(on: date) -> ColumnElement[bool]:
    """The condition that keeps the powers that hold on a day."""
    return (Power.valid_from <= on) & or_(Power.valid_to.is_(None), Power.valid_to > on)


# --- For who manages them -----------------------------------------------------------------------


def listed(
    connection: Connection, actor: Actor, page: Page, *, today: date
) -> Sequence[RowMapping]:
    """People behind a login, with the powers they hold today; no secret of theirs."""
    asked = _people(actor, today).where(Person.login > page.after)
    return connection.execute(asked.order_by(Person.login).limit(page.limit)).mappings().all()


def one(connection: Connection, actor: Actor, login: str, *, today: date) -> RowMapping:
    """One person by login."""
    asked = _people(actor, today).where(Person.login == rules.folded(login))
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_person", login=login)
    return found


def without_password(
    connection: Connection, actor: Actor, *, area: str, today: date
) -> Sequence[Row[UUID, str, str]]:
    """Id, login and name of who has no password yet; all, or those with a power in an area."""
    may(actor, Verb.MANAGE)
    asked = select(Person.id, Person.login, Person.name).where(
        Person.password_hash.is_(None), Person.state == "active"
    )
    if area:
        there = select(Power.person_id).where(Power.area_code == area, holding(today))
        asked = asked.where(Person.id.in_(there))
    return connection.execute(asked.order_by(Person.login)).all()


def _people(actor: Actor, today: date) -> Select[*tuple[object, ...]]:
    may(actor, Verb.MANAGE)
    power = func.jsonb_build_object(
        "role", Power.role, "kind", Power.area_kind, "area", Power.area_code
    )
    powers = select(func.coalesce(func.jsonb_agg(power), literal([], type_=JSONB())))
    powers = powers.where(Power.person_id == Person.id, holding(today))
    return select(
        Person.id, Person.login, Person.name, Person.state, Person.made_at, Person.left_at,
        Person.password_hash.is_not(None).label("has_password"),
        powers.scalar_subquery().label("powers"),
    )  # fmt: skip


def check_active(connection: Connection, people: Collection[UUID]) -> None:
    """Raise unless these people are all there and none of them has left."""
    asked = select(Person.id).where(Person.id == func.any(list(people)), Person.state == "active")
    gone = set(people) - set(connection.execute(asked).scalars())
    if gone:
        raise NotFound("no_person", login=min(gone))


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
