"""Orders in the practice town: whoever signs in as its squad finds something to do."""

from uuid import UUID, uuid4

from sqlalchemy import Connection

from api.circumstances import Circumstances
from layers.holidays.queries import calendar
from layers.incidents import queries
from layers.incidents.actions.stepping import Said, step
from layers.incidents.queries import Wanted
from layers.incidents.rules import ACCEPTED, DISPATCHED, ON_SCENE, REPORTED
from maps import theme

ORDERS = 3


def send(connection: Connection, squad: str, township: str, around: Circumstances) -> None:
    """Send a squad some cases of its township, and those anew that it left lying. What pressed is
    taken back, and where it has been on the scene since another day it goes on with what is to be
    done: it is free to come."""
    actor, at = around.actor, around.at
    reason = theme.word("practice.anew", around.settings.language)

    def sent() -> Said:
        """A squad that practises has several cases at once, so somebody insists."""
        return Said("dispatch", uuid4(), at, squad=squad, override=True, reason=reason)

    held = queries.listed(
        connection, actor, Wanted(squads=frozenset({squad})), after="", limit=1000
    )
    opinion = theme.word("practice.opinion", around.settings.language)
    for order in held:
        day = order["occurred_at"].astimezone(around.settings.zone).date()
        if order["state"] == ON_SCENE and day < around.today:
            do(connection, order["id"], Said("give_opinion", uuid4(), at, text=opinion), around)
    under_way = [order for order in held if order["state"] in (DISPATCHED, ACCEPTED)]
    for order in under_way:
        late = order["due_at"] is not None and order["due_at"] < at
        if late or order["priority"]:
            do(connection, order["id"], Said("recall", uuid4(), at, reason=reason), around)
        if late and not order["priority"]:
            do(connection, order["id"], sent(), around)
    waiting = Wanted(township=township, state=REPORTED)
    more = max(0, ORDERS - sum(not order["priority"] for order in under_way))
    for case in queries.listed(connection, actor, waiting, after="", limit=more):
        do(connection, case["id"], Said("file", uuid4(), at, standard=True), around)
        do(connection, case["id"], sent(), around)


def do(connection: Connection, case: UUID, said: Said, around: Circumstances) -> None:
    """Take a step of a case, as somebody there would."""
    settings = around.settings
    days = calendar(connection, settings.zone, settings.shifts)
    step(connection, case, said, actor=around.actor, at=around.at, calendar=days)
