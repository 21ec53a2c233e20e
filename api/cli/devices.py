"""Devices of squads: device."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from sqlalchemy import RowMapping

from api import devices, private
from api.cli import console, speech
from api.cli.console import app
from layers.errors import Invalid
from layers.files import write
from layers.positions import actions, queries

device = typer.Typer(no_args_is_help=True, help="Devices: list, add, token, tokens, disable.")
app.add_typer(device, name="device")

Code = Annotated[str, typer.Argument(help="The device's code.")]


@device.command("list")
def listed(as_json: console.Json = False) -> None:
    """List the devices: whose each is, when it was heard, and why its last position counts for
    nothing.

    Example: gridpatrol device list --json
    """
    with console.transaction() as connection:
        rows = queries.every(connection, console.around(connection).actor)
    console.answer([dict(row) for row in rows], as_json=as_json, lines=map(_line, rows))


def _line(row: RowMapping) -> str:
    heard = _told("heard", row["heard_at"]) if row["heard_at"] else _told("never_heard")
    parts = [row["code"], row["name"], row["squad_name"], heard]
    if row["accepted_at"]:
        parts.append(_told("accepted", row["accepted_at"]))
    if row["refused"]:
        parts.append(
            f"{_time(row['refused_at'])} {speech.word('device.refused.' + row['refused'])}"
        )
    if row["disabled_at"] or not row["has_token"]:
        parts.append(_told("disabled" if row["disabled_at"] else "no_token"))
    return "  ".join(parts)


def _told(key: str, at: datetime | None = None) -> str:
    return speech.word(f"cli.told.{key}", time=at and _time(at))


def _time(at: datetime) -> str:
    return f"{at.astimezone(console.settings().zone):%Y-%m-%d %H:%M}"


@device.command()
def add(
    code: Code,
    squad: Annotated[str, typer.Option(help="Code of the squad that carries it.")],
    name: Annotated[str, typer.Option(help="What it is called; never a person's name.")] = "",
    as_json: console.Json = False,
) -> None:
    """Add a device and print its token, once: it is what is typed into the phone.

    Example: gridpatrol device add P1 --squad 33990100101
    """
    with console.transaction() as connection:
        around = console.around(connection)
        actions.add(connection, code, name, squad, actor=around.actor, at=around.at)
        token = devices.new_token(connection, code, actor=around.actor, at=around.at)
    console.answer({"code": code, "token": token}, as_json=as_json, lines=[token])


@device.command()
def token(code: Code, as_json: console.Json = False) -> None:
    """Print a new token of a device, once; the one before ends, and a disabled device is let in.

    Example: gridpatrol device token P1
    """
    with console.transaction() as connection:
        around = console.around(connection)
        made = devices.new_token(connection, code, actor=around.actor, at=around.at)
    console.answer({"code": code, "token": made}, as_json=as_json, lines=[made])


@device.command()
def tokens(file: Annotated[Path, typer.Argument(help="A CSV that is not there yet.")]) -> None:
    """Write first tokens for all devices that have none, after an import. Only you can read it.

    Example: gridpatrol device tokens tokens.csv
    """
    if file.exists():
        raise Invalid("file_exists", file=file.name)
    with console.transaction() as connection:
        around = console.around(connection)
        made = devices.first_tokens(connection, actor=around.actor, at=around.at)
        with private.files():
            write(file, pd.DataFrame(made, columns=["code", "name", "token"]))
    typer.echo(speech.word("cli.told.tokens", n=f"{len(made):,}", file=file))


@device.command()
def disable(code: Code, as_json: console.Json = False) -> None:
    """Take nothing more of what a device sends. Example: gridpatrol device disable P1"""
    with console.transaction() as connection:
        around = console.around(connection)
        actions.disable(connection, code, actor=around.actor, at=around.at)
    console.answer(
        {"code": code}, as_json=as_json, lines=[speech.word("cli.told.disabled_one", code=code)]
    )
