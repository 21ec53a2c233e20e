"""Keeping the bureau's machine at work: serve, work, db, demo."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine

from api import cluster, supervisor
from api.cli import console
from api.cli.console import app
from api.deps import OPERATOR
from layers import db as database
from layers import migrations
from layers.access import transaction
from layers.errors import Conflict, Invalid

Port = Annotated[int, typer.Option(help="Port to listen on.")]
NO_PRIVATE = "This installation uses GRIDPATROL_DATABASE_URL: there is no private cluster here."
GRACE_S = 5

db = typer.Typer(no_args_is_help=True, help="The private database: start, stop, status, migrate.")
app.add_typer(db, name="db")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on (loopback only).")] = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.")] = 1,
) -> None:
    """Serve the pages and the API, with a background worker beside them.

    Example: gridpatrol serve --port 8000
    """
    if not _is_loopback(host):
        raise Invalid("loopback_only", host=host)
    with console.database() as engine:
        url = url_of(engine)
        listen(url, host, port, workers)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(engine: Engine) -> str:
    """The address of an engine's database, as other programs take it."""
    return engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)


def listen(url: str, host: str, port: int, workers: int = 1) -> None:
    """Run the web server until Ctrl-C; its background worker comes and goes with it."""
    import uvicorn

    _refuse_taken(host, port)
    # uvicorn shuts down and raises the signal anew: ended so, the worker and the cluster stop too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # For the processes below.
    os.environ["GRIDPATROL_APP_URL"] = url
    os.environ["GRIDPATROL_DEMO"] = str(_is_practice(url)).lower()
    worker = [sys.executable, "-P", "-m", "api.cli", "work", "--while-lives", str(os.getpid())]
    with supervisor.beside(worker, _private_if_any()):
        console.say(f"Serving on http://{host}:{port} (Ctrl-C stops)")
        uvicorn.run(
            "api.app:from_environment", factory=True, host=host, port=port, workers=workers,
            log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S,
        )  # fmt: skip


def _is_practice(url: str) -> bool:
    """Every page of a practice town says that it is one."""
    from api import practice

    engine = database.connect(url, pool=1)
    try:
        with transaction(engine, OPERATOR) as connection:
            return practice.stands(connection, OPERATOR)
    finally:
        engine.dispose()


def _refuse_taken(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as failure:
            if failure.errno == errno.EADDRINUSE:
                raise Conflict("port_taken", port=port) from failure
            raise


def _private_if_any() -> cluster.Cluster | None:
    ours = console.settings()
    return None if ours.database_url is not None else cluster.find(ours.var)


@app.command()
def work(
    while_lives: Annotated[int | None, typer.Option(hidden=True, help="Process id.")] = None,
) -> None:
    """Do the background work: imports, studies and plans that were asked for over the web.

    Example: gridpatrol work
    """
    from api import worker

    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    if while_lives is not None:
        threading.Thread(target=_watch, args=(while_lives, stop), daemon=True).start()
    with console.database() as engine:
        known = database.connect(url_of(engine), name=worker.NAME)
        try:
            worker.work(known, console.settings(), stop)
        finally:
            known.dispose()


def _watch(parent: int, stop: threading.Event) -> None:
    """A server that was killed cannot take its worker along: the worker looks for itself."""
    while os.getppid() == parent:
        time.sleep(1)
    stop.set()


def _done(as_json: bool, **what: object) -> None:
    console.answer(what, as_json=as_json, lines=[f"{name}: {said}" for name, said in what.items()])


@db.command("start")
def start(as_json: console.Json = False) -> None:
    """Start the private cluster and leave it running. Example: gridpatrol db start"""
    found = _private()
    cluster.keep(found, True)
    with cluster.running(found):  # a command that ends at this moment must not stop it
        pass
    _done(as_json, running=True, url=found.url)


@db.command("stop")
def stop(as_json: console.Json = False) -> None:
    """Stop the private cluster. Example: gridpatrol db stop"""
    found = _private()
    cluster.keep(found, False)
    cluster.stop(found)
    _done(as_json, running=False)


@db.command("status")
def status(as_json: console.Json = False) -> None:
    """Say whether the private cluster runs, and where. Example: gridpatrol db status"""
    found = _private()
    up = cluster.status(found)
    value = {"running": up, "folder": str(found.folder), "url": found.url}
    word = "running" if up else "stopped"
    console.answer(value, as_json=as_json, lines=[f"{word}: {found.folder}"])


@db.command("migrate")
def migrate(as_json: console.Json = False) -> None:
    """Bring the schema up to date. Example: gridpatrol db migrate"""
    given = console.settings().database_url
    if given is not None:
        migrations.upgrade(given)
    else:
        with console.database():
            pass
    _done(as_json, schema="up to date")


@db.command("backup")
def backup(file: Path, as_json: console.Json = False) -> None:
    """Write the whole database into a file. Example: gridpatrol db backup bureau.dump"""
    partial = file.with_name(f".{file.name}.partial")
    with console.owned() as owner:
        _tool(owner, "pg_dump", "--format=custom", f"--file={partial}")
    partial.rename(file)
    _done(as_json, written=str(file))


@db.command("restore")
def restore(file: Path, as_json: console.Json = False) -> None:
    """Replace the database by what a backup holds. Example: gridpatrol db restore bureau.dump"""
    with console.owned() as owner:
        _tool(owner, "pg_restore", "--clean", "--if-exists", "--single-transaction",
              "--no-owner", str(file))  # fmt: skip
        migrations.upgrade(owner)
    _done(as_json, restored=str(file))


def _tool(owner: str, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; a password is never on its command line, which all see."""
    given = {name: str(value) for name, value in conninfo_to_dict(owner).items()}
    password = {"PGPASSWORD": given.pop("password")} if "password" in given else {}
    private = _private_if_any()
    found = program if private is None else str(private.binaries / program)
    done = subprocess.run(
        [found, f"--dbname={make_conninfo(**given)}", *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **password},
    )  # fmt: skip
    if done.returncode != 0:
        raise OSError(done.stderr.strip().splitlines()[0] if done.stderr else program)


def _private() -> cluster.Cluster:
    if console.settings().database_url is not None:
        raise cluster.ClusterUnavailable(NO_PRIVATE)
    return cluster.find(console.settings().var)
