"""Proving the journal: audit."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli import console
from api.cli.console import app
from api.deps import OPERATOR
from layers.errors import Invalid
from layers.journal import queries
from layers.journal.rules import Fault, Head, Kind, Verdict

WRONG = {
    Kind.CHANGED: "was changed after it was sealed",
    Kind.REMOVED: "was removed",
    Kind.REORDERED: "does not stand where it was sealed",
    Kind.SEAL: "is as it was sealed, but the seal itself was changed",
    Kind.TEXT: "is as it was sealed, but the text kept beside it was changed",
}

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
        yield f"BROKEN: {_place(verdict.fault)} {WRONG[verdict.fault.kind]}"
    if verdict.overdue:
        yield (f"UNSEALED: {verdict.overdue:,} rows older than a minute, from row "
               f"{verdict.first_overdue} on. Every command seals them as it ends")  # fmt: skip
    if verdict.sound:
        yield f"{verdict.head.number:,} sealed rows: each follows from the one before"
    yield f"head: {verdict.head.number}:{verdict.head.digest}"


def _place(fault: Fault) -> str:
    row = "the row" if fault.entry is None else f"row {fault.entry}"
    return row if fault.number is None else f"{row} of seal {fault.number}"
