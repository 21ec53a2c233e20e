"""Who walks through all routes: one of each role, most of them in the west."""

from datetime import date
from uuid import uuid4

from layers.access import Actor, Verb, actor_of, nobody
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST

DAY = date(2026, 11, 16)
OUR_GRID, FOREIGN_GRID = f"{WEST}001001", f"{EAST}001001"
NAME = str(uuid4())
AREAS = {
    Role.GRID_WORKER: Area(AreaKind.GRID, OUR_GRID),
    Role.SQUAD_MEMBER: Area(AreaKind.SQUAD, "S1"),
    **dict.fromkeys((Role.AUDITOR, Role.ADMINISTRATOR), BUREAU),
}
"""Where each role is held; else in the west."""
ROLES = {
    role: actor_of(NAME, [Grant(role, AREAS.get(role, Area(AreaKind.TOWNSHIP, WEST)), DAY)],
                   DAY)
    for role in Role
}  # fmt: skip
ROLES[Role.RESIDENT] = nobody(NAME)
DISTINCT = [
    next(role for role, actor in ROLES.items() if actor == one)
    for one in dict.fromkeys(ROLES.values())
]  # fmt: skip
"""One of those that may and see the same."""
BOUNDED = [role for role in DISTINCT if ROLES[role].townships is not None]
EVERYTHING = Actor(str(uuid4()), frozenset(Verb))
