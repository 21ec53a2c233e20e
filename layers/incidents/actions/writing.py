"""Rows of a file into the ledger: what is there already is met by (source, external_id)."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from layers import db
from layers.incidents.actions.naming import DEFAULTS, identities
from layers.incidents.actions.redacting import WORDS

SENT = (
    "matter_code", "state", "place", "x", "y", "datum", "accuracy_m", "grid_id", "cell",
    "occurred_at", "occurred_precision", "closed_at", "address", "description",
)  # fmt: skip
LASTING = ("accuracy_m", "closed_at", "address", "description")
SETTLED = {name: f"i.{name}" for name in SENT}
SETTLED |= {name: f"coalesce(i.{name}, k.{name})" for name in LASTING}
SETTLED |= {name: f"coalesce(i.{name}, k.{name}, '{new}')" for name, new in DEFAULTS.items()}
SETTLED |= {
    name: f"CASE WHEN k.redacted THEN k.{name} ELSE {SETTLED[name]} END" for name in sorted(WORDS)
}
NOW = {name: f"excluded.{name}" for name in SENT}
NOW |= {
    name: f"CASE WHEN s.redacted THEN s.{name} ELSE excluded.{name} END" for name in sorted(WORDS)
}
"""Whether a row was redacted is asked again once it is its turn: a file takes its time."""
# What a file leaves empty stays as it was. What was taken back stays so, however often the report
# itself is delivered again; so does what was redacted. A case that somebody here has taken a step
# with goes by its loop alone. Words that change have been read by nobody: they are not released.
UPSERT = f"""
    WITH done AS (
        INSERT INTO incidents AS s (id, source, external_id, received_at, {", ".join(SENT)})
        SELECT i.id, i.source, i.external_id, i.received_at, {", ".join(SETTLED.values())}
        FROM incoming i LEFT JOIN incidents k USING (source, external_id)
        ON CONFLICT (source, external_id) DO UPDATE
        SET ({", ".join(SENT)}) = ({", ".join(NOW.values())}),
            released = s.released AND (s.description, s.address)
                IS NOT DISTINCT FROM ({NOW["description"]}, {NOW["address"]}),
            updated_at = excluded.received_at
        WHERE NOT s.withdrawn AND s.version = 0 AND ({", ".join(f"s.{name}" for name in SENT)})
              IS DISTINCT FROM ({", ".join(NOW.values())})
        RETURNING s.xmax = 0 AS new)
    SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM done
"""
NEW = ("id", "source", "external_id", "received_at")
FIRST = {name: name for name in (*NEW, *SENT)}
FIRST |= {name: f"coalesce({name}, '{new}')" for name, new in DEFAULTS.items()}
INSERT = (
    f"INSERT INTO incidents ({', '.join(FIRST)}) SELECT {', '.join(FIRST.values())} FROM incoming"
)
UNKEY = "SELECT CASE WHEN hold_incidents() THEN unkey_incidents() ELSE false END"
BATCH, BULK = 16_384, 20_000
"""Rows made ready at a time; from how many on a first load is indexed at its end."""


def write(connection: Connection, rows: pd.DataFrame) -> tuple[int, int]:
    """How many rows are new and how many changed.

    Neighbours are written together, which keeps the indexes in memory. Where nothing of these
    sources is there yet nothing can be met, and the rows go straight into the table.
    """
    rows = rows.iloc[np.argsort(rows["cell"].to_numpy(), kind="stable")]
    sources = {"sources": sorted(rows["source"].unique().tolist())}
    known = connection.execute(text(KNOWN), sources).scalar_one()
    db.stage_in_turn(connection, "incidents", [*NEW, *SENT], _complete(rows))
    if not known:
        with _keyed_at_last(connection, len(rows)):
            connection.execute(text(INSERT))
        return len(rows), 0
    connection.execute(text("ANALYZE incoming (source, external_id)"))
    new, changed = connection.execute(text(UPSERT)).one()
    return int(new), int(changed)


KNOWN = "SELECT EXISTS (SELECT FROM incidents WHERE source = ANY(CAST(:sources AS text[])))"


def _complete(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows batch by batch, each with its id and its place."""
    for first in range(0, len(rows), BATCH):
        batch = rows.iloc[first : first + BATCH]
        yield batch.assign(
            id=db.octets(identities(batch["source"], batch["external_id"]).view("V16").ravel()),
            place=db.octets(db.ewkb_of_points(batch[["lon", "lat"]].to_numpy())),
        )


@contextmanager
def _keyed_at_last(connection: Connection, rows: int) -> Iterator[None]:
    """The first load of an empty ledger, if it is large, is indexed and checked once at its end.

    Until the transaction ends nobody else reads cases, nor grids, matters, squads and whatever else
    is checked with them: everybody waits, once, when a bureau begins. Where others keep one of the
    tables busy, none is held, and each row is indexed and checked as it comes.
    """
    unkeyed = rows >= BULK and connection.execute(text(UNKEY)).scalar_one()
    yield
    if unkeyed:
        connection.execute(text("SET CONSTRAINTS rekey IMMEDIATE"))
