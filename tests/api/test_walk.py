"""No route tells anything of what is out of sight: every route, every role, a foreign township.

Each read is asked twice, and between the two much happens out of sight: for whoever does not see
it the answers must be the same to the letter - no row, no count, no name, no colour on a map. And
a thing out of sight is answered like one that never was. New routes join by themselves; one with a
parameter or a body that nobody has described here fails.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Connection, text

from api import app as door
from api import deps, dispatching
from api.auth import digest
from api.circumstances import Circumstances
from api.tiles import LAYERS as TILES
from layers.access import Actor, Verb, actor_of, nobody
from layers.enquiries import actions as enquiries
from layers.enquiries.rules import Channel
from layers.files import silent
from layers.hotspots import actions as hotspots
from layers.people import actions as people
from layers.plans import actions as plans
from layers.queue import actions as queue
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.api.conftest import HERE
from tests.cast import EAST, WEST, Cast

DAY = date(2026, 11, 16)
WEEK = "2026-W48"
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
ROUTES = [
    (method, route.path)
    for router in (*door.AT_ONCE, *door.OPEN, *door.ROUTERS)
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]
ENDLESS = "/api/stream"
"""Told in tests of its own: an answer that never ends cannot be compared."""
READS = [path for method, path in ROUTES if method == "GET" and path != ENDLESS]
WRITES = [(method, path) for method, path in ROUTES if method not in ("GET", "HEAD")]
READS_BY_POST = [
    route for route in ("/api/addresses", "/api/nearest-squads", "/api/people/search")
    if ("POST", route) in ROUTES
]  # fmt: skip
"""Ask for what is not to stand in an address."""
ONES_OWN = ("/api/account", "/account", "/choose-password")
BASE_MAP = ("/tiles/base/{z}/{x}/{y}.png", "/tiles/base/{z}/{x}/{y}.mvt")
"""The same for everybody, and not there unless the bureau has one (test_basemap)."""
OF_THIS_MACHINE = ("/metrics", "/readyz/worker", "/trust/ca.crt")
BY_LINK = ("/api/public/reports/{token}", "/r/{token}")
"""Whoever has the link is told where its case lies, whatever they see of it signed in."""
OF_THE_BUREAU = {
    "/admin", "/audit", "/api/imports/{job_id}/refused", "/api/journal", "/api/journal.csv",
    "/api/people/{person_id}", "/api/devices", "/api/roles", "/api/shifts/{shift}/track",
    "/api/tokens",
}  # fmt: skip
"""What no role in a township may read."""
DRAWN = ("/maps/",)
"""Depends on sight alone, and takes long: asked for one role of each sight."""
SEEING = (Role.RESIDENT, Role.GRID_WORKER, Role.SQUAD_MEMBER, Role.PLANNER)


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
FILTERS = {
    "township": EAST, "grid": FOREIGN_GRID, "state": "reported",
    "bbox": "119.91,29.70,119.92,29.72", "matter": "S02", "lon": "119.9101", "lat": "29.7098",
    "text": "西街", "case_no": "26-000099",
}  # fmt: skip
"""Queries that ask for what is out of sight."""


@pytest.fixture
def world(connection: Connection, cast: Cast, settings, noon: datetime, ask) -> World:
    for number in range(12):
        cast.report(119.9031 + number * 1e-4, 29.7042, noon - timedelta(days=1 + number * 2))
    case = cast.report(119.9153, 29.7042, noon - timedelta(days=3))
    around = Circumstances(settings, EVERYTHING, noon, silent)
    parameters = hotspots.Parameters(DAY, settings.zone)
    studied = hotspots.study(connection, parameters, **around.common())
    plan = plans.draft(connection, plans.Wish(WEEK, settings.zone), **around.common())
    job = queue.put(connection, "plan", {"week": WEEK}, actor=EVERYTHING, at=noon)
    asked = enquiries.Asked(uuid4(), case, Channel.PHONE, b"x")
    enquiries.take(connection, asked, actor=EVERYTHING, at=noon)
    own = ours(connection, cast, settings, noon)
    photo = uuid4()
    for path, given in (("reporter", PHONE), (f"photos/{photo}", PHOTO)):
        assert ask(EVERYTHING, "PUT", f"/api/incidents/{own[0]}/{path}", **given)[0] < 300
    return World(cast, studied.run_id, plan, *own, photo, case, job, asked.id,
                 *somebody(connection, noon), *on_duty(connection, noon),
                 proposed(connection, around))  # fmt: skip


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


@pytest.fixture
def ask(app, noon: datetime) -> Iterator[Callable[..., tuple[int, str]]]:
    """Status and body of an answer to somebody, without what differs from answer to answer."""
    with TestClient(app, HERE, raise_server_exceptions=False) as client:

        def asked(actor: Actor, method: str, path: str, **given: object) -> tuple[int, str]:
            app.dependency_overrides[deps.actor] = lambda: actor
            answer = client.request(method, path, follow_redirects=False, **given)
            return answer.status_code, RANDOM.sub("", answer.content.decode("latin-1"))

        yield asked


RANDOM = re.compile(
    r'nonce="[^"]*"|nonce-[\w-]+|[0-9a-f]{32}|"ticket":"[^"]*"|name="(?:id|ticket)" value="[^"]*"'
)
"""Nonces, the names that folium gives to parts of a page, and what a form is known by."""


def stir(connection: Connection, world: World, noon: datetime, actor: Actor) -> None:
    """Much happens in the grids, townships and squads that the actor does not see."""
    seen = set(world.cast.grids) if actor.townships is None else actor.grids
    seen |= {grid for grid in world.cast.grids if grid[:9] in (actor.townships or ())}
    for lon, lat, grid in CORNERS:
        for days in (0, 1, 5, 800) if grid not in seen else ():
            world.cast.report(lon, lat, noon - timedelta(days=days, hours=1))
    hidden = {
        "own": world.own_case,
        "grids": sorted(set(world.cast.grids) - seen),
        "townships": sorted({WEST, EAST} - (actor.townships or set())),
        "squads": [code for code, home in (("S1", WEST), ("S2", EAST))
                   if code not in actor.squads and home not in (actor.townships or ())],
    }  # fmt: skip
    for statement in HAPPENINGS:
        connection.execute(text(statement), hidden)


CORNERS = (
    (119.9049, 29.7049, OUR_GRID), (119.9049, 29.7151, f"{WEST}001002"),
    (119.9153, 29.7042, FOREIGN_GRID), (119.9161, 29.7155, f"{EAST}001002"),
    (119.9102, 29.7098, FOREIGN_GRID), (119.9098, 29.7102, f"{WEST}001002"),
)  # fmt: skip
"""The last two lie within 50 m of our case."""
HAPPENINGS = (
    "UPDATE townships SET name = 'x', visits_per_week = 99 WHERE code = ANY(:townships)",
    "UPDATE townships SET shape = ST_Multi(ST_Expand(shape, 0.5)) WHERE code = ANY(:townships)",
    "UPDATE grids SET name = 'x', community = 'y', area_m2 = 1 WHERE code = ANY(:grids)",
    "UPDATE grids SET shape = ST_Multi(ST_Expand(shape, 0.5)) WHERE code = ANY(:grids)",
    "UPDATE plan_visits SET visits = 7, expected = 9 WHERE grid_code = ANY(:grids)",
    "UPDATE hotspot_cells SET z = 9, class = 3, count = 50 WHERE township_code = ANY(:townships)",
    "UPDATE squads SET on_duty = false, members = 1, name = 'x' WHERE code = ANY(:squads)",
    "INSERT INTO squads (code, name, township_code, home, on_duty, x, y, datum)"
    " SELECT 'S3', 'x', township_code, home, true, x, y, datum FROM squads"
    " WHERE code = ANY(:squads) AND code = 'S2'",
    "UPDATE shifts SET members = 9, note = 'x', ends_at = ends_at + interval '1 hour'"
    " WHERE squad_code = ANY(:squads)",
    "UPDATE fixes SET verdict = 'poor' WHERE device_code = 'P2' AND 'S2' = ANY(:squads)",
    f"UPDATE jobs SET state = 'failed' WHERE actor <> '{NAME}'",
    "INSERT INTO enquiries (id, incident_id, channel, received_at, content)"
    " SELECT gen_random_uuid(), incidents.id, 'phone', received_at, '' FROM incidents"
    " JOIN grids ON grids.id = grid_id WHERE grids.code = ANY(:grids) AND incidents.id <> :own",
    "UPDATE incidents SET case_no = '26-000099' WHERE id = (SELECT incidents.id FROM incidents"
    " JOIN grids ON grids.id = grid_id WHERE grids.code = ANY(:grids) AND incidents.id <> :own"
    " LIMIT 1)",
    "UPDATE enquiries SET answer = 'x', answered_at = now() WHERE incident_id <> :own",
    "INSERT INTO people (id, login, name, state, made_at)"
    " SELECT gen_random_uuid(), one, 'x', 'active', now() FROM unnest(CAST(:grids AS text[])) one",
    "INSERT INTO powers (person_id, role, area_kind, area_code, valid_from, granted_by)"
    " SELECT id, 'grid_worker', 'grid', login, '2026-01-01', 'x' FROM people"
    " WHERE login = ANY(:grids)",
)


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


@pytest.fixture
def questions(app, world) -> Callable[[str], list[str]]:
    """Each path of a route with no more than it needs, and with each filter that it knows."""
    described = app.openapi()["paths"]

    def put(route: str) -> list[str]:
        known = [
            one for one in described.get(route, {}).get("get", {}).get("parameters", [])
            if one["in"] == "query"
        ]  # fmt: skip
        needed = [one["name"] for one in known if one.get("required")]
        assert set(needed) <= set(FILTERS), f"say in FILTERS what {needed} of {route} can be"
        more = [one["name"] for one in known if one["name"] in FILTERS.keys() - needed]
        return [
            f"{path}?{urlencode({name: FILTERS[name] for name in (*needed, *added)})}".rstrip("?")
            for path in paths(route, world) for added in ((), *((name,) for name in more))
        ]  # fmt: skip

    return put


@pytest.fixture
def told(ask, questions, world) -> Callable[..., dict[str, tuple[int, str]]]:
    """What somebody is told by all reads but some."""
    sent = bodies(world)

    def everything(actor: Actor, but: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
        found = {
            question: ask(actor, "GET", question)
            for route in READS if not route.startswith(but) for question in questions(route)
        }  # fmt: skip
        return found | {
            route: ask(actor, "POST", route, **sent[f"POST {route}"]) for route in READS_BY_POST
        }

    return everything


@pytest.mark.parametrize("role", BOUNDED)
def test_what_happens_out_of_sight_changes_no_answer(role, told, world, connection, noon):
    actor, but = ROLES[role], (*OF_THIS_MACHINE, *BY_LINK, *(() if role in SEEING else DRAWN))
    before = told(actor, but)

    stir(connection, world, noon, actor)

    after = told(actor, but)
    assert {question for question in before if before[question] != after[question]} == set()
    assert not [question for question, (status, _) in before.items() if status >= 500]


@pytest.mark.parametrize(
    ("actor", "nothing"),
    [(EVERYTHING, set()), (ROLES[Role.ACCEPTOR], OF_THE_BUREAU | {"/api/reach"})],
    ids=["everything", "acceptor"],
)
def test_every_read_has_an_answer_for_somebody(actor, nothing, ask, questions):
    """Else nothing would be shown by its staying the same."""
    answered = {
        route for route in READS
        if any(ask(actor, "GET", question)[0] < 300 for question in questions(route))
    }  # fmt: skip

    assert set(READS) - answered == {*BASE_MAP, *ONES_OWN, *OF_THIS_MACHINE, *nothing}


def test_who_sees_everything_sees_it_happen(ask, world, connection, noon):
    asked = ["/api/incidents", "/api/overview", "/api/squads", f"/api/grids/{FOREIGN_GRID}",
             f"/api/plans/{world.plan}", f"/api/hotspots/{world.run}", "/maps/incidents.png",
             "/maps/frequency.html", "/api/enquiries", f"/api/incidents/{world.own_case}/similar",
             "/api/incidents/similar?matter=S02&lon=119.9098&lat=29.7098"]  # fmt: skip
    before = [ask(EVERYTHING, "GET", path) for path in asked]

    stir(connection, world, noon, ROLES[Role.PLANNER])

    after = [ask(EVERYTHING, "GET", path) for path in asked]
    assert {status for status, _ in before} == {200}
    assert [path for path, was, is_ in zip(asked, before, after, strict=True) if was == is_] == []


OF_OTHERS = {
    "/api/grids/{}": FOREIGN_GRID, "/api/incidents/{}": "foreign_case",
    "/api/jobs/{}": "foreign_job", "/api/imports/{}/refused": "foreign_job",
}  # fmt: skip
"""What is out of sight: by its name, or by what the world calls it."""


@pytest.mark.parametrize("role", BOUNDED)
def test_what_is_out_of_sight_is_answered_like_what_never_was(role, ask, world):
    there = {path: str(getattr(world, name, name)) for path, name in OF_OTHERS.items()}
    absent = {path: "no-such-grid" if "grids" in path else str(uuid4()) for path in there}

    hidden, missing = (
        {
            path: (status, answer.replace(one, "ID"))
            for path, one in names.items()
            for status, answer in [ask(ROLES[role], "GET", path.format(one))]
        }
        for names in (there, absent)
    )

    assert hidden == missing
    assert {status for status, _ in hidden.values()} == {404}


PHONE = {"json": {"phone": "13800001111"}}
FILE = ("t.csv", b'code,name,wkt\n339901103,x,"POLYGON((1 1,2 1,2 2,1 1))"\n')
PICTURE = BytesIO()
Image.new("RGB", (8, 8)).save(PICTURE, "PNG")
PHOTO = {
    "content": PICTURE.getvalue(), "params": {"kind": "before"},
    "headers": {"Content-Type": "image/png"},
}  # fmt: skip
OWN_DOOR = {
    "POST /sign-in": {}, "POST /sign-out": {}, "POST /choose-password": {}, "POST /api/token": {},
    "DELETE /api/token": {}, "POST /account/sessions/{session}/end": {},
    "POST /account/tokens/{token_id}/end": {},
    "POST /open311/v2/requests.{fmt}": {},
    "POST /api/public/reports": {}, "PUT /api/public/reports/{token}/photos/{photo_id}": {},
    "POST /api/public/reports/{token}/satisfaction": {}, "POST /report": {},
    "POST /r/{token}/satisfaction": {}, "POST /r/{token}/photos/{photo_id}": {},
}  # fmt: skip
"""About nobody but who asks; each has its own tests."""


def bodies(world: World) -> dict[str, dict[str, object]]:
    """What each write is sent, about things that only whole townships or the bureau show."""
    case, person = "/api/incidents/{incident_id}", "/api/people/{person_id}"
    enquiry = "/api/enquiries/{enquiry_id}"
    step = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00", "standard": True}
    report = {
        "id": str(world.foreign_case), "matter": "S02", "lon": 119.9153, "lat": 29.7042,
        "occurred_at": "2026-11-16T11:00:00+08:00",
    }  # fmt: skip
    unit = {"name": "x", "kind": "other", "township": EAST}
    power = {"role": "planner", "area": EAST}
    moved = step | {"incident": str(world.foreign_case), "verb": "file"}
    return {
        **OWN_DOOR,
        "POST /api/squads/{squad}/shifts": {"json": {}},
        "POST /api/squads/{squad}/shifts/end": {},
        "PUT /api/squads/{squad}/service": {"json": {"out_of_service": "break"}},
        "POST /api/devices": {"json": {"code": "P9", "squad": "S2"}},
        "POST /api/devices/{device}/token": {}, "POST /api/devices/{device}/disable": {},
        "PATCH /api/bureau": {"json": {"name_zh": "x"}},
        "POST /api/units": {"json": {"code": "U9"} | unit},
        "PUT /api/units/{code}": {"json": unit},
        "POST /api/units/{code}/end": {"json": {}},
        "POST /api/jobs/{job_id}/again": {}, "POST /api/jobs/{job_id}/cancel": {},
        "POST /api/addresses": {"json": {"text": "柳河路"}},
        "POST /api/nearest-squads": {"json": {"lon": 119.9153, "lat": 29.7042}},
        "POST /api/dispatch/solve": {"json": {}},
        "POST /api/dispatch/commit": {"json": {
            "job": str(world.foreign_job),
            "pairs": [{"incident": str(world.foreign_case), "squad": "S1"}]}},
        "POST /api/hotspots": {"json": {}}, "POST /api/plans": {"json": {"week": "2026-W49"}},
        "POST /api/plans/{plan_id}/approve": {},
        "POST /api/imports/{layer}": {"files": {"file": FILE}},
        "POST /api/incidents": {"json": report},
        f"POST {case}/release": {"json": {"texts": True}},
        "POST /api/incidents/batch": {"json": {"items": [{"report": report}, {"step": moved}]}},
        f"POST {case}/steps/{{verb}}": {"json": step},
        f"PUT {case}/photos/{{photo_id}}": PHOTO,
        f"PUT {case}/reporter": PHONE, f"PATCH {case}/reporter": PHONE,
        f"DELETE {case}/reporter": {},
        "POST /api/enquiries": {"json": {
            "id": str(uuid4()), "channel": "phone", "incident": str(world.foreign_case)}},
        f"POST {enquiry}/answer": {"json": {"text": "x"}},
        f"POST {enquiry}/call-back": {"json": {"reached": True}},
        f"POST {case}/redact": {"json": {"description": "x", "reason": "x"}},
        f"POST {case}/events/{{event_id}}/redact": {"json": {"reason": "x"}},
        f"POST {case}/photos/{{photo_id}}/redact": {"json": {"reason": "x"}},
        f"POST {enquiry}/redact": {"json": {"reason": "x"}},
        "POST /api/reporters/find": PHONE, "POST /api/reporters/remove": PHONE,
        "PUT /api/retention/{kind}": {"json": {"days": 365}},
        "POST /api/people/search": {"json": {}},
        "POST /api/people": {"json": {"login": "new.one"} | power},
        f"POST {person}/name": {"json": {"name": "x"}},
        f"POST {person}/disable": {}, f"POST {person}/enable": {}, f"POST {person}/sign-out": {},
        f"POST {person}/powers": {"json": power},
        f"POST {person}/powers/{{power}}/end": {"json": {}},
        f"POST {person}/powers/{{power}}/transfer": {"json": power},
        f"POST {person}/code": {}, "POST /api/people/codes": {"json": {}},
        f"POST {person}/tokens": {"json": {"name": "x", "days": 1}},
        f"POST {person}/tokens/{{token_id}}/end": {},
        "POST /api/journal/verify": {"json": {}},
        "POST /api/journal/people": {"json": {"text": "east"}},
    }  # fmt: skip


OWN = {
    "jobs",
    "job_attempts",
    "journal",
    "journal_texts",
    "journal_unsealed",
    "sign_ins",
    "sessions",
}
"""Where somebody's own doings are written down."""


