"""Timing things in turn, and what a figure is worth beside its goal."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from statistics import median
from time import perf_counter
from typing import Generic, Literal, TypeVar

Answer = TypeVar("Answer")
Unit = Literal["seconds", "bytes", "exponent"]
GROWTH = 1.1


class AnswersDiffer(Exception):
    """Two ways to do one thing gave different answers: their times mean nothing."""


@dataclass(frozen=True)
class Side(Generic[Answer]):
    """One way to do a thing; `before` is not timed, and a run does the thing `times` over."""

    label: str
    run: Callable[[], Answer]
    before: Callable[[], object] = tuple
    times: int = 1


@dataclass(frozen=True)
class Figures:
    """What one side was measured at, a figure for each round."""

    label: str
    values: list[float]

    @property
    def median(self) -> float:
        return median(self.values)


@dataclass(frozen=True)
class Goal:
    """Ours is at least `bound` times as good as the side named, or is itself at most `bound`.

    An aim is worth telling too, but missing it is no miss.
    """

    bound: float
    against: str = ""
    aim: bool = False


@dataclass(frozen=True)
class Line:
    """One line of the table; the first of `sides` is ours."""

    row: str
    what: str
    sides: Mapping[str, Figures]
    goals: tuple[Goal, ...] = ()
    unit: Unit = "seconds"

    @property
    def ours(self) -> Figures:
        return self.sides["ours"]

    def ratios(self, side: str) -> Figures:
        """How many times as good ours was in each round."""
        pairs = zip(self.sides[side].values, self.ours.values, strict=True)
        return Figures(side, [other / own for other, own in pairs])

    def met(self, goal: Goal) -> bool:
        if goal.against:
            return self.ratios(goal.against).median >= goal.bound
        return self.ours.median <= goal.bound


def in_turn(
    rounds: int, lasting: float, sides: Mapping[str, Side[Answer]]
) -> tuple[dict[str, Figures], dict[str, Answer]]:
    """Seconds of each side, A, B, A, B, and the answer that each gave last.

    In its turn a quick side runs again until `lasting` seconds are over, and its mean is taken:
    the machine's hiccups would otherwise be most of it.
    """
    taken = {name: Figures(side.label, []) for name, side in sides.items()}
    answers: dict[str, Answer] = {}
    for _ in range(rounds):
        for name, side in sides.items():
            side.before()
            gc.collect()
            runs, begun = 0, perf_counter()
            while not runs or perf_counter() - begun < lasting:
                answers[name] = side.run()
                runs += 1
            taken[name].values.append((perf_counter() - begun) / (runs * side.times))
    return taken, answers


def growth(
    row: str,
    what: str,
    few: tuple[int, Figures],
    many: tuple[int, Figures],
    most: float = GROWTH,
) -> Line:
    """The exponent by which time grows from `few` things to `many`."""
    (less, short), (more, long) = few, many
    exponents = [
        log(after / before) / log(more / less)
        for before, after in zip(short.values, long.values, strict=True)
    ]
    told = f"{what}: growth from {less:,} to {more:,}, n^x"
    return Line(row, told, {"ours": Figures("", exponents)}, (Goal(most),), "exponent")


def same(holds: bool, what: str) -> None:
    """Raise AnswersDiffer unless it holds."""
    if not holds:
        raise AnswersDiffer(what)
