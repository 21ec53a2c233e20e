"""What people are at the bureau, what each role may do, and where. The words of access. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto


class Verb(StrEnum):
    """What may be done to the bureau's layers, beyond looking.

    The first six take the whole bureau: a file may touch any township, a study compares all cells,
    and the one approved plan of a week stands for all townships. The others are used where a case
    is.
    """

    IMPORT = auto()
    STUDY = auto()
    PLAN = auto()
    APPROVE = auto()
    MANAGE = auto()
    """People, their powers and tokens, units."""
    AUDIT = auto()
    """Read the journal."""
    CONTACT = auto()
    """See, keep, correct and remove who reported a case."""
    REPORT = auto()
    """Bring a case in."""
    CHECK = auto()
    """Look before a case is filed and after it was handled; settle what can be on the spot."""
    FILE = auto()
    """File, reject, close, merge and reopen cases; ask for checks and for work to be done again."""
    DISPATCH = auto()
    """Send squads, call them back, ask for more time."""
    HANDLE = auto()
    """What a squad does: accept, arrive, say what it will take, finish."""
    LEAD = auto()
    """Give more time, let a clock stand, end a case in spite of everything."""


class Role(StrEnum):
    """What somebody is at the bureau."""

    RESIDENT = auto()
    GRID_WORKER = auto()
    SQUAD_MEMBER = auto()
    SQUAD_LEADER = auto()
    ACCEPTOR = auto()
    DISPATCHER = auto()
    DEPARTMENT = auto()
    PLANNER = auto()
    CAMPAIGN_OFFICER = auto()
    LEADER = auto()
    AUDITOR = auto()
    ADMINISTRATOR = auto()


VERBS: Mapping[Role, frozenset[Verb]] = {
    Role.RESIDENT: frozenset(),
    Role.GRID_WORKER: frozenset({Verb.REPORT, Verb.CHECK}),
    Role.SQUAD_MEMBER: frozenset({Verb.REPORT, Verb.HANDLE}),
    Role.SQUAD_LEADER: frozenset({Verb.REPORT, Verb.HANDLE}),
    Role.ACCEPTOR: frozenset({Verb.CONTACT, Verb.REPORT, Verb.FILE}),
    Role.DISPATCHER: frozenset({Verb.REPORT, Verb.DISPATCH}),
    Role.DEPARTMENT: frozenset(),
    Role.PLANNER: frozenset({Verb.STUDY, Verb.PLAN}),
    Role.CAMPAIGN_OFFICER: frozenset(),
    Role.LEADER: frozenset({Verb.APPROVE, Verb.LEAD}),
    Role.AUDITOR: frozenset({Verb.AUDIT}),
    Role.ADMINISTRATOR: frozenset({Verb.IMPORT, Verb.MANAGE, Verb.AUDIT, Verb.CONTACT}),
}
"""What each role may do. Whoever needs more is given a second role."""


BUREAU_WIDE = frozenset({Verb.IMPORT, Verb.STUDY, Verb.PLAN, Verb.APPROVE, Verb.MANAGE, Verb.AUDIT})
"""What is done for the whole bureau or not at all."""


class AreaKind(StrEnum):
    BUREAU = auto()
    TOWNSHIP = auto()
    SQUAD = auto()
    GRID = auto()


@dataclass(frozen=True)
class Area:
    """Where a power reaches: the whole bureau, or the one thing of this kind and code."""

    kind: AreaKind
    code: str = ""


BUREAU = Area(AreaKind.BUREAU)


@dataclass(frozen=True)
class Grant:
    """A role held in an area, from `valid_from` until before `valid_to`."""

    role: Role
    area: Area
    valid_from: date
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)
