import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from api import cluster as clusters
from layers import db
from layers.journal import actions, queries
from layers.journal.rules import Fault, Head, Kind
from tests.conftest import migrated_database

SECOND = timedelta(seconds=1)


def test_an_untouched_journal_is_sound(rows: list[int], verify, number):
    verdict = verify()

    assert verdict.sound
    assert verdict.head.number == number(rows[-1])


def test_an_empty_journal_is_sound(cluster: clusters.Cluster, noon: datetime, planner):
    url = migrated_database(cluster, "test_journal_empty")
    engine = db.connect(url)

    with engine.begin() as connection:
        assert actions.seal(connection, at=noon) == 0
        assert queries.verify(connection, planner, at=noon).sound
    engine.dispose()


def test_a_seal_is_the_digest_of_the_seal_before_the_row_and_the_time(
    connection: Connection, append, seal, verify, noon: datetime
):
    before = bytes.fromhex(verify().head.digest)
    entry = append(week="2026-W48", name="滨江")

    seal()

    row = {
        "at": "2026-11-16T04:00:00", "id": entry, "kind": "plans", "verb": "approve",
        "actor": "planner", "details": {"name": "滨江", "week": "2026-W48"}, "subject": "1",
    }  # fmt: skip
    content = hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).digest()
    moment = int((noon + SECOND).timestamp()) * 1_000_000
    follows = hashlib.sha256(before + content + moment.to_bytes(8, "big"))
    assert verify().head.digest == follows.hexdigest()


def test_the_proof_does_not_hang_on_the_sessions_time_zone(
    connection: Connection, rows: list[int], verify
):
    connection.execute(text("SET LOCAL timezone = 'Asia/Shanghai'"))

    assert verify().sound


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "actor = 'somebody'",
        "verb = 'draft'",
        "kind = 'plan'",
        "subject = subject || ' '",
        "details = details || '{\"share\": 0.10000000000000000001}'",
        "details = details - 'week'",
    ],
)
def test_a_changed_row_is_named(rows: list[int], by_hand, verify, number, change: str):
    by_hand(f"UPDATE journal SET {change} WHERE id = :id", id=rows[2])

    assert verify().fault == Fault(Kind.CHANGED, number(rows[2]), rows[2])


def test_the_first_of_several_faults_is_named(rows: list[int], by_hand, verify, number):
    by_hand("UPDATE journal SET actor = 'x' WHERE id = :id", id=rows[3])
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[1])

    assert verify().fault == Fault(Kind.REMOVED, number(rows[1]), rows[1])


def test_a_removed_row_is_named(rows: list[int], by_hand, verify, number):
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[2])

    assert verify().fault == Fault(Kind.REMOVED, number(rows[2]), rows[2])


def test_a_row_removed_together_with_its_seal_is_named_by_the_seals_number(
    rows: list[int], by_hand, verify, number
):
    gone = number(rows[2])
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[2])
    by_hand("DELETE FROM journal_seals WHERE number = :number", number=gone)

    assert verify().fault == Fault(Kind.REMOVED, gone, None)


def test_a_gap_that_was_closed_is_found_at_the_seal_behind_it(
    rows: list[int], by_hand, verify, number
):
    gone = number(rows[2])
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[2])
    by_hand("DELETE FROM journal_seals WHERE number = :number", number=gone)
    by_hand("UPDATE journal_seals SET number = -number WHERE number > :gone", gone=gone)
    by_hand("UPDATE journal_seals SET number = -number - 1 WHERE number < 0")

    assert verify().fault == Fault(Kind.SEAL, gone, rows[3])


def test_two_swapped_rows_are_named_as_reordered(rows: list[int], by_hand, verify, number):
    swap(by_hand, "journal", "id", rows[1], rows[3])

    assert verify().fault == Fault(Kind.REORDERED, number(rows[1]), rows[1])


def test_a_row_moved_to_another_number_is_reordered(rows: list[int], by_hand, verify, number):
    by_hand("UPDATE journal SET id = 900000 WHERE id = :id", id=rows[1])

    assert verify().fault == Fault(Kind.REORDERED, number(rows[1]), rows[1])


def test_two_swapped_seals_are_named_as_reordered(rows: list[int], by_hand, verify, number):
    first, second = number(rows[1]), number(rows[3])
    swap(by_hand, "journal_seals", "number", first, second)

    assert verify().fault == Fault(Kind.REORDERED, first, rows[3])


def swap(by_hand: Callable[..., None], table: str, key: str, one: int, other: int) -> None:
    for old, new in ((one, -1), (other, one), (-1, other)):
        by_hand(f"UPDATE {table} SET {key} = :new WHERE {key} = :old", old=old, new=new)


@pytest.mark.parametrize("place", [0, 2, -1])
@pytest.mark.parametrize(
    "change", ["digest = sha256(digest)", "sealed_at = sealed_at - interval '1 day'"]
)
def test_a_changed_seal_is_named(rows: list[int], by_hand, verify, number, change: str, place: int):
    by_hand(f"UPDATE journal_seals SET {change} WHERE entry_id = :id", id=rows[place])

    assert verify().fault == Fault(Kind.SEAL, number(rows[place]), rows[place])


def test_a_seal_that_was_emptied_proves_nothing(
    connection: Connection, rows: list[int], by_hand, verify, number
):
    connection.execute(text("ALTER TABLE journal_seals ALTER content DROP NOT NULL"))
    by_hand("UPDATE journal_seals SET content = NULL WHERE entry_id = :id", id=rows[2])

    assert verify().fault == Fault(Kind.CHANGED, number(rows[2]), rows[2])


def test_a_row_changed_together_with_its_digest_breaks_the_seal(
    rows: list[int], by_hand, verify, number
):
    by_hand("UPDATE journal SET actor = 'somebody' WHERE id = :id", id=rows[2])
    by_hand(
        f"UPDATE journal_seals SET content = {queries.CONTENT.format(id='journal.id')} "
        "FROM journal WHERE id = entry_id AND id = :id", id=rows[2],
    )  # fmt: skip

    assert verify().fault == Fault(Kind.SEAL, number(rows[2]), rows[2])


def test_only_a_noted_head_shows_that_the_newest_rows_were_cut_off(
    rows: list[int], by_hand, verify, number
):
    noted, left = verify().head, number(rows[2])
    by_hand("DELETE FROM journal WHERE id > :id", id=rows[2])
    by_hand("DELETE FROM journal_seals WHERE number > :number", number=left)

    assert verify().sound
    assert verify(noted=noted).fault == Fault(Kind.REMOVED, left + 1, None)


def test_only_a_noted_head_shows_that_the_chain_was_made_anew(
    connection: Connection, rows: list[int], by_hand, seal, verify
):
    noted = verify().head
    by_hand("UPDATE journal SET actor = 'somebody' WHERE id = :id", id=rows[2])
    by_hand("DELETE FROM journal_seals")
    by_hand("INSERT INTO journal_unsealed SELECT id FROM journal")
    seal()

    assert verify().sound
    assert verify(noted=noted).fault == Fault(Kind.SEAL, noted.number, rows[-1])


def test_an_older_noted_head_still_proves(rows: list[int], append, seal, verify):
    noted = verify().head
    append()
    seal()

    assert verify(noted=noted).sound
    assert not verify(noted=Head(noted.number, "00" * 32)).sound
