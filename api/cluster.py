"""The private PostGIS: an own cluster on an own socket, never the system's.

Whoever uses the cluster holds a shared lock on it; the last one out stops it. So commands can
overlap, Ctrl-C leaves nothing running, and after a `kill -9` the next command cleans up.
"""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from layers.migrations.wall import APPLICATION

DATABASE = "gridpatrol"
FALLBACK = Path("/var/lib/gridpatrol")
PORT = 55432  # names the socket file only; no TCP port is opened
PATIENCE_S = 15.0
SOCKET_PATH_LIMIT = 90

OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "jit": "off",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    # The server's own log quotes neither rows nor statements: people stand in both.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

ADMISSION = f"""local all {APPLICATION} scram-sha-256
local all postgres trust
"""


class ClusterUnavailable(Exception):
    """The private cluster cannot be made or started here; the text says why."""


@dataclass(frozen=True)
class Cluster:
    """Where a private cluster lives and who runs it."""

    folder: Path
    sockets: Path
    binaries: Path
    runs_as: str | None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self.sockets), '')}&port={PORT}"

    def url_of(self, database: str) -> str:
        """The same cluster's other database."""
        return self.url.replace(f"/{DATABASE}?", f"/{database}?", 1)

    @property
    def exists(self) -> bool:
        """Whether it was made already, running or not."""
        return (self.folder / "PG_VERSION").exists()

    @property
    def log(self) -> Path:
        return self.folder.with_name("postgres.log")


def find(var: Path) -> Cluster:
    """The cluster that belongs to a `var` folder, whether it exists yet or not."""
    home = _home(var)
    return Cluster(home / "data", _sockets(home), _binaries(), _runs_as())


@contextmanager
def running(cluster: Cluster) -> Iterator[str]:
    """Make, start and share the cluster; yields the URL of its database."""
    with _shared(cluster) as lock:
        start(cluster)
        try:
            yield cluster.url
        finally:
            _stop_if_last(cluster, lock)


def start(cluster: Cluster) -> None:
    """Make the cluster if there is none, start it if it sleeps, see that it answers."""
    with _alone(cluster):
        if not cluster.exists:
            _initialise(cluster)
        _prepare_sockets(cluster)
        _write_admission(cluster)
        deadline = time.monotonic() + PATIENCE_S
        while not _answers(cluster):
            _launch(cluster, give_up=time.monotonic() > deadline)
        _create_database(cluster)


def stop(cluster: Cluster) -> None:
    """Stop the cluster, if it runs, and wait until it has."""
    if status(cluster):
        _run(cluster, "pg_ctl", "stop", "-D", str(cluster.folder), "-m", "fast", "-w", check=True)


def status(cluster: Cluster) -> bool:
    """Whether its server process is there."""
    if not cluster.exists:
        return False
    return _run(cluster, "pg_ctl", "status", "-D", str(cluster.folder)).returncode == 0


def fell(cluster: Cluster) -> bool:
    """Whether it was killed: nobody listens, and nobody took its lock file away as `stop` does."""
    if not (cluster.folder / "postmaster.pid").exists():
        return False
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(str(cluster.sockets / f".s.PGSQL.{PORT}"))
        except (ConnectionRefusedError, FileNotFoundError):
            return True
    return False


def keep(cluster: Cluster, wanted: bool) -> None:
    """Ask that the cluster stays up (or no longer) when nobody uses it."""
    mark = _kept(cluster)
    if wanted:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def _home(var: Path) -> Path:
    """As root the server runs as postgres, who cannot enter every folder (/root, say)."""
    wanted = var / "pg"
    if os.geteuid() != 0:
        wanted.mkdir(parents=True, exist_ok=True)
        return wanted
    wanted.mkdir(parents=True, exist_ok=True)
    if _postgres_can_enter(var):
        return wanted
    fallback = FALLBACK / hashlib.sha256(str(var).encode()).hexdigest()[:12]
    fallback.mkdir(parents=True, exist_ok=True)
    return fallback


def _postgres_can_enter(folder: Path) -> bool:
    return (
        subprocess.run(
            ["runuser", "-u", "postgres", "--", "test", "-x", str(folder)], check=False, cwd="/"
        ).returncode
        == 0
    )


