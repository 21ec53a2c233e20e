import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest

from api import cluster as clusters
from layers import db, migrations
from layers.access import Actor
from layers.journal.actions import note
from tests.conftest import ROOT, addresses, fresh_database

Audit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> str:
    url = fresh_database(cluster, "test_audit")
    migrations.upgrade(url)
    return url


@pytest.fixture
def audit(own: str) -> Audit:
    """The command as it is typed."""
    environment = {**os.environ, **addresses(own), "PYTHONPATH": str(ROOT)}

    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "api.cli", "audit", *words],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return typed


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
    own: str, rows: None, audit: Audit
):
    unsealed = audit("verify")
    sound = audit("verify", "--json")
    with psycopg.connect(own) as hand:
        hand.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
        hand.execute("UPDATE journal SET actor = 'somebody' WHERE subject = '2026-W48'")
    changed, told = audit("verify", "--json"), audit("verify")

    assert unsealed.returncode == 1
    assert "UNSEALED: 3 rows" in unsealed.stdout
    assert (sound.returncode, json.loads(sound.stdout)["sound"]) == (0, True)
    assert changed.returncode == told.returncode == 1
    assert json.loads(changed.stdout)["fault"] == {"kind": "changed", "number": 2, "entry": 2}
    assert "BROKEN: row 2 of seal 2 was changed" in told.stdout


def test_a_head_that_was_noted_is_asked_for(audit: Audit):
    other = audit("verify", "--head", f"1:{'0' * 64}")
    nonsense = audit("verify", "--head", "1")

    assert other.returncode == 1
    assert nonsense.returncode == 2
    assert "a head looks like" in nonsense.stderr
