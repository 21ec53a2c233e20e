"""What is done for the whole bureau takes a power over all of it."""

from collections.abc import Callable

import geopandas as gpd
import pytest

from layers.access import Actor, Verb
from layers.db import Page
from layers.errors import Forbidden
from layers.grids import actions as grid_actions
from layers.holidays import actions as holidays
from layers.hotspots import actions as studies
from layers.incidents import actions as incident_actions
from layers.journal import queries as journal
from layers.matters import actions as matters
from layers.places import actions as places
from layers.plans import actions as planning
from layers.queue import queries as jobs
from layers.rivers import actions as rivers
from layers.roads import actions as roads
from layers.squads import actions as squad_actions
from tests.cast import WEST
from tests.layers.scope.town import BOTH, DAY, EVERY, NOON, WEEK, WESTERN, ZONE, Town

NOTHING = gpd.GeoDataFrame({"name": []}, geometry=[], crs=4326)
Act = Callable[[Town, Actor], object]


def _importing(action: Callable[..., object], **more: object) -> Act:
    return lambda t, a: action(t.connection, NOTHING, actor=a, at=NOON, **more)


OF_THE_BUREAU: dict[str, tuple[Verb, Act]] = {
    "import townships": (Verb.IMPORT, _importing(grid_actions.import_townships)),
    "import grids": (Verb.IMPORT, _importing(grid_actions.import_grids, today=DAY)),
    "import squads": (Verb.IMPORT, _importing(squad_actions.import_squads)),
    "import incidents": (Verb.IMPORT, _importing(incident_actions.import_incidents, zone=ZONE)),
    "import roads": (Verb.IMPORT, _importing(roads.import_roads)),
    "import rivers": (Verb.IMPORT, _importing(rivers.import_rivers)),
    "import places": (Verb.IMPORT, _importing(places.import_places)),
    "import matters": (Verb.IMPORT, _importing(matters.import_matters)),
    "import holidays": (Verb.IMPORT, _importing(holidays.import_holidays)),
    "give grids anew": (
        Verb.IMPORT, lambda t, a: incident_actions.assign_grids(t.connection, actor=a, zone=ZONE)
    ),
    "study": (Verb.STUDY, lambda t, a: studies.study(
        t.connection, studies.Parameters(DAY, ZONE), actor=a, at=NOON, version="test"
    )),
    "draft": (Verb.PLAN, lambda t, a: planning.draft(
        t.connection, planning.Wish(WEEK, ZONE), actor=a, at=NOON, version="test"
    )),
    "approve": (
        Verb.APPROVE, lambda t, a: planning.approve(t.connection, t.plan, actor=a, at=NOON)
    ),
    "read the journal": (
        Verb.AUDIT, lambda t, a: journal.listed(t.connection, a, Page(), journal.Wanted())
    ),
    "read its last row": (
        Verb.AUDIT, lambda t, a: journal.last(t.connection, a, "approve", "plans")
    ),
    "prove the journal": (Verb.AUDIT, lambda t, a: journal.verify(t.connection, a, at=NOON)),
    "tell what uploads are wanted": (
        Verb.MANAGE, lambda t, a: jobs.wanted_paths(t.connection, a, "import", NOON)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_THE_BUREAU)
def test_a_power_over_a_township_is_no_power_over_the_bureau(town: Town, name: str):
    verb, act = OF_THE_BUREAU[name]
    planner_of_the_west = Actor("p", EVERY, narrower={verb: frozenset({WEST})})

    for actor, code in (
        (WESTERN, "may_not_there"),
        (BOTH, "may_not_there"),
        (planner_of_the_west, "may_not_there"),
        (Actor("without", EVERY - {verb}), "may_not"),
    ):
        with pytest.raises(Forbidden) as refused:
            act(town, actor)
        assert (refused.value.code, refused.value.values) == (code, {"verb": verb})
