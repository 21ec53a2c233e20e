"""The keys as an administrator types them: back them up, lose them, bring them back, renew them."""

import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from api import cluster as clusters
from api import jobs as work
from api import keybackup, keys
from api.cli import console
from layers import db
from layers.access import Actor, Verb
from layers.errors import Invalid
from layers.journal.tables import Entry
from layers.reporters import actions as reporters
from layers.reporters.queries import counted
from layers.reporters.rules import Contact, Wishes
from layers.sealing import Keyring, new_keyring
from maps import theme
from tests.cast import Cast
from tests.conftest import addresses, migrated_database

ACCEPTOR = Actor("acceptor", frozenset(Verb))
PASSPHRASE = "correct horse battery"
NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_keys")


@pytest.fixture
def own(url: str) -> Iterator[Engine]:
    """A database with the small town and nothing sealed."""
    engine = db.connect(url)
    with engine.begin() as connection:
        for table in ("reporters", "personal_keys", "incidents", "grids", "squads", "townships"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        Cast.settle(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "personal.json"


@pytest.fixture
def environment(own: Engine, url: str, file: Path, tmp_path: Path) -> dict[str, str]:
    return {
        **addresses(url), "GRIDPATROL_VAR": str(tmp_path), "GRIDPATROL_KEYS": str(file),
    }  # fmt: skip


@pytest.fixture
def keep(own: Engine, file: Path, typed) -> Callable[[int], list[UUID]]:
    """Some cases with their reporters."""

    def kept(number: int) -> list[UUID]:
        with own.begin() as connection:
            rows = connection.exec_driver_sql("SELECT code, id FROM grids").all()
            grids = {row.code: row.id for row in rows}
            cast = Cast(connection, "339901101", "339901102", grids)
            ring = keys.ring(connection, console.settings(), actor=ACCEPTOR, at=NOON)
            cases = [cast.report(119.905, 29.705, NOON) for _ in range(number)]
            for place, case in enumerate(cases):
                reporters.keep(connection, case, Contact(f"市民{place}"), Wishes(),
                               ring=ring, actor=ACCEPTOR, at=NOON)  # fmt: skip
        return cases

    return kept


def name_of(own: Engine, case: UUID, ring: Keyring) -> str | None:
    with own.begin() as connection:
        shown = reporters.show(connection, case, ring=ring, actor=ACCEPTOR, at=NOON)
    return shown.contact.name


def test_before_the_first_backup_the_status_says_that_there_was_none(typed):
    """Runs first: the journal of these tests forgets nothing."""
    assert "no key was ever backed up here" in typed("key", "status").stdout


def test_what_is_no_backup_of_the_database_replaces_nothing(typed, own, tmp_path: Path):
    wrong, nowhere = tmp_path / "cases.dump", tmp_path / "missing" / "bureau.dump"
    wrong.write_text("no backup")

    refused = typed("db", "restore", str(wrong), "--yes")
    unwritten = typed("db", "backup", str(nowhere))

    assert (refused.returncode, unwritten.returncode) == (console.FAILED, console.FAILED)
    assert "Nothing was restored and the database is as it was" in refused.stderr
    assert f"The file {nowhere} cannot be written" in unwritten.stderr
    with own.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM townships").scalar_one()


def test_a_backup_brings_a_lost_key_back(typed, keep, own, file, tmp_path: Path):
    [case] = keep(1)
    paper = tmp_path / "keys.txt"
    made = typed("key", "backup", str(paper), stdin=f"{PASSPHRASE}\n")
    before = json.loads(typed("key", "status", "--json").stdout)
    file.unlink()
    lost = typed("key", "status")
    wrong = typed("key", "restore", str(paper), stdin="another passphrase\n")
    restored = typed("key", "restore", str(paper), stdin=f"{PASSPHRASE}\n")

    assert (made.returncode, lost.returncode, wrong.returncode) == (0, 1, 1), made
    assert before["backed_up"] is True and before["problem"] is None
    assert "key restore" in lost.stdout
    assert wrong.stderr.strip() == theme.word("problem.key_backup_passphrase", "en")
    assert restored.returncode == 0 and name_of(own, case, keys.held(file)) == "市民0"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (paper, file)] == [0o600, 0o600]


def test_a_backup_can_be_typed_in_again_from_paper(typed, keep, file, tmp_path: Path):
    keep(1)
    ring, paper = keys.held(file), tmp_path / "keys.txt"
    typed("key", "backup", str(paper), stdin=f"{PASSPHRASE}\n")
    printed = paper.read_text().splitlines()
    said = [line for line in printed if line.startswith("#")]
    lines = [
        line.lower().replace("0", "o").replace("1", "l") for line in printed if line not in said
    ]

    again = keybackup.opened(lines, PASSPHRASE)

    assert again == ring and len(lines) == 5 and len(said) == 8
    for language in theme.LANGUAGES:
        assert any(theme.word("key.paper_keep", language) in line for line in said)
    assert not any(secret.hex() in "".join(printed) for secret in ring.secrets.values())


@pytest.mark.parametrize(("spoil", "code"), [
    (lambda lines: lines[1:], "key_backup_line"),
    (lambda lines: [lines[1], lines[0], *lines[2:]], "key_backup_line"),
    (lambda lines: [lines[0][:-4] + "7777", *lines[1:]], "key_backup_line"),
    (lambda lines: lines[:-1], "key_backup_passphrase"),
    (lambda lines: [], "key_backup_passphrase"),
    (lambda lines: ["%PDF-1.4"], "key_backup_line"),
])  # fmt: skip
def test_a_slip_of_the_typist_is_told_from_a_wrong_passphrase(spoil, code):
    lines = list(keybackup.lines(new_keyring(), PASSPHRASE))

    with pytest.raises(Invalid, match=code):
        keybackup.opened(spoil(lines), PASSPHRASE)


def test_a_backup_that_is_there_is_replaced_only_by_force(typed, keep, tmp_path: Path):
    keep(1)
    paper = tmp_path / "keys.txt"
    typed("key", "backup", str(paper), stdin=f"{PASSPHRASE}\n")
    first = paper.read_text()

    refused = typed("key", "backup", str(paper), stdin=f"{PASSPHRASE}\n")
    kept = paper.read_text()
    forced = typed("key", "backup", str(paper), "--force", stdin=f"{PASSPHRASE}\n")

    assert (refused.returncode, forced.returncode, kept) == (1, 0, first)
    assert "keys.txt is there already" in refused.stderr and paper.read_text() != first
    told = typed("key", "status").stdout
    assert "last backed up: 20" in told


def test_a_short_passphrase_guards_nothing(typed, keep, tmp_path: Path):
    keep(1)

    refused = typed("key", "backup", str(tmp_path / "keys.txt"), stdin="short\n")

    assert (refused.returncode, (tmp_path / "keys.txt").exists()) == (1, False)


def test_restoring_adds_to_what_is_here_and_never_replaces_it(file: Path):
    first = keys.rotate(file)
    newer = keys.rotate(file)
    other = Keyring(first.current, {first.current: bytes(32)})

    added = keys.add(file, first)
    with pytest.raises(Exception, match="key_differs"):
        keys.add(file, other)

    assert added == newer == keys.held(file)


def test_a_rotation_that_was_interrupted_goes_on(
    typed, keep, own, file, monkeypatch: pytest.MonkeyPatch
):
    cases = keep(5)
    first = keys.held(file)
    monkeypatch.setattr(work, "BATCH", 2)
    monkeypatch.setattr(console, "work_through", lambda *_: None)  # killed before it began
    killed = typed("key", "rotate")
    monkeypatch.undo()
    newer = keys.held(file)

    assert killed.returncode == 1 and "0 of 5" in killed.stderr
    assert newer.current != first.current
    assert {name_of(own, case, newer) for case in cases} == {f"市民{n}" for n in range(5)}


def test_a_rotation_seals_every_row_with_the_new_key_in_batches(
    typed, keep, own, file, monkeypatch
):
    cases = keep(5)
    first = keys.held(file)
    monkeypatch.setattr(work, "BATCH", 2)

    done = typed("key", "rotate", "--json")

    newer = keys.held(file)
    assert json.loads(done.stdout) == {"current": newer.current, "rows": 5}
    alone = Keyring(newer.current, {newer.current: newer.secrets[newer.current]})
    assert {name_of(own, case, alone) for case in cases} == {f"市民{n}" for n in range(5)}
    assert set(newer.secrets) == {first.current, newer.current}
    with own.begin() as connection:
        assert counted(connection) == {newer.current: 5}
        rows = connection.execute(
            select(Entry.verb, Entry.subject).where(Entry.kind == "keys").order_by(Entry.id)
        ).all()
    assert [tuple(row) for row in rows][-2:] == [
        ("meet", newer.current), ("retire", first.current),
    ]  # fmt: skip
    status = json.loads(typed("key", "status", "--json").stdout)
    assert status["rows"] == {newer.current: 5} and status["backed_up"] is False


def test_periods_are_shown_and_set_from_the_command_line(typed):
    changed = typed("retention", "set", "reporters", "200")
    shown = json.loads(typed("retention", "show", "--json").stdout)
    due = json.loads(typed("retention", "run", "--dry-run", "--json").stdout)
    refused = typed("retention", "set", "everything", "9")

    assert (changed.returncode, refused.returncode) == (0, 1)
    assert shown["reporters"] == 200 and set(due) == set(shown)


def test_a_backup_of_the_database_says_that_the_keys_are_not_in_it(typed, keep, tmp_path: Path):
    keep(1)
    dump = tmp_path / "bureau.dump"

    done = typed("db", "backup", str(dump))

    assert done.returncode == 0 and theme.word("key.not_in_dump", "en") in done.stdout
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600


def test_a_database_with_people_or_cases_is_replaced_only_when_that_is_said(
    typed, keep, own, url, tmp_path: Path
):
    keep(2)
    dump = tmp_path / "bureau.dump"
    typed("db", "backup", str(dump))
    with own.begin() as connection:
        connection.exec_driver_sql("UPDATE townships SET name = 'later'")

    refused = typed("db", "restore", str(dump))
    with own.begin() as connection:
        still = connection.exec_driver_sql("SELECT DISTINCT name FROM townships").scalars().all()
    own.dispose()
    replaced = typed("db", "restore", str(dump), "--yes")

    assert (refused.returncode, still) == (1, ["later"])
    assert "0 people and 2 cases" in refused.stderr
    assert replaced.returncode == 0 and "audit verify --head" in replaced.stdout
    with own.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM townships").scalar_one() == 2
        assert "later" not in connection.exec_driver_sql("SELECT name FROM townships").scalars()


def test_a_database_without_people_or_cases_is_restored_unasked(typed, tmp_path: Path):
    dump = tmp_path / "bureau.dump"
    typed("db", "backup", str(dump))

    done = typed("db", "restore", str(dump))

    assert done.returncode == 0, done.stderr
