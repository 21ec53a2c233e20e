"""The journal as an auditor reads it: who did what, and whether all of it still stands."""

from collections.abc import Sequence
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
from layers.access import Verb, may
from layers.files import as_csv
from layers.journal import actions, queries
from layers.journal.queries import Wanted
from layers.journal.rules import Head
from layers.people.queries import logins, who
from layers.queue.actions import put

router = APIRouter(prefix="/api/journal", tags=["journal"])
MOST = 50_000
"""Rows of a download: more is no longer looked through in a spreadsheet."""
Line = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]


class EntryShown(Strict):
    """One row. `actor` is a person's id, whose login is `actor_login`, or a part of the product;
    `seal` is the row's number in the chain, null while it waits for its seal."""

    id: int
    at: datetime
    actor: str
    actor_login: str | None
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
    known = logins(connection, actor, _named(rows))
    items = [EntryShown(**row, **_logins(row, known)) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_id))


def _named(rows: Sequence[Row]) -> set[str]:
    return {row["actor"] for row in rows} | {r["subject"] for r in rows if r["kind"] == "people"}


def _logins(row: Row, known: dict[str, str]) -> dict[str, str | None]:
    subject = known.get(row["subject"]) if row["kind"] == "people" else None
    return {"actor_login": known.get(row["actor"]), "subject_login": subject}


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
    known = logins(connection, actor, _named(rows))
    table = pd.DataFrame(
        [{**row, **_logins(row, known), "details": orjson.dumps(row["details"]).decode()}
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
def people(sought: Sought, connection: Transaction, actor: CurrentActor) -> Page[Suggested]:
    """The first few of whom a text stands in the login or the name. A body, so that no name
    stands in an address."""
    found = who(connection, actor, sought.text)
    items = [Suggested(id=str(row["id"]), login=row["login"], name=row["name"]) for row in found]
    return Page(items=items, next=None)
