"""Server and worker as commands: in any order with their database, and out to the phones."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from api import certificates, listening, readiness
from api import cluster as clusters
from api.listening import Wish
from layers import migrations
from layers.errors import Conflict, Invalid
from tests.conftest import ROOT, app_url, database_name, fresh_database, migrated_database

COMMAND = (sys.executable, "-P", "-m", "api.cli")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def command(*words: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command at work, told to end afterwards."""
    running = subprocess.Popen(
        [*COMMAND, *map(str, words)], stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    with running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)


def until(running: subprocess.Popen[str], words: str) -> str:
    """The next line with these words on its stderr."""
    told = []
    for line in running.stderr or ():
        told.append(line)
        if words in line:
            return line
    raise AssertionError("".join(told))


@pytest.fixture
def missing(cluster: clusters.Cluster) -> str:
    """The address of a database that is not there yet."""
    name = database_name("test_starting")
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return cluster.url_of(name)


def test_a_server_waits_for_its_database_and_then_lets_phones_in(
    cluster: clusters.Cluster, missing: str
):
    """Some seconds: a command and its worker start and end."""
    given = {"GRIDPATROL_DATABASE_URL": missing,
             "GRIDPATROL_VAR": str(cluster.folder.parent.parent)}  # fmt: skip
    port, plain = free_port(), free_port()

    with command("serve", "--host", "0.0.0.0", "--port", port, "--trust-port", plain,
                 **given) as server:  # fmt: skip
        assert "does not exist" in until(server, "waiting for the database")
        migrated_database(cluster, "test_starting")
        until(server, f"{plain}/trust")
        wait_until_listening(port)
        assert health(port, plain) == b'{"status":"ok"}'


def test_what_is_lacking_is_said_once_and_again_when_it_is_something_else(
    cluster: clusters.Cluster, missing: str
):
    steps = [lambda: fresh_database(cluster, "test_starting"), lambda: migrations.upgrade(missing)]

    class Stop(threading.Event):
        """Others do their part at every second pause."""

        pauses = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.pauses += 1
            if self.pauses % 2 == 0:
                steps.pop(0)()
            return False

    stop = Stop()
    with capture_logs() as lines:
        readiness.wait(missing, stop)

    lacking = [str(line["lacking"]) for line in lines]
    assert stop.pauses == 4
    assert "does not exist" in lacking[0] and lacking[1:] == ["gridpatrol db migrate"]


def test_whoever_waits_can_be_told_to_stop(missing: str):
    stop = threading.Event()
    stop.set()

    with capture_logs() as lines:
        readiness.wait(missing, stop)
        readiness.wait(None, threading.Event())

    assert lines == []


def wait_until_listening(port: int) -> None:
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)


def health(port: int, plain: int) -> bytes:
    """What a phone meets that fetched the authority at the plain door and trusts it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{plain}/trust/ca.crt") as answer:
        public = ssl.DER_cert_to_PEM_cert(answer.read())
    trusting = ssl.create_default_context(cadata=public)
    with urllib.request.urlopen(f"https://127.0.0.1:{port}/healthz", context=trusting) as answer:
        return answer.read()


# What is opened for which wish.


@pytest.fixture
def today() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


def test_this_machine_alone_is_served_without_https(folder, today):
    door = listening.opened(Wish(port=free_port(), names=("proxy.lan",)), folder, today)

    assert (door.files, door.reached.names) == (None, ("proxy.lan",))
    assert door.address == f"http://127.0.0.1:{door.wish.port}"
    assert not folder.exists()


def test_whoever_else_is_served_is_served_by_https(folder, today):
    wish = Wish(host="0.0.0.0", port=free_port(), names=("Desk.LAN",), trust_port=free_port())

    door = listening.opened(wish, folder, today)

    assert door.address == f"https://desk.lan:{wish.port}"
    assert door.files.certificate == folder / "server.pem"
    assert door.reached.authority and door.reached.trust_port == wish.trust_port
    assert "127.0.0.1" not in door.reached.names


def test_a_name_that_the_authority_was_not_made_for_is_refused(folder, today):
    listening.opened(Wish(host="0.0.0.0", port=free_port()), folder, today)

    with pytest.raises(Invalid) as refusal:
        listening.opened(
            Wish(host="0.0.0.0", port=free_port(), names=("patrol.example",)), folder, today
        )

    assert refusal.value.code == "authority_not_for_name"


def own_files(folder: Path, names: list[str], at: datetime) -> tuple[Path, Path]:
    folder.mkdir(parents=True)
    content = certificates.keep(folder / "made", names, at)[0].read_bytes()
    cut = content.index(b"-----BEGIN CERT")
    key, cert = folder / "own.key", folder / "own.crt"
    key.write_bytes(content[:cut])
    cert.write_bytes(content[cut:])
    return cert, key


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_certificate_of_the_bureaus_own_is_used_wherever_it_is_given(folder, today, host):
    cert, key = own_files(folder, ["patrol.lan", "10.0.0.5"], today)

    door = listening.opened(Wish(host=host, port=free_port(), cert=cert, key=key), folder, today)

    assert door.files == (cert, key)
    assert set(door.reached.names) == {"patrol.lan", "10.0.0.5"}
    assert not door.reached.authority and not door.reached.trust_port


def test_certificate_and_key_may_lie_in_one_file(folder, today):
    both, _ = certificates.keep(folder, ["patrol.lan"], today)

    assert listening.opened(Wish(port=free_port(), cert=both), folder, today).files == (both, both)


def test_the_end_of_an_own_certificate_is_announced_a_month_before(folder, today):
    cert, key = own_files(folder, ["patrol.lan"], today)
    door = listening.opened(Wish(port=free_port(), cert=cert, key=key), folder, today)

    with capture_logs() as told:
        listening.look(door, folder, today + timedelta(days=300))
        listening.look(door, folder, today + timedelta(days=370))

    assert [(line["event"], line["days"]) for line in told] == [("certificate ends soon", 26)]


def test_an_own_authority_renews_in_time_while_the_server_runs(folder, today):
    door = listening.opened(Wish(host="0.0.0.0", port=free_port()), folder, today)
    with capture_logs() as told:
        listening.look(door, folder, today + timedelta(days=300))
        listening.look(door, folder, today + timedelta(days=370))

    assert [line["event"] for line in told] == ["certificate renewed"]


@pytest.mark.parametrize("host", ["198.51.100.7", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(folder, today, host):
    with pytest.raises(Invalid) as refusal:
        listening.opened(Wish(host=host, port=free_port()), folder, today)

    assert refusal.value.code == "not_our_address"


def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it(folder, today):
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        wishes = (Wish(host="0.0.0.0", port=port),
                  Wish(host="0.0.0.0", port=free_port(), trust_port=port))  # fmt: skip
        codes = []
        for wish in wishes:
            with pytest.raises(Conflict) as refusal:
                listening.opened(wish, folder, today)
            codes.append(refusal.value.code)

    assert codes == ["port_taken", "trust_port_taken"]


def test_the_application_too_sees_that_its_database_is_migrated(url: str):
    class Told(threading.Event):
        waited = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.waited += 1
            self.set()
            return True

    stop = Told()

    readiness.wait(app_url(url), stop)

    assert stop.waited == 0
