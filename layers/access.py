"""Who acts, and how far the actor's sight and powers reach. Asked by every query and action."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, false, or_, text, true
from sqlalchemy.orm import InstrumentedAttribute

from layers.errors import Forbidden
from layers.roles import BUREAU_WIDE, VERBS, AreaKind, Grant, Role, Verb

__all__ = [
    "DOOR", "INTAKE", "PUBLIC", "WORKER", "Actor", "Pass", "Verb", "acting", "actor_of", "holds",
    "holds_at", "in_person", "may", "nobody", "transaction", "within",
]  # fmt: skip

Townships: TypeAlias = frozenset[str] | None
"""Codes, or None for the whole bureau with its pool: what lies outside every township."""
Codes: TypeAlias = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


class Pass(NamedTuple):
    """The token that a program came by, and who had issued it."""

    token: UUID
    issuer: str


@dataclass(frozen=True)
class Actor:
    """Somebody at work: a name for the journal, the powers held and the areas seen.

    The name of a person is the person's id. A power reaches as far as the sight in townships,
    or only to those that `narrower` names for it. Who came by a `token` is a program that does
    the person's work.
    """

    name: str
    verbs: frozenset[Verb]
    townships: Townships = None
    squads: frozenset[str] = frozenset()
    grids: frozenset[str] = frozenset()
    narrower: Mapping[Verb, frozenset[str]] = field(default_factory=dict, hash=False)
    token: Pass | None = None

    def reach(self, verb: Verb) -> Townships:
        """The townships in which a verb may be used; none where it is not held."""
        if verb not in self.verbs:
            return frozenset()
        return self.narrower.get(verb, self.townships)


def nobody(name: str) -> Actor:
    """An actor who may do nothing and sees nothing."""
    return Actor(name, frozenset(), frozenset())


DOOR = nobody("door")
"""Who looks at a login, a session or a token before anybody knows whose it is."""
INTAKE = nobody("intake")
"""Who writes down where devices are: sees devices, squads and shifts (migration 0023)."""
PUBLIC = nobody("public")
"""Everybody: sees the cases that may be known to everybody, and nothing else (migration 0013)."""
WORKER = Actor("worker", frozenset(Verb))
"""Who claims jobs, seals the journal and tidies up. A job itself is done as who asked for it."""


@contextmanager
def transaction(
    engine: Engine, actor: Actor, settings: Mapping[str, str] | None = None
) -> Iterator[Connection]:
    """Everything in the block is kept when it ends well, nothing when it does not."""
    with engine.begin() as connection:
        acting(connection, actor, settings)
        yield connection


def acting(connection: Connection, actor: Actor, settings: Mapping[str, str] | None = None) -> None:
    """Tell the database who acts from now until this transaction ends; before that it shows
    nothing (migration 0006). Settings of the server that hold as long go along with it: each
    statement more would be one more way there and back."""
    sight = {
        "bureau": "on" if actor.townships is None else "",
        "townships": UNIT.join(sorted(actor.townships or ())),
        "squads": UNIT.join(sorted(actor.squads)),
        "grids": UNIT.join(sorted(actor.grids)),
        "token": str(actor.token.token) if actor.token else "",
        "narrower": UNIT.join(_narrower(actor)),
    }
    told = (v for v in actor.verbs if v not in BUREAU_WIDE or actor.reach(v) is None)
    said = {"actor": actor.name, "verbs": UNIT.join(told), **sight}
    values = {f"gridpatrol.{name}": value for name, value in said.items()} | dict(settings or {})
    connection.execute(SET, {"names": list(values), "values": list(values.values())})


UNIT = "\x1f"
"""Unit separator: no code has it."""
SET = text("""
    SELECT set_config(name, value, true)
    FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS settings (name, value)
""")


def _narrower(actor: Actor) -> Iterator[str]:
    """Each verb that reaches less far than the sight, and each township that it reaches."""
    for verb, codes in actor.narrower.items():
        yield f"{verb}="
        yield from (f"{verb}={code}" for code in sorted(codes))


def actor_of(name: str, grants: Iterable[Grant], on: date) -> Actor:
    """The actor that somebody with these grants is on a day.

    All areas are seen together, while each verb reaches only the areas of the roles that have it.
    A squad or a grid gives no sight of its township.
    """
    held = [grant for grant in grants if grant.holds(on)]
    seen = _townships(held)
    reach = {
        verb: _townships(grant for grant in held if verb in VERBS[grant.role])
        for verb in frozenset[Verb]().union(*(VERBS[grant.role] for grant in held))
    }
    return Actor(
        name,
        frozenset(reach),
        seen,
        _codes(held, AreaKind.SQUAD),
        _codes(held, AreaKind.GRID),
        {verb: there for verb, there in reach.items() if there is not None and there != seen},
    )


def _townships(grants: Iterable[Grant]) -> Townships:
    held = list(grants)
    whole = any(grant.area.kind is AreaKind.BUREAU for grant in held)
    return None if whole else _codes(held, AreaKind.TOWNSHIP)


def _codes(grants: Iterable[Grant], kind: AreaKind) -> frozenset[str]:
    return frozenset(grant.area.code for grant in grants if grant.area.kind is kind)


def holds(actor: Actor, verb: Verb, townships: Iterable[str | None] | None = None) -> bool:
    """Whether a power reaches all of these townships, or the whole bureau where none are given.

    What lies in no township is the bureau's, and takes a power over the whole of it.
    """
    reach = actor.reach(verb)
    if reach is None or townships is None:
        return reach is None
    return verb in actor.verbs and reach.issuperset(townships)


def may(actor: Actor, verb: Verb, townships: Iterable[str | None] | None = None) -> None:
    """Raise Forbidden unless the power reaches these townships, or the whole bureau if unsaid."""
    if verb not in actor.verbs:
        raise Forbidden("may_not", verb=verb)
    if not holds(actor, verb, townships):
        raise Forbidden("may_not_there", verb=verb)


def in_person(actor: Actor) -> None:
    """Raise Forbidden for a program: with its scope a token could otherwise give itself any
    other, or do away with what its person signs in with."""
    if actor.token is not None:
        raise Forbidden("not_by_token")


def holds_at(
    actor: Actor, verb: Verb, township: str | None, *, grid: str | None, squad: str | None
) -> bool:
    """Whether a power reaches one thing: by its township, or as a grid worker's by its grid, or as
    a squad's by who has it."""
    by_grid = verb in VERBS[Role.GRID_WORKER] and grid in actor.grids
    by_squad = verb in VERBS[Role.SQUAD_MEMBER] and squad in actor.squads
    return verb in actor.verbs and (by_grid or by_squad or holds(actor, verb, [township]))


def within(
    actor: Actor,
    township: Codes,
    *,
    grid: Codes | None = None,
    squad: Codes | None = None,
) -> ColumnElement[bool]:
    """The condition that keeps a query inside the actor's areas, by the codes that its rows have.

    Rows of no area (points outside every grid) belong to the bureau's pool.
    """
    if actor.townships is None:
        return true()
    areas = ((township, actor.townships), (grid, actor.grids), (squad, actor.squads))
    seen = (code.in_(sorted(codes)) for code, codes in areas if code is not None and codes)
    return or_(false(), *seen)
