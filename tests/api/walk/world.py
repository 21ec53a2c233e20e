"""The small town through which all routes are walked, with something of everything in it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from api import dispatching
from api.auth import digest
from api.circumstances import Circumstances
from api.tiles import LAYERS as TILES
from layers.access import Verb
from layers.enquiries import actions as enquiries
from layers.enquiries.rules import Channel
from layers.people import actions as people
from layers.queue import actions as queue
from layers.roles import Area, AreaKind, Role
from tests.api.walk.roles import DAY, EVERYTHING, FOREIGN_GRID, NAME, OUR_GRID, ROLES
from tests.cast import EAST, Cast

WEEK = "2026-W48"


@dataclass(frozen=True)
class World:
    """The small town, with a study and a plan of all of it.

    A case of ours lies where three grids meet, known to everybody, with the squad of the west, with
    all that can be there of a case, in a grid with a worker: where none has, whoever asks for a
    check is told of the nearest that has one, wherever it lies.
    """

    cast: Cast
    run: int
    plan: int
    own_case: UUID
    own_job: UUID
    own_enquiry: UUID
    photo: UUID
    foreign_case: UUID
    foreign_job: UUID
    foreign_enquiry: UUID
    person: UUID
    power: int
    token: UUID
    own_shift: UUID
    foreign_shift: UUID
    own_proposal: UUID

    def names(self) -> dict[str, list[str]]:
        """What can stand in a path: first what is ours or everybody's, last what is foreign."""
        return {
            "code": [OUR_GRID, "S02", "U1", "no_incident", FOREIGN_GRID],
            "name": [
                "incidents", "hotspots", "frequency", "squads", "reach", "partition", "closure",
            ],
            "run_id": [str(self.run)], "plan_id": [str(self.plan)], "layer": ["incidents"],
            "incident_id": [str(self.own_case), str(self.foreign_case)],
            "job_id": [str(self.own_job), str(self.own_proposal), str(self.foreign_job)],
            "person_id": [str(self.person)], "path": ["shared/api.js"],
            "fmt": ["json", "xml"], "service_code": ["S02"],
            "token": [LINK, str(self.own_case), str(self.foreign_case)],
            "request_id": [str(self.own_case), str(self.foreign_case)], "session": [str(uuid4())],
            "kind": ["reporters"], "verb": ["file"],
            "enquiry_id": [str(self.own_enquiry), str(self.foreign_enquiry)],
            "event_id": [str(uuid4())],
            "figure": ["closure"], "photo_id": [str(self.photo)], "power": [str(self.power)],
            "token_id": [str(self.token)],
            "layers": [",".join(TILES)], "z": ["13"], "x": ["6824"], "y": ["3387"],
            "squad": ["S1", "S2"], "device": ["P1", "P2"],
            "shift": [str(self.own_shift), str(self.foreign_shift)],
        }  # fmt: skip

    def foreign(self, route: str) -> list[str]:
        """The route with nothing that is ours."""
        own = {self.own_case, self.own_job, self.own_enquiry, self.own_shift, self.own_proposal,
               "S1"}  # fmt: skip
        return [path for path in paths(route, self) if not any(str(one) in path for one in own)]


LINK = "the-link-of-our-case"


def ours(connection: Connection, cast: Cast, settings, noon: datetime) -> tuple[UUID, UUID, UUID]:
    """A case, a job and an enquiry that are not foreign."""
    case = cast.report(119.9098, 29.7098, noon - timedelta(hours=2), "dispatched")
    asked = enquiries.Asked(uuid4(), case, Channel.WEB, b"x")
    enquiries.take(connection, asked, actor=EVERYTHING, at=noon)
    actor = replace(ROLES[Role.RESIDENT], verbs=frozenset(Verb))
    job = queue.put(connection, "import", {"layer": "incidents"}, actor=actor, at=noon)
    file = settings.var / "uploads" / "x.refused.csv"
    file.parent.mkdir(parents=True)
    file.touch()
    queue.finish(connection, job, {"refused_file": file.name}, at=noon)
    for statement in OURS:
        connection.execute(text(statement), {"case": case, "link": digest(LINK)})
    return case, job, asked.id


def proposed(connection: Connection, around: Circumstances) -> UUID:
    """Our proposal of squads for the cases that wait, made of all there is."""
    actor = replace(ROLES[Role.RESIDENT], verbs=frozenset(Verb))
    job = queue.put(connection, dispatching.JOB, {}, actor=actor, at=around.at)
    queue.finish(connection, job, dispatching.solve(connection, {}, around), at=around.at)
    return job


OURS = (
    "UPDATE matters SET offered = true, public = true",
    "UPDATE incidents SET released = true, squad_code = 'S1', sent_to = '{S1}' WHERE id = :case",
    "UPDATE enquiries SET token_hash = :link WHERE incident_id = :case",
    "INSERT INTO units (code, name, kind, valid_from) VALUES ('U1', 'x', 'other', '2026-01-01')",
    f"INSERT INTO people (id, login, name, state, made_at)"
    f" VALUES ('{NAME}', 'west', '西', 'active', now())",
    f"INSERT INTO powers (person_id, role, area_kind, area_code, valid_from, granted_by)"
    f" VALUES ('{NAME}', 'grid_worker', 'grid', '{OUR_GRID}', '2026-01-01', 'x')",
)


def on_duty(connection: Connection, at: datetime) -> tuple[UUID, UUID]:
    """A shift of each squad, with a track of the device that it carries."""
    found = []
    for squad, device in (("S1", "P1"), ("S2", "P2")):
        given = {"squad": squad, "device": device, "shift": uuid4(), "at": at}
        for statement in DUTY:
            connection.execute(text(statement), given)
        found.append(given["shift"])
    return found[0], found[1]


DUTY = (
    "INSERT INTO shifts (id, squad_code, starts_at, ends_at)"
    " VALUES (:shift, :squad, :at - interval '4 hours', :at + interval '4 hours')",
    "INSERT INTO devices (code, name, squad_code) VALUES (:device, :device, :squad)",
    "INSERT INTO fixes (shift_id, device_code, fix_time, received_at, place, verdict)"
    " SELECT :shift, :device, :at, :at, home, 'good' FROM squads WHERE code = :squad",
)


def somebody(connection: Connection, at: datetime) -> tuple[UUID, int, UUID]:
    """A person of the east, a power and a token of theirs."""
    who = {"actor": EVERYTHING, "at": at}
    person = people.add_person(connection, "east", "东", **who)
    east = Area(AreaKind.TOWNSHIP, EAST)
    people.grant(connection, person, Role.PLANNER, east, **who, today=DAY)
    people.issue_token(connection, person, "x", b"x" * 32, [], life=None, **who, today=DAY)
    power = connection.execute(text("SELECT max(id) FROM powers")).scalar_one()
    token = connection.execute(text("SELECT id FROM tokens WHERE name = 'x'")).scalar_one()
    return person, power, token


def paths(route: str, world: World) -> list[str]:
    """The route with each thing that its parameters can stand for."""
    found, names = [route], world.names()
    for parameter in re.findall(r"{(\w+)(?::path)?}", route):
        assert parameter in names, f"say in World.names what {{{parameter}}} of {route} can be"
        found = [
            re.sub(rf"{{{parameter}(:path)?}}", value, path)
            for path in found for value in names[parameter]
        ]  # fmt: skip
    return found
