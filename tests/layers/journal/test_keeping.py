import hashlib
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from layers.access import Actor
from layers.db import Page
from layers.journal import queries
from layers.journal.queries import Wanted
from layers.journal.rules import Fault, Kind


@pytest.mark.parametrize("table", ["journal", "journal_seals"])
@pytest.mark.parametrize("slip", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_even_the_superuser_cannot_change_the_journal_by_a_slip(
    connection: Connection, table: str, slip: str, role: str
):
    column = {"journal": "actor", "journal_seals": "content"}[table]
    connection.execute(text(f"SET LOCAL session_replication_role = {role}"))

    with pytest.raises(ProgrammingError, match="only ever appended to") as refused:
        connection.execute(text(slip.format(f"{table}", column) + " CASCADE" * (slip[0] == "T")))

    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_a_typed_text_stands_beside_the_row_which_holds_a_digest(
    connection: Connection, append, planner: Actor
):
    append("refuse", text="张三 不在现场", reason="absent")

    [row] = queries.listed(connection, planner, Page(limit=1), Wanted())
    kept = connection.execute(text("SELECT salt, text FROM journal_texts")).one()
    digest = hashlib.sha256(kept.salt + "张三 不在现场".encode()).hexdigest()
    assert row["text"] == "张三 不在现场"
    assert row["details"] == {"reason": "absent", "text": digest}


def test_a_deleted_text_leaves_the_journal_sound(append, seal, by_hand, verify):
    append("refuse", text="张三 不在现场")
    seal()

    by_hand("DELETE FROM journal_texts")

    assert verify().sound


def test_a_changed_text_is_named_by_its_row(append, seal, by_hand, verify):
    entry = append("refuse", text="张三 不在现场")
    seal()

    by_hand("UPDATE journal_texts SET text = '李四 不在现场'")

    assert verify().fault == Fault(Kind.TEXT, None, entry)


def test_rows_are_told_that_wait_for_a_seal_longer_than_a_minute(
    connection: Connection, rows: list[int], append, seal, noon: datetime, planner: Actor
):
    entry = append()
    append()

    fresh = queries.verify(connection, planner, at=noon + timedelta(seconds=60))
    old = queries.verify(connection, planner, at=noon + timedelta(seconds=61))

    assert fresh.sound
    assert (old.sound, old.fault, old.overdue, old.first_overdue) == (False, None, 2, entry)
    seal()
    assert queries.verify(connection, planner, at=noon + timedelta(hours=1)).sound


def test_a_row_smuggled_past_the_seals_is_told(
    connection: Connection, rows: list[int], seal, by_hand, noon: datetime, planner: Actor
):
    connection.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_wait_for_seal"))
    by_hand("INSERT INTO journal (at, actor, verb, kind, subject, details)"
            " VALUES (:at, 'x', 'approve', 'plans', '1', '{}')", at=noon)  # fmt: skip

    assert seal() == 0
    assert queries.verify(connection, planner, at=noon + timedelta(hours=1)).overdue == 1


def test_a_row_removed_before_it_was_sealed_is_named(
    rows: list[int], append, by_hand, verify, seal
):
    entry = append()
    by_hand("DELETE FROM journal WHERE id = :id", id=entry)

    assert seal() == 0
    assert verify().fault == Fault(Kind.REMOVED, None, entry)
