"""People and their tokens: user."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pandas as pd
import typer
from sqlalchemy import Connection, RowMapping

from api import auth
from api.circumstances import Circumstances
from api.cli import console
from api.cli.console import app
from layers import db
from layers.errors import Invalid
from layers.files import write
from layers.people import actions, queries, rules
from layers.roles import Area, Role
from layers.squads.queries import starts
from maps import theme

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
    around = console.around()
    with console.transaction() as connection:
        person = actions.add_person(connection, name, full_name, actor=around.actor, at=around.at)
        given = _area(connection, around, role, area)
        _grant(connection, around, person, role, given)
        code = _first_secret(connection, around, person, password_hash)
    value = {"id": person, "name": rules.folded(name), "role": role, "area": area, "code": code}
    told = [f"added: {rules.folded(name)}, {theme.word(f'role.{role}', 'en')}"]
    console.answer(value, as_json=as_json, lines=told + _told_code(code))


def _first_secret(
    connection: Connection, around: Circumstances, person: UUID, password_hash: str | None
) -> str | None:
    if password_hash is None:
        return _new_codes(connection, around, [person])[person]
    actions.set_password(connection, person, password_hash, actor=around.actor, at=around.at)
    return None


def _typed_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _told_code(code: str | None) -> list[str]:
    if code is None:
        return []
    days = rules.CODE_LIFE.days
    return [f"one-time code: {code} (signs in for {days} days, to choose a password)"]


def _grant(
    connection: Connection, around: Circumstances, person: UUID, role: Role, area: Area
) -> None:
    actions.grant(
        connection, person, role, area, actor=around.actor, at=around.at, today=around.today
    )


def _area(connection: Connection, around: Circumstances, role: Role, code: str) -> Area:
    squads = {squad[0] for squad in starts(connection, around.actor, around.at)}
    known = queries.areas(connection, [code], squads=squads, today=around.today)
    return rules.area_of(role, code, known)


def _new_codes(
    connection: Connection, around: Circumstances, people: Iterable[UUID]
) -> dict[UUID, str]:
    codes = {person: auth.new_code() for person in people}
    kept = {person: auth.code_digest(code) for person, code in codes.items()}
    actions.issue_codes(connection, kept, actor=around.actor, at=around.at)
    return codes


@contextmanager
def _person(name: str) -> Iterator[tuple[Connection, Circumstances, RowMapping]]:
    """A transaction about somebody."""
    around = console.around()
    with console.transaction() as connection:
        yield (
            connection, around,
            queries.one(connection, around.actor, name, today=around.today),
        )  # fmt: skip


@user.command()
def grant(name: Name, role: OneRole, area: AreaCode = "") -> None:
    """Give somebody a further role. Example: gridpatrol user grant zhang.san --role planner"""
    with _person(name) as (connection, around, person):
        _grant(connection, around, person["id"], role, _area(connection, around, role, area))
    typer.echo(f"granted: {theme.word(f'role.{role}', 'en')}")


@user.command()
def revoke(name: Name, role: OneRole, area: AreaCode = "") -> None:
    """Take a role from somebody, at once. Example: gridpatrol user revoke li.si --role planner"""
    with _person(name) as (connection, around, person):
        held = [power["id"] for power in person["powers"]
                if (power["role"], power["area"]) == (role, area)]  # fmt: skip
        actions.revoke(connection, person["id"], held[0] if held else 0,
                       actor=around.actor, at=around.at, today=around.today)  # fmt: skip
    typer.echo(f"revoked: {theme.word(f'role.{role}', 'en')}")


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
    with _person(name) as (connection, around, person):
        who, at = around.actor, around.at
        if end:
            actions.end_token(connection, person["id"], label, actor=who, at=at)
            typer.echo(f"ended: {label}")
            return
        secret, life = auth.new_secret(auth.TOKEN), days and timedelta(days=days)
        actions.issue_token(
            connection, person["id"], label, auth.digest(secret), scope or [],
            life=life or None, actor=who, at=at,
        )  # fmt: skip
    console.answer({"token": secret}, as_json=as_json, lines=[secret])


@user.command()
def disable(name: Name) -> None:
    """Somebody leaves: sign-ins and tokens end at once. Example: gridpatrol user disable li.si"""
    with _person(name) as (connection, around, person):
        actions.disable(connection, person["id"],
                        actor=around.actor, at=around.at, today=around.today)  # fmt: skip
    typer.echo("disabled")


@user.command()
def enable(name: Name) -> None:
    """Somebody is back, with the powers as they were. Example: gridpatrol user enable li.si"""
    with _person(name) as (connection, around, person):
        actions.enable(connection, person["id"], actor=around.actor, at=around.at)
        code = _new_codes(connection, around, [person["id"]])[person["id"]]
    typer.echo("\n".join(["enabled", *_told_code(code)]))


@user.command("sign-out")
def sign_out(name: Name) -> None:
    """A phone is lost: end all of somebody's sign-ins. Example: gridpatrol user sign-out li.si"""
    with _person(name) as (connection, around, person):
        actions.end_all_sessions(connection, person["id"], actor=around.actor, at=around.at)
    typer.echo("signed out everywhere")


@user.command()
def code(name: Name) -> None:
    """A password is lost: void it and print a one-time code. Example: gridpatrol user code li.si"""
    with _person(name) as (connection, around, person):
        made = _new_codes(connection, around, [person["id"]])[person["id"]]
    typer.echo("\n".join(_told_code(made)))


@user.command()
def codes(
    file: Annotated[Path, typer.Argument(help="A CSV that is not there yet.")],
    area: Annotated[str, typer.Option(help="Only who has a power here.")] = "",
) -> None:
    """Write one-time codes for all who have no password, for you to hand out.

    Nobody else can read the file; it is useless once everybody has chosen a password.
    Example: gridpatrol user codes first-codes.csv --area 339901101
    """
    around = console.around()
    with console.transaction() as connection:
        people = actions.list_waiting(
            connection, area, actor=around.actor, at=around.at, today=around.today
        )
        made = _new_codes(connection, around, [person for person, _, _ in people])
        _write_secretly(file, [(login, name, made[person]) for person, login, name in people])
    typer.echo(f"{len(people):,} codes written to {file}")


def _write_secretly(file: Path, rows: list[tuple[str, str, str]]) -> None:
    """Into a new file that only its owner can read, from its first byte on."""
    if file.exists():
        raise Invalid("file_exists", file=file.name)
    before = os.umask(0o077)
    try:
        write(file, pd.DataFrame(rows, columns=["login", "name", "code"]))
    finally:
        os.umask(before)


@user.command("list")
def listed(as_json: console.Json = False) -> None:
    """Who there is, with their powers today. Example: gridpatrol user list --json"""
    around = console.around()
    with console.transaction() as connection:
        people = list(_everybody(connection, around))
    console.answer([dict(person) for person in people], as_json=as_json, lines=map(_line, people))


def _everybody(connection: Connection, around: Circumstances) -> Iterator[RowMapping]:
    page = db.Page(limit=1000)
    while found := queries.listed(connection, around.actor, page, today=around.today):
        yield from found
        page = db.Page(found[-1]["login"], 1000)


def _line(person: RowMapping) -> str:
    powers = (f"{power['role']} {power['area']}".strip() for power in person["powers"])
    return f"{person['login']}  {person['name']}  {person['state']}  {', '.join(powers)}"
