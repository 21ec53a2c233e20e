"""Devices as the administrator types them, and what their tokens are good for."""

import csv
import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api import auth
from api import cluster as clusters
from layers.positions.actions import Sent, take
from tests.api.conftest import Done
from tests.conftest import addresses, database_name, town_of_its_own

NAME = database_name("test_devices")


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    with town_of_its_own(cluster, "test_devices") as engine:
        yield engine


@pytest.fixture
def environment(own: Engine, cluster: clusters.Cluster) -> dict[str, str]:
    return addresses(cluster.url_of(NAME))


@pytest.fixture
def known(own: Engine) -> Callable[[str], bool]:
    """Whether something that comes with a token is taken."""

    def is_known(token: str) -> bool:
        sent = [Sent(auth.digest(token), None)]
        with own.begin() as connection:
            return take(connection, sent, at=datetime.now(UTC)) != [None]

    return is_known


def test_a_device_is_known_by_its_newest_token_until_it_is_disabled(
    typed: Callable[..., Done], known
):
    first = typed("device", "add", "P1", "--squad", "S1").stdout.strip()
    assert known(first)

    second = typed("device", "token", "P1").stdout.strip()
    assert (known(first), known(second)) == (False, True)

    typed("device", "disable", "P1")
    assert not known(second)


def test_a_device_is_carried_by_a_squad_that_is_there(typed):
    done = typed("device", "add", "P9", "--squad", "S7")

    assert done.returncode == 1
    assert "no squad S7" in done.stderr


def test_what_was_heard_of_each_device_is_listed(typed, own: Engine):
    typed("device", "add", "P4", "--squad", "S1")
    typed("device", "add", "P5", "--squad", "S1")
    heard = text("INSERT INTO devices_heard VALUES ('P5', :at, NULL, 'mock', :at)")
    with own.begin() as connection:
        connection.execute(heard, {"at": datetime(2026, 11, 16, 4, tzinfo=UTC)})

    lines = typed("device", "list").stdout.splitlines()
    told = {one["code"]: one for one in json.loads(typed("device", "list", "--json").stdout)}

    [silent] = [line for line in lines if line.startswith("P4")]
    [mock] = [line for line in lines if line.startswith("P5")]
    assert "never heard" in silent
    assert "2026-11-16 12:00 the phone says that an app made the position up" in mock
    assert (told["P5"]["refused"], told["P5"]["squad_name"]) == ("mock", "西街中队")


def test_devices_of_a_file_are_given_their_first_tokens_together(
    typed, known, own: Engine, tmp_path: Path
):
    file, told = tmp_path / "devices.csv", tmp_path / "tokens.csv"
    file.write_text("设备编码,设备名称,中队\nQ1,一号,S1\nQ2,二号,S2\nQ3,三号,\n")

    taken = typed("import", "devices", str(file))
    written = typed("device", "tokens", str(told))

    assert "2 new" in taken.stdout
    assert "refused 1" in taken.stdout
    assert written.returncode == 0
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    rows = list(csv.DictReader(told.read_text(encoding="utf-8-sig").splitlines()))
    assert {"Q1", "Q2"} <= {row["code"] for row in rows}
    assert all(known(row["token"]) for row in rows)
    with own.begin() as connection:
        kept = connection.execute(text("SELECT string_agg(details::text, '') FROM journal"))
        assert "gpd_" not in kept.scalar_one()
    assert typed("device", "tokens", str(told)).returncode == 1
