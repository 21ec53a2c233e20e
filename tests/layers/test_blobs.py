"""Files under their own digest: whole, kept once, and removed when nothing names them."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from layers import blobs
from layers.errors import Unready

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
OLD, FRESH = NOON - timedelta(days=2), NOON
YESTERDAY = NOON - timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def kept(folder: Path, content: bytes) -> bytes:
    blobs.keep(folder, content)
    return blobs.digest(content)


def date_back(folder: Path, to: datetime) -> None:
    for path in files(folder):
        os.utime(path, (to.timestamp(), to.timestamp()))


def none_of(_found: object) -> frozenset[bytes]:
    return frozenset()


def test_what_is_kept_is_found_by_its_digest(folder):
    digest = kept(folder, b"a picture")

    assert digest == sha256(b"a picture").digest()
    assert blobs.read(folder, digest) == b"a picture"


def test_the_same_bytes_are_kept_once_and_for_this_account_alone(folder):
    for content in (b"one", b"one", b"two"):
        blobs.keep(folder, content)

    one = folder / "76" / "92" / sha256(b"one").hexdigest()
    assert one in files(folder)
    assert len(files(folder)) == 2
    assert {path.stat().st_mode & 0o777 for path in files(folder)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, *one.parents[:2])} == {0o700}


def test_a_file_that_is_gone_is_told_apart_from_a_picture_that_never_was(folder):
    with pytest.raises(Unready, match="blob_missing"):
        blobs.read(folder, sha256(b"lost").digest())


def test_a_disk_that_is_full_leaves_no_half_file(folder, monkeypatch):
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.keep(folder, b"a picture")

    assert files(folder) == []


def test_only_what_is_old_and_named_by_nothing_is_swept_away(folder):
    named, unnamed = kept(folder, b"named"), kept(folder, b"unnamed")
    date_back(folder, OLD)
    young = kept(folder, b"young")

    removed = blobs.sweep(folder, YESTERDAY, {named}.intersection)

    assert removed == 1
    assert {path.name for path in files(folder)} == {named.hex(), young.hex()}
    with pytest.raises(Unready):
        blobs.read(folder, unnamed)


def test_what_is_kept_again_while_a_sweep_is_under_way_stays(folder):
    digest = kept(folder, b"wanted again")
    date_back(folder, OLD)

    def meanwhile(_found: object) -> frozenset[bytes]:
        blobs.keep(folder, b"wanted again")
        return frozenset()

    assert blobs.sweep(folder, YESTERDAY, meanwhile) == 0
    assert blobs.read(folder, digest) == b"wanted again"


def test_what_a_killed_process_left_unfinished_is_swept_away(folder):
    blobs.keep(folder, b"a picture")
    date_back(folder, FRESH)
    (files(folder)[0].parent / "tmpabc.new").write_bytes(b"hal")
    half = next(folder.rglob("*.new"))
    os.utime(half, (OLD.timestamp(), OLD.timestamp()))

    assert blobs.sweep(folder, YESTERDAY, none_of) == 1
    assert len(files(folder)) == 1


def test_where_nothing_was_ever_kept_there_is_nothing_to_sweep(folder):
    assert blobs.sweep(folder, NOON, none_of) == 0
