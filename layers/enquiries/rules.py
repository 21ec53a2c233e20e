"""How people reach the bureau, and what an enquiry still waits for. Pure."""

from enum import StrEnum, auto

from layers.errors import Conflict, Invalid


class Channel(StrEnum):
    """By which somebody outside reached the bureau: the town's hotlines by their numbers."""

    HOTLINE_12345 = "12345"
    HOTLINE_12319 = "12319"
    PHONE = auto()
    VISIT = auto()
    LETTER = auto()
    WEB = auto()
    OPEN311 = auto()
    MEDIA = auto()
    PLATFORM = auto()
    OTHER = auto()


class Waits(StrEnum):
    """What is to be done next for whoever asked."""

    ANSWER = auto()
    CALL_BACK = auto()


LOWEST, HIGHEST = 1, 5
"""Of satisfaction: not at all, and very much."""


def check_answer(*, answered: bool, final: bool) -> None:
    """Raise where the last word is said already."""
    if answered and not final:
        raise Conflict("answered_already")


def check_call(
    *, answered: bool, reached: bool, satisfaction: int | None, own_rating: bool
) -> None:
    """Raise unless somebody can have been called back so."""
    if not answered:
        raise Conflict("not_answered")
    if satisfaction is not None and not reached:
        raise Invalid("not_reached")
    if satisfaction is not None and own_rating:
        raise Conflict("own_rating")
