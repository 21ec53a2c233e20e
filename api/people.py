"""What every door to the people shares: who asks, what a code means, and secrets to hand out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import Connection

from api import auth
from layers.access import Actor
from layers.people import actions, queries, rules
from layers.roles import Area, Role
from layers.squads.queries import starts


class Who(TypedDict):
    """The arguments of an action: who does it and when."""

    actor: Actor
    at: datetime


class WhoToday(Who):
    """With the bureau's day, for what holds by days."""

    today: date


class Codes(NamedTuple):
    """Codes to hand out with logins and names, and how many earlier ones they make void."""

    rows: list[tuple[str, str, str]]
    void: int


@dataclass(frozen=True)
class Desk:
    """Where people are managed: somebody at work in an open transaction."""

    connection: Connection
    actor: Actor
    at: datetime
    today: date

    @property
    def who(self) -> Who:
        return {"actor": self.actor, "at": self.at}

    @property
    def who_today(self) -> WhoToday:
        return {"actor": self.actor, "at": self.at, "today": self.today}

    def area(self, role: Role, code: str) -> Area:
        """What an area's code means for a role; raises where it means nothing."""
        known = queries.areas(self.connection, [code], squads=self.squads(), today=self.today)
        return rules.area_of(role, code, known)

    def squads(self) -> dict[str, str]:
        """The names of the squads by code."""
        return {code: name for code, name, *_ in starts(self.connection, self.actor, self.at)}

    def codes_for_all(self, area: str, *, again: bool) -> Codes:
        """One-time codes for all who have no password, in an area or everywhere."""
        people = actions.list_waiting(self.connection, area, again=again, **self.who_today)
        made = self.new_codes(person.id for person in people)
        rows = [(person.login, person.name, made[person.id]) for person in people]
        return Codes(rows, sum(person.has_code for person in people))

    def new_codes(self, people: Iterable[UUID]) -> dict[UUID, str]:
        """One-time codes, told here and never again: what is kept of them is a digest."""
        codes = {person: auth.new_code() for person in people}
        kept = {person: auth.code_digest(code) for person, code in codes.items()}
        actions.issue_codes(self.connection, kept, **self.who)
        return codes
