"""How long personal data is kept: retention."""

from collections.abc import Mapping
from typing import Annotated

import typer

from api import retention as forgetting
from api.cli import console
from api.cli.console import app
from layers.access import WORKER, transaction
from layers.retention import actions, queries
from layers.retention.rules import Kind, kind_of
from maps import theme

retention = typer.Typer(
    no_args_is_help=True, help="How long personal data is kept: show, set, run."
)
app.add_typer(retention, name="retention")


@retention.command()
def show(as_json: console.Json = False) -> None:
    """For how many days each kind is kept. Example: gridpatrol retention show"""
    with console.transaction() as connection:
        kept = {kind.value: days for kind, days in queries.days(connection).items()}
    lines = [f"{kind}: {days:,} days {_word(f'{kind}_from')} ({_word(kind)})"
             for kind, days in kept.items()]  # fmt: skip
    console.answer(kept, as_json=as_json, lines=lines)


@retention.command("set")
def set_days(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(Kind)}.")],
    days: int,
    as_json: console.Json = False,
) -> None:
    """Keep a kind for so many days. Example: gridpatrol retention set reporters 365"""
    with console.transaction() as connection:
        around = console.around(connection)
        actions.keep_for(connection, kind_of(kind), days, actor=around.actor, at=around.at)
    console.answer({kind: days}, as_json=as_json, lines=[f"{kind}: {days:,} days"])


@retention.command()
def run(
    dry_run: Annotated[bool, typer.Option(help="Count what is due, forget nothing.")] = False,
    as_json: console.Json = False,
) -> None:
    """Forget now what is due; the background worker does so each day.

    Example: gridpatrol retention run --dry-run
    """
    with console.database() as engine, transaction(engine, WORKER) as connection:
        around = console.around(connection)
        gone = forgetting.forget(connection, around.settings, actor=WORKER, at=around.at,
                                 limit=None, dry_run=dry_run)  # fmt: skip
    console.answer(gone, as_json=as_json, lines=_told(gone, dry_run))


def _told(gone: Mapping[str, int], dry_run: bool) -> list[str]:
    done = "due" if dry_run else "forgotten"
    return [f"{kind}: {number:,} {done}" for kind, number in gone.items()]


def _word(key: str) -> str:
    return theme.word(f"retention.{key}", "en")
