"""Signing in and out, and the tokens of programs. Only digests of what proves somebody come here.

Signing in takes two transactions, with the slow comparison of passwords between them: `admit`
counts the try as failed and hands out what to compare with; `sign_in` takes that back. So a
thousand guesses sent at once are counted before the first is compared, no connection waits for a
comparison, and a wrong password cannot be uncounted by the rollback that refuses it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, case, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, in_person, may, nobody
from layers.errors import NotFound, Unrecognised
from layers.journal.actions import note
from layers.people import rules
from layers.people.actions.ending import end_sessions, end_tokens, tell
from layers.people.actions.holding import check_active
from layers.people.queries import verbs_held
from layers.people.rules import Limit, Tries
from layers.people.tables import Person, Session, SignIn, Token


@dataclass(frozen=True)
class Attempt:
    """A try to sign in, and what it has to match. Nothing of it where nobody has the login."""

    person_id: UUID | None
    password_hash: str | None = field(repr=False)
    code_hash: bytes | None = field(repr=False)
    counted: tuple[str, ...]
    pair: str
    """The login at this address: remembered once it has signed in."""


def admit(connection: Connection, login: str, address: str, *, at: datetime) -> Attempt:
    """Let a sign-in be tried, or raise TooSoon. To be committed before it is compared.

    Who has signed in from an address lately is counted there alone: strangers who guess at the
    login from elsewhere, or at other logins from there, put nobody off. So does no stranger put off
    who signs in for the first time, or from a phone whose address changes: an address has five
    tries of its own at a login, and only those that have spent them wait for each other.

    What guesses at one login are bounded by: from one address five, then one a minute; from all
    addresses that have spent their five together one a minute more; from new ones five each, after
    the first hundred one in two seconds. Day and night that is 43,200, for whoever has 8,640
    addresses a day, of IPv6 networks of 64 bits.
    """
    name, near = rules.check_login(login), rules.neighbourhood(address)
    pair = rules.key("pair", name, near)
    limits = _limits(connection, name, near, pair, at)
    _count(connection, limits, at)
    asked = select(
        Person.id, Person.password_hash,
        case((Person.code_until > at, Person.code_hash)).label("code_hash"),
    ).where(Person.login == name, Person.state == "active")  # fmt: skip
    found = connection.execute(asked).one_or_none()
    if found is None:
        return Attempt(None, None, None, tuple(limits), pair)
    return Attempt(found.id, found.password_hash, found.code_hash, tuple(limits), pair)


def _limits(
    connection: Connection, name: str, near: str, pair: str, at: datetime
) -> dict[str, Limit]:
    """What a try is counted by."""
    here = rules.key("here", name, near)
    asked = select(SignIn).where(SignIn.key.in_([pair, here]))
    found = {row.key: Tries(row.failures, row.until) for row in connection.execute(asked)}
    if pair in found and found[pair].until > at - rules.KNOWN:
        return {pair: rules.LOGIN}
    spent = here in found and rules.spent(found[here], rules.LOGIN, at)
    others = {rules.key("login", name): rules.LOGIN} if spent else {
        rules.key("crowd", name): rules.CROWD}  # fmt: skip
    return {here: rules.LOGIN, rules.key("address", near): rules.ADDRESS} | others


def _count(connection: Connection, limits: dict[str, Limit], at: datetime) -> None:
    keys = sorted(limits)  # one order for all, against deadlocks
    never = at - rules.KNOWN
    first = [{"key": key, "failures": 0, "until": never} for key in keys]
    connection.execute(upsert(SignIn).values(first).on_conflict_do_nothing())
    asked = select(SignIn).where(SignIn.key.in_(keys)).order_by(SignIn.key).with_for_update()
    for row in connection.execute(asked).all():
        found = rules.one_more(Tries(row.failures, row.until), limits[row.key], at)
        change = update(SignIn).where(SignIn.key == row.key)
        connection.execute(change.values(failures=found.failures, until=found.until))


def sign_in(connection: Connection, attempt: Attempt, token_hash: bytes, *, at: datetime) -> None:
    """Begin a session after an attempt that matched. Raises where it is no longer true."""
    same = Person.password_hash.is_not_distinct_from(attempt.password_hash)
    session = insert(Session).from_select(
        ["id", "person_id", "token_hash", "made_at", "seen_at", "expires_at"],
        select(
            literal(uuid4()), Person.id, literal(token_hash), literal(at), literal(at),
            literal(at + rules.LONGEST_SESSION),
        )
        .where(Person.id == attempt.person_id, Person.state == "active", same)
        .with_for_update(read=True),  # whoever changes the password meanwhile sees the session
    )  # fmt: skip
    if connection.execute(session.returning(Session.id)).one_or_none() is None:
        raise Unrecognised("wrong_password")
    _take_back(connection, attempt, at)
    person = str(attempt.person_id)
    note(connection, "sign_in", "people", person, actor=nobody(person), at=at)


def _take_back(connection: Connection, attempt: Attempt, at: datetime) -> None:
    """One failure less of what was counted, and no pause; the address is known from now on.

    The pause is over since a while: others asked a moment earlier, and are counted later.
    """
    fewer = {"failures": func.greatest(SignIn.failures - 1, 0), "until": at - rules.LONGEST_PAUSE}
    counted = update(SignIn).where(SignIn.key.in_(attempt.counted))
    connection.execute(counted.values(fewer))
    known = {"key": attempt.pair, "failures": 0, "until": at}
    here = upsert(SignIn).values(known)
    connection.execute(
        here.on_conflict_do_update(index_elements=[SignIn.key], set_={"failures": 0, "until": at})
    )


def touch(connection: Connection, token_hash: bytes, *, at: datetime) -> None:
    """Note that a session is in use, which keeps it from ending idle."""
    stale = (Session.token_hash == token_hash, Session.seen_at < at - rules.NOTICED)
    connection.execute(update(Session).where(*stale).values(seen_at=at))


def sign_out(connection: Connection, token_hash: bytes, *, at: datetime) -> None:
    """End one session; to end it twice is no fault."""
    alive = (Session.token_hash == token_hash, Session.ended_at.is_(None))
    ended = update(Session).where(*alive).values(ended_at=at).returning(Session.person_id)
    person = connection.execute(ended).scalar_one_or_none()
    if person is not None:
        note(connection, "sign_out", "people", str(person), actor=nobody(str(person)), at=at)
        tell(connection)


def end_session(connection: Connection, session: UUID, *, actor: Actor, at: datetime) -> None:
    """Sign oneself out on one of one's devices."""
    in_person(actor)
    own = (Session.id == session, Session.person_id == UUID(actor.name))
    ended = update(Session).where(*own, Session.ended_at.is_(None)).values(ended_at=at)
    if not connection.execute(ended).rowcount:
        raise NotFound("no_session", id=session)
    note(connection, "sign_out", "people", actor.name, actor=actor, at=at)
    tell(connection)


