"""How long personal data is kept: retention."""

from typing import Annotated

import typer

from api import retention as forgetting
from api.cli import console, speech
from api.cli.console import app
from layers.access import WORKER, transaction
from layers.retention import actions, queries
from layers.retention.rules import Kind, kind_of

retention = typer.Typer(
    no_args_is_help=True, help="How long personal data is kept: show, set, run."
)
app.add_typer(retention, name="retention")


@retention.command()
def show(as_json: console.Json = False) -> None:
    """For how many days each kind is kept. Example: gridpatrol retention show"""
    with console.transaction() as connection:
        kept = {kind.value: days for kind, days in queries.days(connection).items()}
    lines = [_told("kept", kind, days=f"{days:,}", since=_word(f"{kind}_from"), what=_word(kind))
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
    console.answer(
        {kind: days}, as_json=as_json, lines=[_told("kept_days", kind, days=f"{days:,}")]
    )


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
    done = "due" if dry_run else "forgotten"
    lines = [_told(done, kind, n=f"{number:,}") for kind, number in gone.items()]
    console.answer(gone, as_json=as_json, lines=lines)


def _told(key: str, kind: str, **values: str) -> str:
    return speech.word(f"cli.told.{key}", kind=kind, **values)


def _word(key: str) -> str:
    return speech.word(f"retention.{key}")
