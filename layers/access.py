"""Who acts, and how far the actor's sight and powers reach. Asked by every query and action."""

from dataclasses import dataclass
from enum import StrEnum, auto

from sqlalchemy import ColumnElement, false, true
from sqlalchemy.orm import InstrumentedAttribute

from layers.errors import Forbidden


class Verb(StrEnum):
    """What may be done to the bureau's layers, beyond looking."""

    IMPORT = auto()
    STUDY = auto()
    PLAN = auto()
    APPROVE = auto()


@dataclass(frozen=True)
class Actor:
    """Somebody at work: a name for the journal, the powers held and the townships seen.

    `townships` None means the whole bureau.
    """

    name: str
    verbs: frozenset[Verb]
    townships: frozenset[str] | None = None


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
