"""The journal as an auditor reads it: who did what, and whether all of it still stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import orjson
import pandas as pd
from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from api.answers import Accepted, Page, Row, Strict, accepted, by_id, following
from api.deps import (
    LINE,
    Asked,
    Code,
    CurrentActor,
    CurrentSettings,
    Moment,
    Now,
    Transaction,
)
from layers.access import Actor, Verb, may
from layers.files import as_csv
from layers.journal import actions, queries
from layers.journal.queries import Wanted
from layers.journal.rules import Head
from layers.people.actions import suggest
from layers.people.queries import logins, token_names
from layers.queue.actions import put

router = APIRouter(prefix="/api/journal", tags=["journal"])
MOST = 50_000
"""Rows of a download: more is no longer looked through in a spreadsheet."""
Line = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]


class EntryShown(Strict):
    """One row. `actor` is a person's id, whose login is `actor_login`, or a part of the product;
    `token` is the id of the token by which a program did it in that person's name, `token_issuer`
    the login of whoever issued it; `seal` is the row's number in the chain, null while it waits
    for its seal."""

    id: int
    at: datetime
    actor: str
    actor_login: str | None
    token: str | None
    token_name: str | None
    token_issuer: str | None
    verb: str
    kind: str
    subject: str
    subject_login: str | None
    details: dict[str, object]
    text: str | None
    seal: int | None


class Filters(Strict):
    verb: Code | None = None
    kind: Code | None = None
    subject: Line = ""
    actor: Line = ""
    since: Moment | None = Field(None, examples=["2026-11-01T00:00:00+08:00"])
    until: Moment | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            self.verb or "", self.kind or "", self.subject, self.actor, self.since, self.until
        )


class EntriesAsked(Filters, Asked):
    """Conditions that must all hold; times carry their zone, `until` itself is left out."""


class NotedHead(Strict):
    head: Line | None = Field(
        None, description="Number and digest of a seal as noted earlier", examples=["1234:89ab…"]
    )


class Sought(Strict):
    text: Annotated[Line, Field(min_length=1)]


class Suggested(Strict):
    id: str
    login: str
    name: str


@router.get("")
def journal(
    connection: Transaction, actor: CurrentActor, asked: Annotated[EntriesAsked, Query()]
) -> Page[EntryShown]:
    """The newest first."""
    rows = queries.listed(connection, actor, asked.page, asked.wanted)
    names = _names(connection, actor, rows)
    items = [EntryShown(**row, **names.of(row)) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_id))


@dataclass(frozen=True)
class Names:
    """What the people and tokens are called that rows name by their ids."""

    logins: dict[str, str]
    tokens: dict[str, str]

    def of(self, row: Row) -> dict[str, str | None]:
        token, issuer = _pass(row)
        return {
            "actor_login": self.logins.get(row["actor"]),
            "subject_login": self.logins.get(row["subject"]) if row["kind"] == "people" else None,
            "token": token, "token_name": token and self.tokens.get(token),
            "token_issuer": issuer and self.logins.get(issuer, issuer),
        }  # fmt: skip


def _pass(row: Row) -> tuple[str | None, str | None]:
    """The token by which a program came, and who issued it."""
    return row["details"].get("by_token"), row["details"].get("token_issuer")


def _names(connection: Transaction, actor: Actor, rows: Sequence[Row]) -> Names:
    passes = [_pass(row) for row in rows]
    people = {row["actor"] for row in rows} | {issuer for _, issuer in passes if issuer}
    people |= {row["subject"] for row in rows if row["kind"] == "people"}
    tokens = {token for token, _ in passes if token}
    return Names(logins(connection, actor, people), token_names(connection, actor, tokens))


@router.get(".csv", response_class=Response)
def download(
    connection: Transaction,
    actor: CurrentActor,
    now: Now,
    settings: CurrentSettings,
    asked: Annotated[Filters, Query()],
) -> Response:
    """The same as a table; that it was carried away is written down."""
    rows = actions.export(connection, asked.wanted, most=MOST, actor=actor, at=now)
    names = _names(connection, actor, rows)
    table = pd.DataFrame(
        [{**row, **names.of(row), "details": orjson.dumps(row["details"]).decode()}
         for row in rows],
        columns=list(EntryShown.model_fields),
    )  # fmt: skip
    table["at"] = pd.to_datetime(table["at"], utc=True).dt.tz_convert(settings.timezone)
    table["seal"] = table["seal"].astype("Int64")
    headers = {"Content-Disposition": 'attachment; filename="journal.csv"'}
    return Response(as_csv(table), media_type="text/csv", headers=headers)


@router.post("/verify", status_code=202)
def verify(
    noted: NotedHead, connection: Transaction, actor: CurrentActor, now: Now, answer: Response
) -> Accepted:
    """Recompute the whole chain; the job's result holds the head to be noted elsewhere, and the
    first fault if there is one."""
    may(actor, Verb.AUDIT)
    if noted.head is not None:
        Head.read(noted.head)
    return accepted(answer, put(connection, "verify", noted.model_dump(), actor=actor, at=now))


@router.post("/people")
def people(
    sought: Sought, connection: Transaction, actor: CurrentActor, now: Now
) -> Page[Suggested]:
    """The first few of whom a text stands in the login or the name. A body, so that no name
    stands in an address. Who looks is written down in the journal."""
    found = suggest(connection, sought.text, actor=actor, at=now)
    items = [Suggested(id=str(row["id"]), login=row["login"], name=row["name"]) for row in found]
    return Page(items=items, next=None)
