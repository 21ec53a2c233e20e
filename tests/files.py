"""Columns of a clerk's file, and the one word in which it is refused."""

from pathlib import Path

import pytest

from layers.errors import Invalid
from layers.files import Field, Reading, read

CODE = Field("code", "code", required=True, aliases=("编码",))
NAME = Field("name", aliases=("名称",))
PLACE = Field("place", "point", required=True)
BOUNDARY = Field("boundary", "polygon", required=True)


def refusal(path: Path, **told) -> Invalid:
    with pytest.raises(Invalid) as found:
        read(Reading(path, **told), [CODE, PLACE])
    return found.value
