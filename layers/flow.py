"""A closed loop as data: in which state which verb is open, to whom, and what comes next. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from layers.errors import Conflict, Invalid

SAME, BEFORE = "=", "<"
"""As next state: the case stays where it is, or goes back to where it was before it left."""


@dataclass(frozen=True)
class Step:
    """One row of the table: what is done in which states, by whom, and what it takes.

    `powers`: one of them is enough. `needs`: what its body must bring, all of it.
    """

    verb: str
    states: tuple[str, ...]
    target: str
    powers: frozenset[str]
    needs: frozenset[str]


class Flow:
    """A table of steps; a verb has at most one step in each state."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(steps)
        self._open: Mapping[tuple[str, str], Step] = MappingProxyType(
            {(state, step.verb): step for step in self.steps for state in step.states}
        )
        if len(self._open) != sum(len(step.states) for step in self.steps):
            raise ValueError("a verb is in the table twice for one state")
        self._rows: Mapping[str, tuple[Step, ...]] = MappingProxyType(
            {state: tuple(step for step in self.steps if state in step.states)
             for state in self.states}
        )  # fmt: skip

    @property
    def states(self) -> frozenset[str]:
        """Every state that the table speaks of."""
        left = {state for step in self.steps for state in step.states}
        return frozenset(left | {step.target for step in self.steps}) - {SAME, BEFORE}

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.verb for step in self.steps))

    def open(self, state: str) -> tuple[Step, ...]:
        """The steps that are open in a state, in the order of the table."""
        return self._rows.get(state, ())

    def step(self, state: str, verb: str, mine: Sequence[str] = ()) -> Step:
        """The step of a verb; raises Conflict with `mine`, what the asker can do instead."""
        if verb not in self.verbs:
            raise Invalid("no_verb", step=verb)
        found = self._open.get((state, verb))
        if found is None:
            raise Conflict("not_open", state=state, verbs=list(mine))
        return found


def check_given(step: Step, given: Collection[str]) -> None:
    """Raise Invalid for the first thing that a step needs and was not given."""
    missing = sorted(step.needs.difference(given))
    if missing:
        raise Invalid("step_needs", step=step.verb, missing=missing[0])
