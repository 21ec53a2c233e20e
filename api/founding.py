"""The first people of a bureau: its administrator, or those who work in the practice town."""

from api import auth
from api.people import Desk
from data.people import PASSWORD, PEOPLE
from layers.db import Page
from layers.grids import queries as grids
from layers.people import actions, queries
from layers.roles import BUREAU, Role
from layers.squads import queries as squads

LOGIN = "admin"


def administrator(desk: Desk) -> str | None:
    """The one-time code of the first administrator; None where there is anybody already."""
    if queries.anybody(desk.connection):
        return None
    person = actions.add_person(desk.connection, LOGIN, "", **desk.who)
    actions.grant(desk.connection, person, Role.ADMINISTRATOR, BUREAU, **desk.who_today)
    return desk.new_codes([person])[person]


def practise(desk: Desk) -> dict[str, str]:
    """See that the practice town's people are there; the area of each by login."""
    areas, everybody = _areas(desk), Page(limit=1000)
    known = queries.listed(desk.connection, desk.actor, everybody, today=desk.today)
    there = {person["login"] for person in known}
    for member in PEOPLE:
        if member.login not in there:
            _join(desk, member.login, member.name, areas[member.area])
    return {member.login: areas[member.area] for member in PEOPLE}


def _join(desk: Desk, login: str, name: str, code: str) -> None:
    role = Role(login)
    person = actions.add_person(desk.connection, login, name, **desk.who)
    actions.grant(desk.connection, person, role, desk.area(role, code), **desk.who_today)
    kept = auth.hashed(login, PASSWORD)
    actions.set_password(desk.connection, person, kept, **desk.who)


def _areas(desk: Desk) -> dict[str, str]:
    """A code for each kind: the first township, and in it the first squad (on duty, if one is) and
    the first grid."""
    connection, actor = desk.connection, desk.actor
    [township] = grids.township_page(connection, actor, Page(limit=1))
    code = township["code"]
    return {
        "": "",
        "township": code,
        "squad": _squad(desk, code),
        "grid": min(grids.codes_in(connection, actor, code, desk.today)),
    }


def _squad(desk: Desk, township: str) -> str:
    rows = squads.listed(desk.connection, desk.actor, desk.at, Page(limit=1000))
    own = [(not row["on_duty"], row["code"]) for row in rows if row["township"] == township]
    return str(min(own)[1])
