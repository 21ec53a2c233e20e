"""Proving the journal: audit."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli import console, speech
from api.cli.console import app
from api.deps import OPERATOR
from layers.errors import Invalid
from layers.journal import queries
from layers.journal.rules import Fault, Head, Verdict

audit = typer.Typer(no_args_is_help=True, help="The journal: verify it.")
app.add_typer(audit, name="audit")


def _noted(text: str) -> Head:
    try:
        return Head.read(text)
    except Invalid as wrong:
        looks = "a head looks like 1234:89ab... (64 hexadecimal digits)"
        raise typer.BadParameter(looks) from wrong


@audit.command()
def verify(
    head: Annotated[
        Head | None,
        typer.Option(parser=_noted, metavar="NUMBER:DIGEST", help="A head noted earlier."),
    ] = None,
    as_json: console.Json = False,
) -> None:
    """Recompute the journal's chain of seals; exit 1 and name the first fault if there is one.

    Note the head it prints outside this machine and give it next time: only so does it show that
    the newest rows were cut off, or that the whole chain was made anew.

    Example: gridpatrol audit verify --head 1234:89ab...
    """
    with console.transaction() as connection:
        verdict = queries.verify(connection, OPERATOR, at=console.now(), noted=head)
    value = {"sound": verdict.sound, **asdict(verdict)}
    console.answer(value, as_json=as_json, lines=_told(verdict))
    if not verdict.sound:
        raise typer.Exit(console.FAILED)


def _told(verdict: Verdict) -> Iterator[str]:
    if verdict.fault is not None:
        how = speech.word(f"cli.told.wrong_{verdict.fault.kind}")
        yield speech.word("cli.told.broken", place=_place(verdict.fault), how=how)
    if verdict.overdue:
        first = verdict.first_overdue
        yield speech.word("cli.told.unsealed", n=f"{verdict.overdue:,}", first=first)
    if verdict.sound:
        yield speech.word("cli.told.sealed", n=f"{verdict.head.number:,}")
    yield speech.word("cli.told.head", head=f"{verdict.head.number}:{verdict.head.digest}")


def _place(fault: Fault) -> str:
    known = "the_row" if fault.entry is None else "row"
    row = speech.word(f"cli.told.{known}", entry=fault.entry)
    if fault.number is None:
        return row
    return speech.word("cli.told.of_seal", row=row, seal=fault.number)