def _sockets(home: Path) -> Path:
    """A socket's path is limited to 107 bytes by the system, and a comma parts a list of them."""
    near = home / "socket"
    if len(os.fsencode(near)) <= SOCKET_PATH_LIMIT and "," not in str(near):
        return near
    name = f"gridpatrol-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
    return Path(tempfile.gettempdir()) / name


def _binaries() -> Path:
    """The newest installed server that has PostGIS beside it."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True):
        extension = Path("/usr/share/postgresql") / folder.parent.name / "extension/postgis.control"
        if (folder / "postgres").exists() and extension.exists():
            return folder
    raise ClusterUnavailable("no PostgreSQL with PostGIS: apt-get install postgresql-15-postgis-3")


def _major(folder: Path) -> int:
    return int(folder.parent.name)


def _runs_as() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def _initialise(cluster: Cluster) -> None:
    unfinished = cluster.folder.with_name("data.making")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    if cluster.runs_as:
        shutil.chown(unfinished, cluster.runs_as)
    done = _run(cluster, "initdb", "-D", str(unfinished), "-U", "postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
    if done.returncode != 0:
        raise ClusterUnavailable(done.stderr.strip() or done.stdout.strip())
    unfinished.rename(cluster.folder)


def _prepare_sockets(cluster: Cluster) -> None:
    """Trust is granted to whoever may enter this folder: it must be ours alone."""
    cluster.sockets.mkdir(mode=0o700, exist_ok=True)
    owner = pwd.getpwnam(cluster.runs_as).pw_uid if cluster.runs_as else os.geteuid()
    if cluster.sockets.stat().st_uid not in (os.geteuid(), owner):
        raise ClusterUnavailable(f"{cluster.sockets} belongs to somebody else")
    os.chown(cluster.sockets, owner, -1)
    cluster.sockets.chmod(0o700)


def _write_admission(cluster: Cluster) -> None:
    """Who may sign in: the owner through our folder, the application with its password."""
    kept = cluster.folder / "pg_hba.conf"
    if kept.read_text() == ADMISSION:
        return
    kept.write_text(ADMISSION)
    if status(cluster):
        _run(cluster, "pg_ctl", "reload", "-D", str(cluster.folder), check=True)


def _launch(cluster: Cluster, *, give_up: bool) -> None:
    """One try. After a kill the old lock file may refuse the first tries; it is never deleted."""
    if not cluster.log.exists():
        cluster.log.touch()
        if cluster.runs_as:
            shutil.chown(cluster.log, cluster.runs_as)
    options = {**OPTIONS, "unix_socket_directories": str(cluster.sockets)}
    settings = " ".join(f"-c {shlex.quote(f'{name}={is_}')}" for name, is_ in options.items())
    done = _run(cluster, "pg_ctl", "start", "-D", str(cluster.folder), "-w", "-t", "60",
                "-l", str(cluster.log), "-o", settings)  # fmt: skip
    if done.returncode != 0 and give_up:
        last = cluster.log.read_text(errors="replace").strip().splitlines()[-1:]
        raise ClusterUnavailable(f"PostgreSQL does not start: {''.join(last)} (see {cluster.log})")
    if done.returncode != 0:
        time.sleep(0.5)


def _answers(cluster: Cluster) -> bool:
    try:
        with psycopg.connect(cluster.url_of("postgres"), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _create_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _run(
    cluster: Cluster, program: str, *arguments: str, check: bool = False
) -> subprocess.CompletedProcess[str]:
    prefix = ["runuser", "-u", cluster.runs_as, "--"] if cluster.runs_as else []
    return subprocess.run(
        [*prefix, str(cluster.binaries / program), *arguments],
        cwd=cluster.folder.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=check,
    )


@contextmanager
def _shared(cluster: Cluster) -> Iterator[IO[str]]:
    with cluster.folder.with_name("users.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock


@contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """Two commands that start at once must not both initialise."""
    with cluster.folder.with_name("start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_last(cluster: Cluster, lock: IO[str]) -> None:
    with _alone(cluster):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else is at work; the last one stops it
        if not _kept(cluster).exists():
            stop(cluster)


def _kept(cluster: Cluster) -> Path:
    return cluster.folder.with_name("keep-running")
