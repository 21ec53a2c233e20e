import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from api import cluster as clusters
from layers import db, migrations
from layers.access import Actor
from layers.db import Page
from layers.errors import Forbidden, Invalid
from layers.journal import actions, queries
from layers.journal.queries import Wanted
from layers.journal.rules import Fault, Head, Kind, Verdict
from tests.conftest import fresh_database

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
SECOND = timedelta(seconds=1)
HAND = "; ".join(
    f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_never_changed"
    for table in ("journal", "journal_seals")
)
Sealed = list[int]


@pytest.fixture(scope="module")
def engine(cluster: clusters.Cluster) -> Iterator[Engine]:
    """A database of these tests' own: some commit rows, and nobody can take them out again."""
    url = fresh_database(cluster, f"test_journal_{WORKER}")
    migrations.upgrade(url)
    engine = db.connect(url, pool=20)
    yield engine
    engine.dispose()


@pytest.fixture
def append(connection: Connection, planner: Actor, noon: datetime) -> Callable[..., int]:
    """Appends a row; its id."""
    numbers = count(1)

    def appended(verb: str = "approve", **details: object) -> int:
        subject = str(next(numbers))
        actions.note(connection, verb, "plans", subject, actor=planner, at=noon, **details)
        return connection.execute(text("SELECT max(id) FROM journal")).scalar_one()

    return appended


@pytest.fixture
def seal(connection: Connection, noon: datetime) -> Callable[[], int]:
    return lambda: actions.seal(connection, at=noon + SECOND)


@pytest.fixture
def rows(connection: Connection, append: Callable[..., int], seal: Callable[[], int]) -> Sealed:
    """The ids of five sealed rows, which a hand may now reach."""
    seal()
    appended = [append(week="2026-W48", share=0.1, name=f"滨江-{n}") for n in range(5)]
    seal()
    connection.execute(text(HAND))
    return appended


@pytest.fixture
def number(connection: Connection) -> Callable[[int], int]:
    """The number of a row's seal."""
    asked = text("SELECT number FROM journal_seals WHERE entry_id = :id")
    return lambda entry: connection.execute(asked, {"id": entry}).scalar_one()


@pytest.fixture
def by_hand(connection: Connection) -> Callable[..., None]:
    def done(statement: str, **values: object) -> None:
        assert connection.execute(text(statement), values).rowcount > 0

    return done


@pytest.fixture
def verify(connection: Connection, noon: datetime) -> Callable[..., Verdict]:
    return lambda **more: queries.verify(connection, at=noon + 2 * SECOND, **more)


def test_an_untouched_journal_is_sound(rows: Sealed, verify, number):
    verdict = verify()

    assert verdict.sound
    assert verdict.head.number == number(rows[-1])


def test_an_empty_journal_is_sound(cluster: clusters.Cluster, noon: datetime):
    url = fresh_database(cluster, f"test_journal_empty_{WORKER}")
    migrations.upgrade(url)
    engine = db.connect(url)

    with db.transaction(engine) as connection:
        assert actions.seal(connection, at=noon) == 0
        assert queries.verify(connection, at=noon).sound
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
    connection: Connection, rows: Sealed, verify
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
def test_a_changed_row_is_named(rows: Sealed, by_hand, verify, number, change: str):
    by_hand(f"UPDATE journal SET {change} WHERE id = :id", id=rows[2])

    assert verify().fault == Fault(Kind.CHANGED, number(rows[2]), rows[2])


def test_the_first_of_several_faults_is_named(rows: Sealed, by_hand, verify, number):
    by_hand("UPDATE journal SET actor = 'x' WHERE id = :id", id=rows[3])
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[1])

    assert verify().fault == Fault(Kind.REMOVED, number(rows[1]), rows[1])


def test_a_removed_row_is_named(rows: Sealed, by_hand, verify, number):
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[2])

    assert verify().fault == Fault(Kind.REMOVED, number(rows[2]), rows[2])


def test_a_row_removed_together_with_its_seal_is_named_by_the_seals_number(
    rows: Sealed, by_hand, verify, number
):
    gone = number(rows[2])
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[2])
    by_hand("DELETE FROM journal_seals WHERE number = :number", number=gone)

    assert verify().fault == Fault(Kind.REMOVED, gone, None)


def test_a_gap_that_was_closed_is_found_at_the_seal_behind_it(
    rows: Sealed, by_hand, verify, number
):
    gone = number(rows[2])
    by_hand("DELETE FROM journal WHERE id = :id", id=rows[2])
    by_hand("DELETE FROM journal_seals WHERE number = :number", number=gone)
    by_hand("UPDATE journal_seals SET number = -number WHERE number > :gone", gone=gone)
    by_hand("UPDATE journal_seals SET number = -number - 1 WHERE number < 0")

    assert verify().fault == Fault(Kind.SEAL, gone, rows[3])


