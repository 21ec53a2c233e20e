"""Rows that take back earlier ones, of the same file or of an earlier import."""

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from layers import db
from layers.files import Checked
from layers.incidents.actions.naming import digests


def take_back(connection: Connection, checked: Checked) -> None:
    """A row with count -1 takes back the newest earlier row with the same number or content.

    Both are superseded. Where the earlier row came with an earlier import it is withdrawn there,
    and stays withdrawn. A reversal that finds nothing is refused.
    """
    counted = pd.to_numeric(checked.frame["count"]).fillna(1).to_numpy(dtype=float)
    if (counted >= 0).all():
        return
    frame = checked.frame
    bare = frame["external_id"].isna().to_numpy()
    key = frame["external_id"].astype(object)
    key[bare] = digests(frame[bare])
    story = pd.DataFrame(
        {"source": frame["source"], "key": key, "bare": bare, "minus": counted < 0,
         "row": frame["row"]}
    )  # fmt: skip
    touched = story.groupby(["source", "key"])["minus"].transform("any")
    story = _paired(story[touched])
    gone = _withdraw(connection, story)
    _set_aside(checked, story, gone)


def _paired(story: pd.DataFrame) -> pd.DataFrame:
    """Add `by`, the row's partner or 0, as brackets are matched; `ordinal` of the rows that came.

    Only the few rows whose number or content is taken back somewhere are looked at.
    """
    partner: dict[int, int] = {}
    for _, rows in story.groupby(["source", "key"], sort=False):
        waiting: list[int] = []
        for row, minus in zip(rows["row"], rows["minus"], strict=True):
            if not minus:
                waiting.append(row)
            elif waiting:
                partner[row] = waiting.pop()
                partner[partner[row]] = row
    by = story["row"].map(partner).fillna(0).astype(np.int64)
    return story.assign(by=by)


def _withdraw(connection: Connection, story: pd.DataFrame) -> set[int]:
    """Withdraw what is taken back in the database; give the lone reversals that found something."""
    _withdraw_pairs(connection, story)
    lone = story[story["minus"] & (story["by"] == 0)]
    lone = lone.assign(turn=lone.groupby(["source", "key"]).cumcount() + 1)
    if lone.empty:
        return set()
    connection.execute(text("DROP TABLE IF EXISTS reversals"))
    connection.execute(text(
        "CREATE TEMP TABLE reversals (source text, key text, bare boolean, row bigint, turn int)"
        " ON COMMIT DROP"
    ))  # fmt: skip
    db.copy_in(connection, "reversals", lone[["source", "key", "bare", "row", "turn"]])
    connection.execute(text(WITHDRAW_NEWEST))
    return set(connection.execute(text(FOUND)).scalars())


SAME = """
    s.source = r.source AND r.key = CASE WHEN r.bare THEN left(s.external_id, 64)
                                         ELSE s.external_id END
    AND (NOT r.bare OR substr(s.external_id, 65, 1) = '#')
"""
# The n-th reversal of one thing needs n things; those already withdrawn answer the first ones, so
# that a reversal that is delivered twice takes back one.
WITHDRAW_NEWEST = f"""
    UPDATE incidents SET withdrawn = true WHERE id IN (
        SELECT id FROM (
            SELECT s.id, s.withdrawn, r.wanted,
                   row_number() OVER (PARTITION BY r.source, r.key
                       ORDER BY s.withdrawn DESC, s.occurred_at DESC, s.external_id DESC) n
            FROM (SELECT source, key, bare, count(*) AS wanted FROM reversals GROUP BY 1, 2, 3) r
            JOIN incidents s ON {SAME}) ranked
        WHERE n <= wanted AND NOT withdrawn)
"""
FOUND = f"""
    SELECT r.row FROM reversals r
    WHERE r.turn <= (SELECT count(*) FROM incidents s WHERE {SAME})
"""
WITHDRAW_PAIRS = """
    UPDATE incidents s SET withdrawn = true FROM unnest(
        CAST(:sources AS text[]), CAST(:numbers AS text[])) r(source, external_id)
    WHERE s.source = r.source AND s.external_id = r.external_id AND NOT s.withdrawn
"""


def _withdraw_pairs(connection: Connection, story: pd.DataFrame) -> None:
    """Rows taken back in this file may have come with an earlier one, under the last ordinals."""
    came = story[~story["minus"]]
    came = came.assign(
        ordinal=came.groupby(["source", "key"]).cumcount(),
        left=(came["by"] == 0).groupby([came["source"], came["key"]]).transform("sum"),
    )
    gone = came[(came["ordinal"] >= came["left"])]
    gone = gone[gone["bare"] | (gone["left"] == 0)]
    numbers = gone["key"].where(~gone["bare"], gone["key"] + "#" + gone["ordinal"].astype("str"))
    given = {"sources": gone["source"].tolist(), "numbers": numbers.tolist()}
    connection.execute(text(WITHDRAW_PAIRS), given)


def _set_aside(checked: Checked, story: pd.DataFrame, found: set[int]) -> None:
    lone = story["minus"] & (story["by"] == 0) & ~story["row"].isin(found)
    checked.refuse(
        checked.frame["row"].isin(story["row"][lone]).to_numpy(), "count", "nothing_to_take_back"
    )
    partner = dict(zip(story["row"], story["by"], strict=True))
    aside = set(story["row"][story["minus"] | (story["by"] > 0)])
    rows = checked.frame["row"]
    checked.supersede(rows.isin(aside).to_numpy(), rows.map(partner).fillna(0).to_numpy(np.int64))