def end_all_sessions(connection: Connection, person: UUID, *, actor: Actor, at: datetime) -> None:
    """A phone is lost: sign oneself out everywhere, or somebody, whose tokens end too.

    Of one's own tokens each can be seen and ended; nobody else can tell which of them are safe.
    """
    in_person(actor)
    if actor.name != str(person):
        may(actor, Verb.MANAGE)
        end_tokens(connection, person, at)
    end_sessions(connection, person, at)
    note(connection, "end_sessions", "people", str(person), actor=actor, at=at)


def issue_token(  # noqa: PLR0913  (an action: whose, its name and digest, how much, how long, who, when)
    connection: Connection,
    person: UUID,
    name: str,
    token_hash: bytes,
    scopes: Iterable[str],
    *,
    life: timedelta | None,
    actor: Actor,
    at: datetime,
    today: date,
) -> None:
    """Give a program a token for the work of somebody, within what their roles hold."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    check_active(connection, [person])
    allowed, token = rules.check_scopes(scopes, verbs_held(connection, person, today)), uuid4()
    row = {
        "id": token, "person_id": person, "name": name, "token_hash": token_hash,
        "scopes": allowed, "issued_by": actor.name, "made_at": at,
        "expires_at": None if life is None else at + life,
    }  # fmt: skip
    connection.execute(insert(Token).values(row))
    what = {"token": str(token), "scopes": allowed}
    note(connection, "issue_token", "people", str(person), actor=actor, at=at, **what)


def end_token(
    connection: Connection, person: UUID, which: UUID | str, *, actor: Actor, at: datetime
) -> None:
    """End one token of somebody, or of one's own, or all those that have this name."""
    in_person(actor)
    if actor.name != str(person):
        may(actor, Verb.MANAGE)
    one = Token.id == which if isinstance(which, UUID) else Token.name == which
    there = (Token.person_id == person, one, Token.ended_at.is_(None))
    ended = update(Token).where(*there).values(ended_at=at).returning(Token.id)
    tokens = [str(token) for token in connection.execute(ended).scalars()]
    if not tokens:
        raise NotFound("no_token", name=which)
    note(connection, "end_token", "people", str(person), actor=actor, at=at, tokens=tokens)
    tell(connection)