def test_two_swapped_rows_are_named_as_reordered(rows: Sealed, by_hand, verify, number):
    swap(by_hand, "journal", "id", rows[1], rows[3])

    assert verify().fault == Fault(Kind.REORDERED, number(rows[1]), rows[1])


def test_a_row_moved_to_another_number_is_reordered(rows: Sealed, by_hand, verify, number):
    by_hand("UPDATE journal SET id = 900000 WHERE id = :id", id=rows[1])

    assert verify().fault == Fault(Kind.REORDERED, number(rows[1]), rows[1])


def test_two_swapped_seals_are_named_as_reordered(rows: Sealed, by_hand, verify, number):
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
def test_a_changed_seal_is_named(rows: Sealed, by_hand, verify, number, change: str, place: int):
    by_hand(f"UPDATE journal_seals SET {change} WHERE entry_id = :id", id=rows[place])

    assert verify().fault == Fault(Kind.SEAL, number(rows[place]), rows[place])


def test_a_seal_that_was_emptied_proves_nothing(
    connection: Connection, rows: Sealed, by_hand, verify, number
):
    connection.execute(text("ALTER TABLE journal_seals ALTER content DROP NOT NULL"))
    by_hand("UPDATE journal_seals SET content = NULL WHERE entry_id = :id", id=rows[2])

    assert verify().fault == Fault(Kind.CHANGED, number(rows[2]), rows[2])


def test_a_row_changed_together_with_its_digest_breaks_the_seal(
    rows: Sealed, by_hand, verify, number
):
    by_hand("UPDATE journal SET actor = 'somebody' WHERE id = :id", id=rows[2])
    by_hand(
        f"UPDATE journal_seals SET content = {queries.CONTENT.format(id='journal.id')} "
        "FROM journal WHERE id = entry_id AND id = :id", id=rows[2],
    )  # fmt: skip

    assert verify().fault == Fault(Kind.SEAL, number(rows[2]), rows[2])


def test_only_a_noted_head_shows_that_the_newest_rows_were_cut_off(
    rows: Sealed, by_hand, verify, number
):
    noted, left = verify().head, number(rows[2])
    by_hand("DELETE FROM journal WHERE id > :id", id=rows[2])
    by_hand("DELETE FROM journal_seals WHERE number > :number", number=left)

    assert verify().sound
    assert verify(noted=noted).fault == Fault(Kind.REMOVED, left + 1, None)


def test_only_a_noted_head_shows_that_the_chain_was_made_anew(
    connection: Connection, rows: Sealed, by_hand, seal, verify
):
    noted = verify().head
    by_hand("UPDATE journal SET actor = 'somebody' WHERE id = :id", id=rows[2])
    by_hand("DELETE FROM journal_seals")
    by_hand("INSERT INTO journal_unsealed SELECT id FROM journal")
    seal()

    assert verify().sound
    assert verify(noted=noted).fault == Fault(Kind.SEAL, noted.number, rows[-1])


def test_an_older_noted_head_still_proves(rows: Sealed, append, seal, verify):
    noted = verify().head
    append()
    seal()

    assert verify(noted=noted).sound
    assert not verify(noted=Head(noted.number, "00" * 32)).sound


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
    connection: Connection, rows: Sealed, append, seal, noon: datetime
):
    entry = append()
    append()

    fresh = queries.verify(connection, at=noon + timedelta(seconds=60))
    old = queries.verify(connection, at=noon + timedelta(seconds=61))

    assert fresh.sound
    assert (old.sound, old.fault, old.overdue, old.first_overdue) == (False, None, 2, entry)
    seal()
    assert queries.verify(connection, at=noon + timedelta(hours=1)).sound


def test_a_row_smuggled_past_the_seals_is_told(
    connection: Connection, rows: Sealed, seal, by_hand, noon: datetime
):
    connection.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_wait_for_seal"))
    by_hand("INSERT INTO journal (at, actor, verb, kind, subject, details)"
            " VALUES (:at, 'x', 'approve', 'plans', '1', '{}')", at=noon)  # fmt: skip

    assert seal() == 0
    assert queries.verify(connection, at=noon + timedelta(hours=1)).overdue == 1


def test_a_row_removed_before_it_was_sealed_is_named(rows: Sealed, append, by_hand, verify, seal):
    entry = append()
    by_hand("DELETE FROM journal WHERE id = :id", id=entry)

    assert seal() == 0
    assert verify().fault == Fault(Kind.REMOVED, None, entry)


def test_sealing_goes_on_where_a_full_batch_ended(
    connection: Connection, append, seal, verify, noon: datetime
):
    seal()
    for _ in range(5):
        append()

    batches = [actions.seal(connection, at=noon, most=2) for _ in range(4)]

    assert batches == [2, 2, 1, 0]
    assert verify().sound


