"""No route tells anything of what is out of sight: every route, every role, a foreign township.

Each read is asked twice, and between the two much happens out of sight: for whoever does not see
it the answers must be the same to the letter - no row, no count, no name, no colour on a map. And
a thing out of sight is answered like one that never was.
"""

from uuid import uuid4

import pytest

from layers.roles import Role
from tests.api.walk.roles import BOUNDED, EVERYTHING, FOREIGN_GRID, ROLES
from tests.api.walk.routes import READS
from tests.api.walk.stirring import stir

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
