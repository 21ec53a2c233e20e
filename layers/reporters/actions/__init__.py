"""Keeping, showing, correcting and removing who reported. The journal gets ids and no more."""

from layers.reporters.actions.importing import REPORTER_FIELDS, names_reporters, take_in
from layers.reporters.actions.keeping import correct, keep, remove, show
from layers.reporters.actions.subject import disclose, find, remove_all
from layers.reporters.actions.tending import forget, reseal

__all__ = [
    "REPORTER_FIELDS", "correct", "disclose", "find", "forget", "keep", "names_reporters", "remove",
    "remove_all", "reseal", "show", "take_in",
]  # fmt: skip
