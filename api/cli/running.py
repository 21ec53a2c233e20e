"""Keeping the bureau's machine at work: serve, work, db, demo."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from api import cluster
from api.cli import console
from api.cli.console import app
from layers import db as database
from layers import migrations
from layers.errors import Invalid

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
    if host != "localhost" and not ip_address(host).is_loopback:
        raise Invalid("loopback_only", host=host)
    with console.database() as engine:
        url = url_of(engine)
        listen(url, host, port, workers)


def url_of(engine: Engine) -> str:
    """The address of an engine's database, as other programs take it."""
    return engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)


def listen(url: str, host: str, port: int, workers: int = 1) -> None:
    """Run the web server until Ctrl-C; its background worker comes and goes with it."""
    import uvicorn

    # For the processes below.
    os.environ["GRIDPATROL_DATABASE_URL"] = url
    os.environ["GRIDPATROL_DEMO"] = str(_is_practice(url)).lower()
    with _worker_beside():
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
        with database.transaction(engine) as connection:
            return practice.stands(connection)
    finally:
        engine.dispose()


@contextmanager
def _worker_beside() -> Iterator[None]:
    command = [sys.executable, "-P", "-m", "api.cli", "work", "--while-lives", str(os.getpid())]
    with subprocess.Popen(command) as worker:
        try:
            yield
        finally:
            worker.terminate()


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
        worker.work(engine, console.settings(), stop)


def _watch(parent: int, stop: threading.Event) -> None:
    """A server that was killed cannot take its worker along: the worker looks for itself."""
    while os.getppid() == parent:
        time.sleep(1)
    stop.set()


@db.command("start")
def start() -> None:
    """Start the private cluster and leave it running. Example: gridpatrol db start"""
    found = _private()
    cluster.start(found)
    cluster.keep(found, True)
    typer.echo(f"running: {found.url}")


@db.command("stop")
def stop() -> None:
    """Stop the private cluster. Example: gridpatrol db stop"""
    found = _private()
    cluster.keep(found, False)
    cluster.stop(found)
    typer.echo("stopped")


@db.command("status")
def status(as_json: console.Json = False) -> None:
    """Say whether the private cluster runs, and where. Example: gridpatrol db status"""
    found = _private()
    up = cluster.status(found)
    value = {"running": up, "folder": str(found.folder), "url": found.url}
    word = "running" if up else "stopped"
    console.answer(value, as_json=as_json, lines=[f"{word}: {found.folder}"])


@db.command("migrate")
def migrate() -> None:
    """Bring the schema up to date. Example: gridpatrol db migrate"""
    given = console.settings().database_url
    if given is not None:
        migrations.upgrade(given)
    else:
        with console.database():
            pass
    typer.echo("schema up to date")


@db.command("backup")
def backup(file: Path) -> None:
    """Write the whole database into a file. Example: gridpatrol db backup bureau.dump"""
    partial = file.with_name(f".{file.name}.partial")
    with console.database() as engine:
        url = url_of(engine)
        _tool("pg_dump", "--format=custom", f"--file={partial}", url)
    partial.rename(file)
    typer.echo(f"written: {file}")


@db.command("restore")
def restore(file: Path) -> None:
    """Replace the database by what a backup holds. Example: gridpatrol db restore bureau.dump"""
    with console.database() as engine:
        url = url_of(engine)
        engine.dispose()
        _tool("pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner",
              f"--dbname={url}", str(file))  # fmt: skip
        migrations.upgrade(url)
    typer.echo(f"restored from {file}")


def _tool(program: str, *arguments: str) -> None:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.strip().splitlines()[0] if done.stderr else program)


def _private() -> cluster.Cluster:
    if console.settings().database_url is not None:
        raise cluster.ClusterUnavailable(NO_PRIVATE)
    return cluster.find(console.settings().var)
