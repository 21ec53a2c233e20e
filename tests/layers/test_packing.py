"""What goes in as binary is what comes out, whatever is missing."""

from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import text

from layers import db

COLUMNS = ["id", "address", "accuracy_m", "grid_id", "cell", "closed_at", "place"]
READ = "SELECT id, address, accuracy_m, grid_id, cell, closed_at, ST_AsText(place) FROM incoming"


def frame(ids, lonlat, *rows) -> pd.DataFrame:
    plain = pd.DataFrame(rows, columns=["address", "accuracy_m", "grid_id", "cell", "closed_at"])
    whole = {"grid_id": "Int64", "address": "str", "accuracy_m": float}
    return plain.astype(whole).assign(
        closed_at=pd.to_datetime(plain["closed_at"], utc=True),
        id=db.octets(np.array([one.bytes for one in ids], "V16")),
        place=db.octets(db.ewkb_of_points(np.array(lonlat))),
    )


def test_rows_come_out_as_they_went_in_batch_after_batch(connection):
    ids = [uuid4() for _ in range(3)]
    before = datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    after = datetime(2026, 11, 16, 4, 0, 0, 1, tzinfo=UTC)
    first = frame(
        ids[:2], [(119.905, 29.705), (-0.5, 0)],
        ("柏汇乡西店村道83号", 17.25, 5018, 617848177385537535, before), ("", None, None, -1, None),
    )  # fmt: skip
    second = frame(ids[2:], [(1, 2)], (None, -0.0, 2**31 - 1, 0, after))

    db.stage_in_turn(connection, "incidents", COLUMNS, [first, second])

    assert connection.execute(text(READ)).all() == [
        (ids[0], "柏汇乡西店村道83号", 17.25, 5018, 617848177385537535, before,
         "POINT(119.905 29.705)"),
        (ids[1], "", None, None, -1, None, "POINT(-0.5 0)"),
        (ids[2], None, 0.0, 2**31 - 1, 0, after, "POINT(1 2)"),
    ]  # fmt: skip


def test_no_rows_are_rows_too(connection):
    db.stage_in_turn(connection, "incidents", COLUMNS, [])

    assert connection.execute(text("SELECT count(*) FROM incoming")).scalar_one() == 0
