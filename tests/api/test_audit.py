import json
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest

from api import cluster as clusters
from layers import db
from layers.access import Actor
from layers.journal.actions import note
from tests.api.conftest import Done
from tests.conftest import addresses, migrated_database

Typed = Callable[..., Done]


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_audit")


@pytest.fixture
def environment(own: str) -> dict[str, str]:
    return addresses(own)


@pytest.fixture
def rows(own: str, planner: Actor, noon: datetime) -> Iterator[None]:
    """Three more rows."""
    engine = db.connect(own)
    with engine.begin() as connection:
        for week in ("2026-W47", "2026-W48", "2026-W49"):
            note(connection, "approve", "plans", week, actor=planner, at=noon)
    yield
    engine.dispose()


def test_the_command_tells_unsealed_rows_then_proves_then_names_the_changed_one(
    own: str, rows: None, typed: Typed
):
    unsealed = typed("audit", "verify")
    sound = typed("audit", "verify", "--json")
    with psycopg.connect(own) as hand:
        hand.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
        hand.execute("UPDATE journal SET actor = 'somebody' WHERE subject = '2026-W48'")
    changed, told = typed("audit", "verify", "--json"), typed("audit", "verify")

    assert unsealed.returncode == 1
    assert "UNSEALED: 3 rows" in unsealed.stdout
    assert (sound.returncode, json.loads(sound.stdout)["sound"]) == (0, True)
    assert changed.returncode == told.returncode == 1
    assert json.loads(changed.stdout)["fault"] == {"kind": "changed", "number": 2, "entry": 2}
    assert "BROKEN: row 2 of seal 2 was changed" in told.stdout


def test_a_head_that_was_noted_is_asked_for(typed: Typed):
    other = typed("audit", "verify", "--head", f"1:{'0' * 64}")
    nonsense = typed("audit", "verify", "--head", "1")

    assert other.returncode == 1
    assert nonsense.returncode == 2
    assert "a head looks like" in nonsense.stderr
