"""Which work waits in the queue under which name. Each name is one of the layers' actions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from api.settings import Settings
from layers.access import Actor

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total); total 0 means unknown."""


@dataclass(frozen=True)
class Circumstances:
    """What a job may need besides its own arguments."""

    settings: Settings
    actor: Actor
    at: datetime
    progress: Progress


Work = Callable[[Connection, dict[str, object], Circumstances], object]
WORK: dict[str, Work] = {}
"""Name -> work; the result is kept with the job and must be JSON."""
