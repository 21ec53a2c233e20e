"""Keeping the bureau's machine at work: serve, work, db, demo."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine

from api import (
    cluster,
    founding,
    logs,
    network,
    plain_door,
    private,
    readiness,
    supervisor,
    tls,
    trust,
)
from api.cli import console, speech
from api.cli.console import app
from api.deps import OPERATOR
from api.listening import Door, Wish, keep_certificate, opened
from api.people import Desk
from api.settings import Settings, from_environment
from api.wire import CONNECTIONS, Line
from layers import db as database
from layers import migrations
from layers.access import transaction
from layers.errors import Conflict, Invalid

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
NO_PRIVATE = "This installation uses GRIDPATROL_DATABASE_URL: there is no private cluster here."
GRACE_S = 5

db = typer.Typer(no_args_is_help=True, help="The private database: start, stop, status, migrate.")
app.add_typer(db, name="db")


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets phones in, by HTTPS.")
    ] = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    cert: Annotated[Path | None, typer.Option(help="A certificate of your own (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, where it is not in it.")] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="A further name or address people reach it by.")
    ] = None,
    trust_port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, help="Plain HTTP: how phones trust our own certificate; 0 for none."
        ),
    ] = 8080,
) -> None:
    """Serve the pages and the API, with a background worker beside them.

    Plain HTTP on this machine; for others HTTPS, by a certificate that it makes itself or by yours.

    Example: gridpatrol serve --host 0.0.0.0 --port 8443
    """
    if key is not None and cert is None:
        raise typer.BadParameter("--key goes with --cert")
    wish = Wish(host, port, tuple(name or ()), cert, key, trust_port)
    door = opened(wish, console.settings().tls, console.now())
    logs.configure()
    readiness.wait(_given(), threading.Event())
    with console.database() as engine:
        _found(engine, door)
        listen(url_of(engine), door, workers)


def _found(engine: Engine, door: Door) -> None:
    """Nobody could sign in to a bureau without people: the first one is told how to."""
    from api import moving, practice

    with transaction(engine, OPERATOR) as connection:
        around = console.around(connection)
        desk = Desk(connection, around.actor, around.at, around.today)
        if practice.stands(connection, around.actor):
            moving.settle(connection, around)
            founding.practise(desk)
        code = founding.administrator(desk)
    if code is not None:
        console.say(speech.word("cli.told.first", address=f"{door.address}/sign-in"))
        console.say(speech.word("cli.told.first_code", login=founding.LOGIN, code=code))


def _given() -> str | None:
    """The address of a database that is not ours to start."""
    return console.settings().app_url or console.settings().database_url


def url_of(engine: Engine) -> str:
    """The address of an engine's database, as other programs take it."""
    return engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)


def listen(url: str, door: Door, workers: int = 1) -> None:
    """Run the web server until Ctrl-C; its background worker comes and goes with it."""
    import uvicorn

    # uvicorn shuts down and raises the signal anew: ended so, the worker and the cluster stop too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # For the processes below.
    os.environ["GRIDPATROL_APP_URL"] = url
    os.environ["GRIDPATROL_DEMO"] = str(_is_practice(url)).lower()
    os.environ["GRIDPATROL_REACHED"] = door.reached.model_dump_json()
    settings = from_environment()
    _allow_connections()
    worker = [sys.executable, "-P", "-m", "api.cli", "work", "--while-lives", str(os.getpid())]
    with ExitStack() as beside:
        beside.enter_context(supervisor.beside(worker, _private_if_any()))
        beside.enter_context(supervisor.alongside(partial(keep_certificate, door, settings.tls)))
        beside.enter_context(plain_door.open_beside(settings, door.wish.host))
        _announce(door, settings)
        uvicorn.run(
            "api.app:from_environment", factory=True, host=door.wish.host, port=door.wish.port,
            workers=workers, http=Line, ws="none", log_config=None, log_level="warning",
            access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S,
            ssl_context_factory=None if door.files is None else tls.factory(door.files),
        )  # fmt: skip


def _announce(door: Door, settings: Settings) -> None:
    console.say(speech.word("cli.told.serving", address=door.address))
    if not network.is_loopback(door.wish.host) and settings.demo:
        console.say(speech.word("cli.told.practice"))
    shown = trust.introduction(settings)
    if shown is not None:
        trust.tell(shown, console.say, sys.stderr)


def _allow_connections() -> None:
    """Each connection is an open file, of which many systems allow 1,024 at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 2 * CONNECTIONS) if soft != resource.RLIM_INFINITY else soft
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _is_practice(url: str) -> bool:
    """Every page of a practice town says that it is one."""
    from api import practice

    engine = database.connect(url, pool=1)
    try:
        with transaction(engine, OPERATOR) as connection:
            return practice.stands(connection, OPERATOR)
    finally:
        engine.dispose()


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
    logs.configure()
    readiness.wait(_given(), stop)
    if stop.is_set():
        return
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
    word = speech.word(f"cli.told.{'running' if up else 'stopped'}", folder=found.folder)
    console.answer(value, as_json=as_json, lines=[word])


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
    """Write the whole database into a file. Example: gridpatrol db backup bureau.dump

    The key of the personal fields is not in it: see gridpatrol key backup. Photographs neither:
    copy the folder var/blobs after it.
    """
    partial = file.with_name(f".{file.name}.partial")
    with console.owned() as owner, private.files():
        _begin(partial, file)
        try:
            _tool(owner, "pg_dump", "--format=custom", f"--file={partial}")
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
    _done(as_json, written=str(file), without=speech.word("key.not_in_dump"))


def _begin(partial: Path, file: Path) -> None:
    try:
        partial.touch()
    except OSError as problem:
        raise Invalid("file_not_writable", file=file, says=problem.strerror) from problem


@db.command("restore")
def restore(
    file: Path,
    yes: Annotated[
        bool, typer.Option("--yes", help="Replace the people and cases that are there.")
    ] = False,
    as_json: console.Json = False,
) -> None:
    """Replace the database by what a backup holds. Example: gridpatrol db restore bureau.dump

    Where people or cases are there it says how many they are, and replaces them only with --yes.
    """
    with file.open("rb"):
        pass  # what cannot be read is told before anything is asked
    with console.owned() as owner:
        if not yes:
            _refuse_to_replace(owner)
        try:
            _tool(owner, "pg_restore", "--clean", "--if-exists", "--single-transaction",
                  "--no-owner", str(file))  # fmt: skip
        except ToolFailed as refused:
            raise Invalid("not_restored", file=file, says=refused) from refused
        migrations.upgrade(owner)
    _done(as_json, restored=str(file), next=PROVE)


PROVE = "gridpatrol audit verify --head NUMBER:DIGEST, with the head noted when the backup was made"


def _refuse_to_replace(owner: str) -> None:
    engine = database.connect(owner, pool=1)
    try:
        with engine.begin() as connection:
            people = database.counted(connection, "people")
            cases = database.counted(connection, "incidents")
    finally:
        engine.dispose()
    if people or cases:
        raise Conflict("would_replace", people=people, incidents=cases)


class ToolFailed(OSError):
    """A program of PostgreSQL says why it did not do it."""


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
        raise ToolFailed(done.stderr.strip().splitlines()[0] if done.stderr else program)


def _private() -> cluster.Cluster:
    if console.settings().database_url is not None:
        raise cluster.ClusterUnavailable(NO_PRIVATE)
    return cluster.find(console.settings().var)
