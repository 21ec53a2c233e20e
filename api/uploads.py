"""Files that were sent to be imported, each in a folder of its own under var/uploads.

They may say who reported: only the server's own account can read them, and the retention removes
them.
"""

import os
import re
import shutil
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from fastapi import UploadFile

from layers.errors import Invalid

CHUNK = 1 << 20
NAME_LONGEST = 200
"""Bytes of a name without its ending: file systems take 255, and a Chinese letter is three."""
BESIDE = frozenset({".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix"})
"""The parts of a Shapefile that are not the file itself."""


def keep(files: Sequence[UploadFile], var: Path) -> Path:
    """Copy what was sent into a new folder and give the path of the file to be read.

    Several files are the parts of one Shapefile.
    """
    names = [safe_name(file.filename or "") for file in files]
    main = [name for name in names if Path(name).suffix.lower() not in BESIDE]
    if len(main) != 1 or len(set(names)) != len(names):
        raise Invalid("one_file_at_a_time", files=", ".join(names))
    folder = var / "uploads" / str(uuid4())
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    folder.mkdir(mode=0o700)
    try:
        for file, name in zip(files, names, strict=True):
            _copy(file, folder / name)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _settle(folder)
    return folder / main[0]


def refused_of(upload: Path) -> Path:
    """Where the refused rows of an upload go: beside its folder, whatever names are in there."""
    return upload.parent.with_name(f"{upload.parent.name}.refused.csv")


def due(var: Path, before: datetime, wanted: Collection[str]) -> list[Path]:
    """What was sent before a time, with its refused rows, except the files still wanted."""
    folders = {Path(path).parent.name for path in wanted}
    return [
        entry
        for entry in sorted((var / "uploads").glob("*"))
        if entry.name.split(".")[0] not in folders and entry.stat().st_mtime <= before.timestamp()
    ]


def remove(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def safe_name(given: str) -> str:
    """The last part of a name, letters of any script kept, nothing that a path could mean."""
    last = re.split(r"[/\\]", given)[-1]
    plain = re.sub(r"[^\w.\- ]", "_", last).strip(" .")
    stem, suffix = os.path.splitext(plain)  # noqa: PTH122  (a name, not a path)
    short = stem.encode()[:NAME_LONGEST].decode(errors="ignore")
    return f"{short}{suffix[:16]}" or "file"


def _copy(file: UploadFile, to: Path) -> None:
    """A job may only be written down for a file that will still be there after a power cut."""
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
        shutil.copyfileobj(file.file, kept, CHUNK)
        kept.flush()
        os.fsync(kept.fileno())


def _settle(folder: Path) -> None:
    """A file outlives a power cut only if the folders that name it do."""
    for named in (folder, folder.parent, folder.parent.parent):
        opened = os.open(named, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
