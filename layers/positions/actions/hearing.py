"""What was heard of devices last: put down now and then, never with each position."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from layers.positions.rules import Refusal, Verdict


@dataclass
class Heard:
    """What was heard of whoever has a token, since it was put down last."""

    at: datetime
    accepted_at: datetime | None = None
    refused: Verdict | Refusal | None = None
    refused_at: datetime | None = None

    def note(self, outcome: Verdict | Refusal | None, at: datetime) -> None:
        """None where nothing was to be judged: it has spoken, and that is all."""
        self.at = at
        if outcome == Verdict.GOOD:
            self.accepted_at = at
        elif outcome is not None:
            self.refused, self.refused_at = outcome, at


def hear(connection: Connection, heard: Mapping[bytes, Heard]) -> None:
    """Put down what was heard, by the digests of the tokens; those that are no device's count for
    nothing. Of one device the newest counts, whichever process heard it."""
    connection.execute(text("SET LOCAL synchronous_commit = off"))
    connection.execute(HEAR, {
        "hashes": list(heard),
        "heard": [one.at for one in heard.values()],
        "accepted": [one.accepted_at for one in heard.values()],
        "codes": [one.refused for one in heard.values()],
        "refused": [one.refused_at for one in heard.values()],
    })  # fmt: skip


NEWER = "excluded.refused_at > coalesce(h.refused_at, '-infinity')"
HEAR = text(f"""
    INSERT INTO devices_heard AS h (device_code, heard_at, accepted_at, refused, refused_at)
    SELECT code, heard, accepted, reason, refused
    FROM unnest(CAST(:hashes AS bytea[]), CAST(:heard AS timestamptz[]),
                CAST(:accepted AS timestamptz[]), CAST(:codes AS text[]),
                CAST(:refused AS timestamptz[])) AS given (hash, heard, accepted, reason, refused)
    JOIN devices ON token_hash = hash ORDER BY code
    ON CONFLICT (device_code) DO UPDATE
    SET heard_at = greatest(h.heard_at, excluded.heard_at),
        accepted_at = greatest(h.accepted_at, excluded.accepted_at),
        refused = CASE WHEN {NEWER} THEN excluded.refused ELSE h.refused END,
        refused_at = greatest(h.refused_at, excluded.refused_at)
""")
"""In one order, so that two processes never wait for each other in a circle."""
