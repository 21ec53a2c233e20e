"""What is heard of devices: remembered with each message, and written down now and then."""

from datetime import datetime
from itertools import islice

from layers.positions.actions import Heard
from layers.positions.rules import Refusal, Verdict

MOST = 50_000
"""Nobody may fill the memory with tokens that are none."""


class Hearing:
    def __init__(self) -> None:
        self._heard: dict[bytes, Heard] = {}

    def note(self, token: bytes, outcome: Verdict | Refusal | None, at: datetime) -> None:
        heard = self._heard.get(token)
        if heard is None:
            if len(self._heard) >= MOST:
                return
            heard = self._heard[token] = Heard(at)
        heard.note(outcome, at)

    def left(self, most: int = MOST) -> dict[bytes, Heard]:
        """What is not written yet, of so many that wait longest, handed over to be written."""
        heard = dict(islice(self._heard.items(), most))
        for token in heard:
            del self._heard[token]
        return heard