def test_rows_that_commit_out_of_order_are_sealed_once_each(
    engine: Engine, planner: Actor, noon: datetime, seal_all
):
    def append(connection: Connection) -> int:
        actions.note(connection, "approve", "plans", "1", actor=planner, at=noon)
        return connection.execute(text("SELECT currval('journal_id_seq')")).scalar_one()

    with engine.connect() as late, engine.connect() as early:
        lower, higher = append(late), append(early)
        early.commit()
        assert seal_all() == [higher]
        late.commit()

    assert lower < higher
    assert seal_all() == [lower]
    assert seal_all() == []


@pytest.fixture
def seal_all(engine: Engine, noon: datetime) -> Callable[[], list[int]]:
    """Seals what is committed, sees that the chain is sound; the ids in the order of sealing."""
    newer = text("SELECT entry_id FROM journal_seals WHERE number > :last ORDER BY number")

    def sealed() -> list[int]:
        with db.transaction(engine) as connection:
            last = queries.verify(connection, at=noon).head.number
        while True:
            with db.transaction(engine) as connection:
                if not actions.seal(connection, at=noon):
                    break
        with db.transaction(engine) as connection:
            assert queries.verify(connection, at=noon).sound
            return list(connection.execute(newer, {"last": last}).scalars())

    sealed()  # what earlier tests have left
    return sealed


def test_of_two_workers_only_one_seals_at_a_time(
    engine: Engine, planner: Actor, noon: datetime, seal_all
):
    with db.transaction(engine) as connection:
        actions.note(connection, "approve", "plans", "1", actor=planner, at=noon)

    with engine.begin() as first, engine.begin() as second:
        assert actions.seal(first, at=noon) == 1
        assert actions.seal(second, at=noon) == 0

    assert seal_all() == []


def test_64_threads_append_while_two_seal_and_nothing_is_lost(
    engine: Engine, planner: Actor, noon: datetime, seal_all
):
    def append(thread: int) -> None:
        for n in range(10):
            with db.transaction(engine) as connection:
                actions.note(connection, "race", "plans", f"{thread}-{n}", actor=planner, at=noon)

    def seal(_: int) -> int:
        sealed = 0
        while sealed_of_race(engine) < 640:
            with db.transaction(engine) as connection:
                sealed += actions.seal(connection, at=noon, most=50)
        return sealed

    with ThreadPoolExecutor(66) as pool:
        sealers = [pool.submit(seal, n) for n in range(2)]
        list(pool.map(append, range(64)))
        total = sum(sealer.result(timeout=60) for sealer in sealers)

    assert total == 640
    assert seal_all() == []


def sealed_of_race(engine: Engine) -> int:
    asked = "SELECT count(*) FROM journal JOIN journal_seals ON entry_id = id WHERE verb = 'race'"
    with db.transaction(engine) as connection:
        return connection.execute(text(asked)).scalar_one()


def test_an_auditor_reads_page_by_page_the_newest_first(
    connection: Connection, planner: Actor, rows: Sealed
):
    first = queries.listed(connection, planner, Page(limit=3), Wanted())
    second = queries.listed(connection, planner, Page(str(first[-1]["id"]), 2), Wanted())

    assert [row["id"] for row in (*first, *second)] == rows[::-1]
    assert all(row["seal"] for row in first)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(verb="draft"), [0]),
        (Wanted(kind="plans"), [0, 1]),
        (Wanted(kind="plans", subject="2"), [1]),
        (Wanted(actor="planner"), [0, 1]),
        (Wanted(actor="nobody"), []),
    ],
)
def test_an_auditor_narrows_what_is_listed(
    connection: Connection, planner: Actor, append, wanted: Wanted, found: list[int]
):
    ids = [append("draft"), append("approve")]

    rows = queries.listed(connection, planner, Page(), wanted)

    assert [ids.index(row["id"]) for row in rows[::-1] if row["id"] in ids] == found


def test_a_span_of_time_ends_before_its_end(
    connection: Connection, planner: Actor, append, noon: datetime
):
    entry = append()

    def ids(since: datetime, until: datetime) -> list[int]:
        asked = Wanted(since=since, until=until)
        return [row["id"] for row in queries.listed(connection, planner, Page(), asked)]

    assert entry in ids(noon, noon + SECOND)
    assert entry not in ids(noon - SECOND, noon)


def test_who_sees_only_some_townships_does_not_read_the_journal(connection: Connection):
    western = Actor("western", frozenset(), frozenset({"W"}))

    with pytest.raises(Forbidden):
        queries.listed(connection, western, Page(), Wanted())


@pytest.mark.parametrize("after", ["x", "-1", "٣", "9" * 19])
def test_a_page_key_that_is_none_is_refused(connection: Connection, planner: Actor, after: str):
    with pytest.raises(Invalid):
        queries.listed(connection, planner, Page(after), Wanted())
