"""Where bytes are kept that a database is no place for: in files, each under its own digest.

The same bytes are kept once. A file is whole and outlives a power cut before the row that names it
is committed, so a row never names what is not there. The other way round it happens: of what a
refused request left behind, or a row that is gone, `sweep` makes an end.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from layers.errors import Unready

UNFINISHED = ".new"


def digest(content: bytes) -> bytes:
    """What some bytes are found by."""
    return sha256(content).digest()


def keep(folder: Path, content: bytes) -> None:
    """Keep some bytes, for this account's eyes only."""
    path = _path(folder, digest(content))
    _make(path.parent)
    with _held(folder, fcntl.LOCK_SH):
        try:
            os.utime(path)  # wanted again: a sweep that is on its way leaves it
        except FileNotFoundError:
            _write(path, content)
    for named in (path.parent, path.parent.parent, folder):
        _settle(named)


def read(folder: Path, blob: bytes) -> bytes:
    """The bytes with this digest."""
    try:
        return _path(folder, blob).read_bytes()
    except FileNotFoundError as missing:
        raise Unready("blob_missing", blob=blob.hex()) from missing


def sweep(
    folder: Path, before: datetime, used: Callable[[Sequence[bytes]], AbstractSet[bytes]]
) -> int:
    """Remove what no row names and nobody has kept since a time; how many files they were.

    The time must lie further back than any transaction: a row that is not committed yet is not
    seen, but its file is younger.
    """
    removed = 0
    for shelf in sorted(folder.glob("??")):
        old = {bytes.fromhex(path.name): path for path in shelf.glob("??/" + "[0-9a-f]" * 64)
               if _older(path, before)}  # fmt: skip
        removed += sum(_remove(folder, old[blob], before) for blob in old.keys() - used([*old]))
    for path in folder.glob(f"??/??/*{UNFINISHED}"):
        removed += _remove(folder, path, before)
    return removed


def _path(folder: Path, blob: bytes) -> Path:
    name = blob.hex()
    return folder / name[:2] / name[2:4] / name


def _make(folder: Path) -> None:
    """Two levels below the folder, each for this account alone."""
    for level in (folder.parent.parent, folder.parent, folder):
        level.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing under this name. The temporary file has mode 0600 by itself."""
    with NamedTemporaryFile(dir=path.parent, suffix=UNFINISHED, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).rename(path)
        except OSError:
            Path(file.name).unlink()
            raise


def _settle(folder: Path) -> None:
    """A file outlives a power cut only if the folders that name it do."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _held(folder: Path, lock: int) -> Iterator[None]:
    """Many may keep at once, and nobody while something is removed."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, lock)
        yield
    finally:
        os.close(opened)


def _older(path: Path, before: datetime) -> bool:
    return path.stat().st_mtime < before.timestamp()


def _remove(folder: Path, path: Path, before: datetime) -> bool:
    with _held(folder, fcntl.LOCK_EX):
        removed = _older(path, before)
        if removed:
            path.unlink()
    return removed
