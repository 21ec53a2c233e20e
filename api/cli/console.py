"""What every command shares: words on stdout, progress and errors on stderr, the exit code."""

import errno
import io
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from typer.main import get_group

from api import approle, cluster, effective, logs
from api.circumstances import Circumstances
from api.cli import speech
from api.deps import OPERATOR, within_reach
from api.settings import Settings, from_environment
from layers import access, db, migrations
from layers.access import WORKER
from layers.errors import Invalid, Refused
from layers.journal import actions as journal

FAILED, MISUSED, MISSING = 1, 2, 3  # 0 is done; 2 is typer's own too
UNREADABLE = frozenset({
    "bad_capacity", "bad_columns", "bad_date", "bad_filter", "bad_head", "bad_language",
    "bad_limit", "bad_month", "bad_place", "bad_retention", "bad_study", "bad_timezone",
    "bad_week", "since_after_until", "since_and_until", "week_or_month",
})  # fmt: skip
"""Refusals of a value as it was typed: another would do."""
OF_FILES = {
    errno.ENOENT: "not_there", errno.ENOTDIR: "no_folder",
    errno.EACCES: "no_right", errno.EPERM: "no_right", errno.EROFS: "no_right",
}  # fmt: skip
"""What the system refuses of a file or folder -> the entry of the catalogue, `cli.file.<code>`."""
EVERY_S = 2.0
ON_TERMINAL_EVERY_S = 0.1

app = typer.Typer(
    name="gridpatrol",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Grid patrol for an urban-management bureau. Add --debug to see where an error arose.",
)
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]


@cache
def settings() -> Settings:
    """The installation's settings, read once."""
    return from_environment()


def now() -> datetime:
    return datetime.now(UTC)


def day(text: str) -> date:
    """A day that was typed."""
    try:
        return within_reach(date.fromisoformat(text))
    except ValueError as wrong:
        raise Invalid("bad_date", date=text) from wrong


def around(connection: Connection) -> Circumstances:
    """The person at this machine, at work now as the bureau reckons, watching the progress."""
    return Circumstances(effective.present(connection, settings()), OPERATOR, now(), Progress())


def work_through(engine: Engine, put_at: datetime) -> None:
    """Do what the command itself put into the queue, at its own moment; the rest is not its own."""
    from api import worker

    while worker.do_next(engine, settings(), only=put_at):
        pass


def run() -> int:
    """Run the command that was typed; a failure becomes one clear line and an exit code."""
    from api.cli import (  # noqa: F401  (they add their commands)
        analysis,
        audit,
        demo,
        devices,
        figures,
        keys,
        layers,
        people,
        retention,
        running,
    )

    logs.configure(logging.WARNING)  # serve and work say more
    debug = "--debug" in sys.argv
    try:
        typed = speech.choose([word for word in sys.argv[1:] if word != "--debug"])
        spoken = speech.spoken(get_group(app), {"import": layers.columns})
        return int(spoken(typed, prog_name="gridpatrol", standalone_mode=False) or 0)
    except typer.TyperException as mistyped:
        return _misused(mistyped)
    except typer.Abort:
        say(speech.word("cli.own.aborted"))
        return FAILED
    except (Refused, OperationalError, cluster.ClusterUnavailable, OSError, ValidationError) as it:
        if debug:
            traceback.print_exc()
        _complain(it)
        return _code(it)
    except Exception as defect:
        if debug:
            raise
        said = _first_line(getattr(defect, "orig", None) or defect)
        say(speech.word("cli.defect", kind=type(defect).__name__, said=said))
        return FAILED


def _misused(mistyped: typer.TyperException) -> int:
    told = io.StringIO()
    mistyped.show(told)  # type: ignore[attr-defined]
    for line in told.getvalue().splitlines():
        say(speech.wrong(line))
    return mistyped.exit_code


def _code(failure: Exception) -> int:
    if isinstance(failure, Refused) and failure.code in UNREADABLE:
        return MISUSED
    return MISSING if isinstance(failure, cluster.ClusterUnavailable) else FAILED


