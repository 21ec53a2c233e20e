"""Orders in the practice town: whoever signs in as its squad finds something to do."""

from uuid import UUID, uuid4

from sqlalchemy import Connection

from api.circumstances import Circumstances
from layers.holidays.queries import calendar
from layers.incidents import queries
from layers.incidents.actions.stepping import Said, step
from layers.incidents.queries import Wanted
from layers.incidents.rules import ACCEPTED, DISPATCHED, REPORTED
from maps import theme

ORDERS = 3


def send(connection: Connection, squad: str, township: str, around: Circumstances) -> None:
    """Send a squad some cases of its township, and those anew that it left lying."""
    actor, at = around.actor, around.at
    reason = theme.word("practice.anew", around.settings.language)
    held = Wanted(squads=frozenset({squad}))
    in_hand = queries.listed(connection, actor, held, after="", limit=ORDERS)
    for order in in_hand:
        late = order["due_at"] is not None and order["due_at"] < at
        if late and order["state"] in (DISPATCHED, ACCEPTED):
            _do(connection, order["id"], Said("recall", uuid4(), at, reason=reason), around)
            _do(connection, order["id"], Said("dispatch", uuid4(), at, squad=squad), around)
    waiting = Wanted(township=township, state=REPORTED)
    more = ORDERS - len(in_hand)
    for case in queries.listed(connection, actor, waiting, after="", limit=more):
        _do(connection, case["id"], Said("file", uuid4(), at, standard=True), around)
        _do(connection, case["id"], Said("dispatch", uuid4(), at, squad=squad), around)


def _do(connection: Connection, case: UUID, said: Said, around: Circumstances) -> None:
    settings = around.settings
    days = calendar(connection, settings.zone, settings.shifts)
    step(connection, case, said, actor=around.actor, at=around.at, calendar=days)
