"""Devices, what they send, and how long it is kept."""

from layers.positions.actions.forgetting import forget_after_end, forget_tracks
from layers.positions.actions.hearing import Heard, hear
from layers.positions.actions.keeping import (
    DEVICE_FIELDS,
    add,
    disable,
    give_token,
    give_tokens,
    import_devices,
)
from layers.positions.actions.taking import Sent, take

__all__ = [
    "DEVICE_FIELDS",
    "Heard",
    "Sent",
    "add",
    "disable",
    "forget_after_end",
    "forget_tracks",
    "give_token",
    "give_tokens",
    "hear",
    "import_devices",
    "take",
]