def _complain(failure: Exception) -> None:
    if isinstance(failure, Refused):
        typer.echo(speech.word(f"problem.{failure.code}", **failure.values), err=True)
    elif isinstance(failure, OperationalError):
        say(speech.word("cli.no_answer", said=_first_line(failure.orig)))
    elif isinstance(failure, ValidationError):
        for wrong in failure.errors():
            name = f"GRIDPATROL_{str(wrong['loc'][0]).upper()}"
            said = wrong["msg"].removeprefix("Value error, ")
            say(speech.word("cli.bad_setting", name=name, value=wrong["input"], said=said))
    elif isinstance(failure, OSError) and failure.filename is not None:
        word = f"cli.file.{OF_FILES.get(failure.errno or 0, 'other')}"
        say(speech.word(word, file=failure.filename, said=failure.strerror))
    else:
        typer.echo(str(failure), err=True)


def _first_line(failure: BaseException | None) -> str:
    """What the database says of an error; the lines after that quote rows."""
    return str(failure).partition("\n")[0]


def answer(value: object, *, as_json: bool, lines: Iterator[str] | list[str]) -> None:
    """Print a result: JSON for machines, lines for people."""
    if as_json:
        options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY
        typer.echo(orjson.dumps(value, default=str, option=options).decode())
    else:
        for line in lines:
            typer.echo(line)


def say(text: str) -> None:
    """A word beside the result, on stderr."""
    typer.echo(text, err=True)


@contextmanager
def owned() -> Iterator[str]:
    """The owner's address of the bureau's database; the private one is started and migrated."""
    given = settings().database_url
    if given is not None:
        yield given
        return
    found = cluster.find(settings().var)
    if not found.exists and not found.folder.is_relative_to(settings().var):
        say(speech.word("cli.moved", folder=settings().var, place=found.folder))
    with cluster.running(found) as url:
        migrations.upgrade(url)
        yield url


@contextmanager
def database() -> Iterator[Engine]:
    """The bureau's database as the application meets it."""
    told = settings().app_url
    if told is not None:
        yield from _engine(told)
        return
    with owned() as owner:
        _refuse_old(owner)
        yield from _engine(approle.url(owner, settings().var))


def _refuse_old(owner: str) -> None:
    engine = db.connect(owner, pool=1)
    try:
        with engine.connect() as connection:
            if not migrations.current(connection):
                raise Refused("migrations_pending")
            if not migrations.usable(connection):
                say(speech.word("cli.slow_maps", function=migrations.OVERLAPS))
    finally:
        engine.dispose()


def _engine(url: str) -> Iterator[Engine]:
    engine = db.connect(url)
    try:
        yield engine
        _seal(engine)
    finally:
        engine.dispose()


def _seal(engine: Engine) -> None:
    """A command may be all that runs: what it noted must not wait for a worker to be sealed."""
    with access.transaction(engine, WORKER) as connection:
        while journal.seal(connection, at=now()):
            pass


@contextmanager
def transaction() -> Iterator[Connection]:
    """The operator's one transaction on the bureau's database."""
    with database() as engine, access.transaction(engine, OPERATOR) as connection:
        yield connection


def write(file: Path, content: bytes) -> None:
    """A file is there whole or not at all."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_bytes(content)
    partial.replace(file)


class Progress:
    """How far a long work is: one moving line on a terminal, a plain line now and then elsewhere.

    Called with (done, total, stage); total 0 means unknown.
    """

    def __init__(self) -> None:
        self._moving = sys.stderr.isatty()
        self._stage = ""
        self._begun = self._said = 0.0

    def __call__(self, done: int, total: int, stage: str) -> None:
        at = time.monotonic()
        if stage != self._stage:
            self._stage, self._begun, self._said = stage, at, 0.0
        ended = done == total > 0
        if at - self._said < (ON_TERMINAL_EVERY_S if self._moving else EVERY_S) and not ended:
            return
        self._said = at
        self._show(_pace(stage, done, total, at - self._begun))

    def _show(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}" if self._moving else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the moving line behind."""
        if self._moving and self._stage:
            sys.stderr.write("\n")


def _pace(stage: str, done: int, total: int, seconds: float) -> str:
    words = speech.word(f"stage.{stage}")
    rate = done / seconds if seconds > 0 else 0.0
    if not total:
        return f"{words} ..."
    left = ""
    if 0 < done < total and rate:
        left = speech.word("cli.left", seconds=f"{(total - done) / rate:,.0f}")
    speed = f", {rate:,.0f}/s" if rate and total > 1 else ""
    return (
        speech.word("cli.done_of", words=words, done=f"{done:,}", total=f"{total:,}") + speed + left
    )
