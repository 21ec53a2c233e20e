"""Files that hold secrets or personal data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def files() -> Iterator[None]:
    """What is made in the block nobody else can read, from its first byte on."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
