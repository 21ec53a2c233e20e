"""What a server remembers is forgotten when the database says that it has changed."""

import asyncio
from collections.abc import Callable

import pytest
from anyio import create_task_group, to_thread
from sqlalchemy import Engine

from api.remembered import Remembered, listen
from api.tiles import LAYERS as TILES
from layers.access import WORKER, transaction
from layers.journal import rules
from layers.journal.actions import note
from layers.journal.queries import version
from tests.conftest import app_url, ran, town_of_its_own

GRIDS, PLANS = ("grids",), ("plans",)


def test_each_change_that_a_map_shows_is_made_known():
    assert {kind for layer in TILES.values() for kind in layer.kinds} <= rules.LAYERS


@pytest.mark.parametrize(("kinds", "turns"), [(GRIDS, 1), (PLANS, 0)])
def test_a_version_is_remembered_until_its_layer_changes(kinds, turns, cluster, noon):
    """And powers are looked at again only where they may have changed with it."""
    asked: list[int] = []

    with town_of_its_own(cluster, "test_remembered") as engine:

        def look_up() -> int:
            with transaction(engine, WORKER) as connection:
                asked.append(version(connection, *kinds))
            return asked[-1]

        def change() -> None:
            with transaction(engine, WORKER) as connection:
                note(connection, "imported", *kinds, "x", actor=WORKER, at=noon)

        found, turned = ran(_told(engine, kinds, look_up, change))

    assert (found, len(asked)) == ([0, 0, int(noon.timestamp())], 2)
    assert turned == turns


async def _told(
    engine: Engine, kinds: tuple[str, ...], look_up: Callable[[], int], change: Callable[[], None]
) -> tuple[list[int], int]:
    url = app_url(engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    remembered = Remembered()
    async with create_task_group() as beside:
        beside.start_soon(listen, url, remembered)
        while not remembered.hears:
            await asyncio.sleep(0.01)
        found = [await remembered.version(kinds, look_up) for _ in range(2)]
        turn = remembered.turn
        await to_thread.run_sync(change)
        while found[-1] == found[0]:
            await asyncio.sleep(0.01)
            found[2:] = [await remembered.version(kinds, look_up)]
        beside.cancel_scope.cancel()
    return found, remembered.turn - turn
