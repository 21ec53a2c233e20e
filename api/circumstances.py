"""What a long work may need besides its own arguments."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from api.settings import Settings
from api.version import STAMP
from layers.access import Actor
from layers.files import Progress


class Common(TypedDict):
    """The arguments that all long actions share."""

    actor: Actor
    at: datetime
    version: str
    progress: Progress


@dataclass(frozen=True)
class Circumstances:
    """Whose work it is, when, for which bureau, and who hears how far it is."""

    settings: Settings
    actor: Actor
    at: datetime
    progress: Progress

    @property
    def today(self) -> date:
        """The bureau's day."""
        return self.at.astimezone(self.settings.zone).date()

    def common(self) -> Common:
        return {"actor": self.actor, "at": self.at, "version": STAMP, "progress": self.progress}
