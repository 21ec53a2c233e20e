"""Asking every route, as anybody."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from api import deps
from api.circumstances import Circumstances
from layers.access import Actor
from layers.enquiries import actions as enquiries
from layers.enquiries.rules import Channel
from layers.files import silent
from layers.hotspots import actions as hotspots
from layers.plans import actions as plans
from layers.queue import actions as queue
from tests.api.conftest import HERE
from tests.api.walk.roles import DAY, EVERYTHING, FOREIGN_GRID
from tests.api.walk.routes import PHONE, PHOTO, READS, READS_BY_POST, bodies
from tests.api.walk.world import WEEK, World, on_duty, ours, paths, proposed, somebody
from tests.cast import EAST, Cast

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
