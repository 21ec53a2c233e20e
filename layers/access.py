"""Who acts, and how far the actor's sight and powers reach. Asked by every query and action."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, true
from sqlalchemy.orm import InstrumentedAttribute

from layers.errors import Forbidden
from layers.roles import VERBS, AreaKind, Grant, Verb

__all__ = ["Actor", "Verb", "actor_of", "may", "nobody", "within"]


@dataclass(frozen=True)
class Actor:
    """Somebody at work: a name for the journal, the powers held and the areas seen.

    The name of a person is the person's id. `townships` None means the whole bureau.
    """

    name: str
    verbs: frozenset[Verb]
    townships: frozenset[str] | None = None
    squads: frozenset[str] = frozenset()
    grids: frozenset[str] = frozenset()


def nobody(name: str) -> Actor:
    """An actor who may do nothing and sees nothing."""
    return Actor(name, frozenset(), frozenset())


def actor_of(name: str, grants: Iterable[Grant], on: date) -> Actor:
    """The actor that somebody with these grants is on a day: all verbs, in all areas, together.

    A squad or a grid gives no sight of its township.
    """
    held = [grant for grant in grants if grant.holds(on)]
    codes = {
        kind: frozenset(grant.area.code for grant in held if grant.area.kind is kind)
        for kind in AreaKind
    }
    return Actor(
        name,
        frozenset[Verb]().union(*(VERBS[grant.role] for grant in held)),
        None if codes[AreaKind.BUREAU] else codes[AreaKind.TOWNSHIP],
        codes[AreaKind.SQUAD],
        codes[AreaKind.GRID],
    )


def may(actor: Actor, verb: Verb) -> None:
    """Raise Forbidden unless the actor holds the power."""
    if verb not in actor.verbs:
        raise Forbidden("may_not", verb=verb)


def within(
    actor: Actor, township: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
) -> ColumnElement[bool]:
    """The condition that keeps a query inside the actor's townships.

    Rows of no township (points outside every grid) belong to the bureau's pool.
    """
    if actor.townships is None:
        return true()
    return township.in_(sorted(actor.townships)) if actor.townships else false()
