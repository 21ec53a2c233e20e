from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from layers.access import Actor
from layers.journal import actions


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


def test_of_two_workers_only_one_seals_at_a_time(
    engine: Engine, planner: Actor, noon: datetime, seal_all
):
    with engine.begin() as connection:
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
            with engine.begin() as connection:
                actions.note(connection, "race", "plans", f"{thread}-{n}", actor=planner, at=noon)

    def seal(_: int) -> int:
        sealed = 0
        while sealed_of_race(engine) < 640:
            with engine.begin() as connection:
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
    with engine.begin() as connection:
        return connection.execute(text(asked)).scalar_one()
