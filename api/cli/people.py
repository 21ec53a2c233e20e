"""People and their tokens: user."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pandas as pd
import typer
from sqlalchemy import RowMapping

from api import auth, private
from api.cli import console, speech
from api.cli.console import app
from api.people import Desk
from layers import db
from layers.errors import Invalid
from layers.files import write
from layers.people import actions, queries, rules
from layers.roles import Role

user = typer.Typer(no_args_is_help=True, help="People: add, token, disable, list and the like.")
app.add_typer(user, name="user")

Name = Annotated[str, typer.Argument(help="The login.")]
OneRole = Annotated[Role, typer.Option("--role", help="What they are at the bureau.")]
AreaCode = Annotated[
    str, typer.Option("--area", help="Code of a township, squad or grid; else the whole bureau.")
]


@user.command()
def add(
    name: Name,
    role: OneRole,
    area: AreaCode = "",
    full_name: Annotated[str, typer.Option("--full-name", help="What others read.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password's line from stdin.")
    ] = False,
    as_json: console.Json = False,
) -> None:
    """Take somebody on. Without a password, print a one-time code, once.

    Example: gridpatrol user add zhang.san --role dispatcher --area 339901101
    """
    password_hash = auth.hashed(name, _typed_password()) if password_stdin else None
    with _desk() as desk:
        person = actions.add_person(desk.connection, name, full_name, **desk.who)
        given = desk.area(role, area)
        actions.grant(desk.connection, person, role, given, **desk.who_today)
        code = _first_secret(desk, person, password_hash)
    value = {"id": person, "name": rules.folded(name), "role": role, "area": area, "code": code}
    added = speech.word("cli.told.added", name=rules.folded(name), role=speech.word(f"role.{role}"))
    console.answer(value, as_json=as_json, lines=[added, *_told_code(code)])


def _first_secret(desk: Desk, person: UUID, password_hash: str | None) -> str | None:
    if password_hash is None:
        return desk.new_codes([person])[person]
    actions.set_password(desk.connection, person, password_hash, **desk.who)
    return None


def _typed_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _told_code(code: str | None) -> list[str]:
    if code is None:
        return []
    days = rules.CODE_LIFE.days
    return [speech.word("cli.told.code", code=code, days=days)]


@contextmanager
def _desk() -> Iterator[Desk]:
    with console.transaction() as connection:
        around = console.around(connection)
        yield Desk(connection, around.actor, around.at, around.today)


@contextmanager
def _person(name: str) -> Iterator[tuple[Desk, RowMapping]]:
    """A transaction about somebody."""
    with _desk() as desk:
        yield desk, queries.one(desk.connection, desk.actor, name, today=desk.today)


@user.command()
def grant(name: Name, role: OneRole, area: AreaCode = "") -> None:
    """Give somebody a further role. Example: gridpatrol user grant zhang.san --role planner"""
    with _person(name) as (desk, person):
        given = desk.area(role, area)
        actions.grant(desk.connection, person["id"], role, given, **desk.who_today)
    typer.echo(speech.word("cli.told.granted", role=speech.word(f"role.{role}")))


@user.command()
def revoke(name: Name, role: OneRole, area: AreaCode = "") -> None:
    """Take a role from somebody, at once. Example: gridpatrol user revoke li.si --role planner"""
    with _person(name) as (desk, person):
        held = [power["id"] for power in person["powers"]
                if (power["role"], power["area"]) == (role, area)]  # fmt: skip
        power = held[0] if held else 0
        actions.revoke(desk.connection, person["id"], power, **desk.who_today)
    typer.echo(speech.word("cli.told.revoked", role=speech.word(f"role.{role}")))


@user.command()
def token(
    name: Name,
    scope: Annotated[
        list[str] | None, typer.Option(help=f"Beside reading: {', '.join(rules.SCOPES[1:])}.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Ends after so long.")] = None,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    end: Annotated[bool, typer.Option("--end", help="End the tokens of that label.")] = False,
    as_json: console.Json = False,
) -> None:
    """Print a token, once, with which a program does somebody's work.

    Example: gridpatrol user token gateway --scope import --days 365
    """
    with _person(name) as (desk, person):
        if end:
            actions.end_token(desk.connection, person["id"], label, **desk.who)
            typer.echo(speech.word("cli.told.ended", label=label))
            return
        secret, life = auth.new_secret(auth.TOKEN), days and timedelta(days=days)
        actions.issue_token(
            desk.connection, person["id"], label, auth.digest(secret), scope or [],
            life=life or None, **desk.who_today,
        )  # fmt: skip
    console.answer({"token": secret}, as_json=as_json, lines=[secret])


@user.command()
def disable(name: Name) -> None:
    """Somebody leaves: sign-ins and tokens end at once. Example: gridpatrol user disable li.si"""
    with _person(name) as (desk, person):
        actions.disable(desk.connection, person["id"], **desk.who_today)
    typer.echo(speech.word("cli.told.disabled"))


@user.command()
def enable(name: Name) -> None:
    """Somebody is back, with the powers as they were. Example: gridpatrol user enable li.si"""
    with _person(name) as (desk, person):
        actions.enable(desk.connection, person["id"], **desk.who)
        code = desk.new_codes([person["id"]])[person["id"]]
    typer.echo("\n".join([speech.word("cli.told.enabled"), *_told_code(code)]))


@user.command("sign-out")
def sign_out(name: Name) -> None:
    """A phone is lost: end all of somebody's sign-ins and tokens.

    Example: gridpatrol user sign-out li.si
    """
    with _person(name) as (desk, person):
        actions.end_all_sessions(desk.connection, person["id"], **desk.who)
    typer.echo(speech.word("cli.told.signed_out"))


@user.command()
def code(name: Name) -> None:
    """A password is lost: void it and print a one-time code. Tokens stay good: see user sign-out.

    Example: gridpatrol user code li.si
    """
    with _person(name) as (desk, person):
        made = desk.new_codes([person["id"]])[person["id"]]
    typer.echo("\n".join(_told_code(made)))


@user.command()
def codes(
    file: Annotated[Path, typer.Argument(help="A CSV that is not there yet.")],
    area: Annotated[str, typer.Option(help="Only who has a power here.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Void codes made earlier that are not used yet.")
    ] = False,
) -> None:
    """Write one-time codes for all who have no password, for you to hand out.

    Nobody else can read the file; it is useless once everybody has chosen a password. Where some
    hold a code from an earlier file, it says how many, and makes new ones only with --again.
    Example: gridpatrol user codes first-codes.csv --area 339901101
    """
    with _desk() as desk:
        made = desk.codes_for_all(area, again=again)
        _write_secretly(file, made.rows)
    told = {"n": f"{len(made.rows):,}", "file": file, "void": f"{made.void:,}"}
    typer.echo(speech.word(f"cli.told.codes{'_void' if made.void else ''}", **told))


def _write_secretly(file: Path, rows: list[tuple[str, str, str]]) -> None:
    """Into a new file that only its owner can read."""
    if file.exists():
        raise Invalid("file_exists", file=file.name)
    with private.files():
        write(file, pd.DataFrame(rows, columns=["login", "name", "code"]))


@user.command("list")
def listed(as_json: console.Json = False) -> None:
    """Who there is, with their powers today. Example: gridpatrol user list --json"""
    with _desk() as desk:
        people = list(_everybody(desk))
    console.answer([dict(person) for person in people], as_json=as_json, lines=map(_line, people))


def _everybody(desk: Desk) -> Iterator[RowMapping]:
    """Page by page, each with its row of the journal."""
    page = db.Page(limit=1000)
    while True:
        found = actions.look_through(desk.connection, page, queries.ANYBODY, **desk.who_today)
        yield from found
        if len(found) < page.limit:
            return
        page = db.Page(found[-1]["login"], page.limit)


def _line(person: RowMapping) -> str:
    powers = (f"{power['role']} {power['area']}".strip() for power in person["powers"])
    return f"{person['login']}  {person['name']}  {person['state']}  {', '.join(powers)}"
