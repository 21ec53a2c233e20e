"""Who is competent by a table of matters and townships. Pure.

A row names a matter, a class of matters or all of them, and a township or all of them. For a case
only the most specific rows that fit count, together: what is said of its very matter comes before
what is said of the class, and that before what is said of all; among equals what is said of its
township comes before what is said of all. So one unit is responsible for a case, and several may be
joined to it (一主多协).
"""

from collections.abc import Mapping
from enum import StrEnum, auto

ALL = "*"
ALL_NAMES = frozenset({ALL, "＊", "全部", "所有", "all"})


class Part(StrEnum):
    """What a unit is to a case: it answers for it, or is called in."""

    RESPONSIBLE = auto()
    JOINT = auto()


PART_NAMES: Mapping[str, Part] = {
    **{part.value: part for part in Part},
    "主办": Part.RESPONSIBLE, "主责": Part.RESPONSIBLE, "主管": Part.RESPONSIBLE,
    "主": Part.RESPONSIBLE,
    "协办": Part.JOINT, "协同": Part.JOINT, "配合": Part.JOINT, "协": Part.JOINT,
}  # fmt: skip
"""Parts as files of bureaus call them."""
