"""What a dispatcher has on the screen, and what is done elsewhere meanwhile."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from api.settings import Settings
from layers.access import Actor, Verb
from layers.holidays.queries import calendar
from layers.incidents.actions.stepping import Said, step

STREET = (119.905, 29.705)
CLOSE = {"center": STREET, "zoom": 16}
Case = Callable[..., str]
MISSING = "Failed to load resource"


def leave_map(page: Page, view: dict[str, object]) -> None:
    page.add_init_script(
        "document.addEventListener('readystatechange', () => { const kept ="
        " `desk.${document.documentElement.dataset.login}.view`;"
        f" localStorage.getItem(kept) ?? localStorage.setItem(kept, '{json.dumps(view)}'); }})"
    )


def live(*pages: Page) -> None:
    for page in pages:
        expect(page.locator("#live.on")).to_have_text("Live")


def done(own: Engine, case: str, verb: str, at: datetime | None = None, **said: object) -> None:
    """Somebody takes a step elsewhere."""
    now = at or datetime.now(UTC)
    actor = Actor(str(uuid4()), frozenset(Verb))
    with own.begin() as connection:
        days = calendar(connection, Settings().zone, Settings().shifts)
        told = Said(verb, uuid4(), now, **said)
        step(connection, UUID(case), told, calendar=days, actor=actor, at=now)