def test_every_write_is_described_here(world):
    assert {f"{method} {path}" for method, path in WRITES} == set(bodies(world))


def test_what_is_sent_is_something_that_somebody_may_do(ask, world, connection):
    """Else nothing would be shown by its refusal."""
    refused = {}
    for method, route in WRITES:
        told = f"{method} {route}"
        for path in paths(route, world) if told not in OWN_DOOR else ():
            attempt = connection.begin_nested()
            status, answer = ask(EVERYTHING, method, path, **bodies(world)[told])
            if status not in (200, 201, 202, 204, 404, 409):
                refused[f"{method} {path}"] = status, answer
            attempt.rollback()

    assert refused == {}


def kept(connection: Connection) -> dict[str, str]:
    """A digest of each table that is not about one's own doings."""
    named = connection.execute(text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'spatial_ref_sys'"
    )).scalars()  # fmt: skip
    digest = "SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {} t"
    return {
        table: connection.execute(text(digest.format(table))).scalar_one()
        for table in named if table not in OWN
    }  # fmt: skip


@pytest.mark.parametrize("role", BOUNDED)
def test_nothing_out_of_sight_is_written(role, ask, world, connection):
    before, sent = kept(connection), bodies(world)

    answers = {
        f"{method} {path}": ask(ROLES[role], method, path, **sent[f"{method} {route}"])
        for method, route in WRITES for path in world.foreign(route)
    }  # fmt: skip

    after = kept(connection)
    assert {table for table in before if before[table] != after[table]} == set()
    assert {told for told, (status, _) in answers.items() if status >= 500} == set()
