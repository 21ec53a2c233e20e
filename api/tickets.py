"""Tickets for forms that anybody may send: each is handed out with a page of ours and serves once.

A ticket is a moment and a number that nobody guesses, signed with a key of this server. From it, by
the same key, comes the secret link to what was sent: so the same form sent again leads to the same
link, though only a digest of that is kept.
"""

import base64
import binascii
import hmac
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from hmac import compare_digest
from math import ceil
from pathlib import Path
from secrets import token_bytes, token_hex

from layers.errors import Conflict, Invalid, TooSoon, Unready

LIFE = timedelta(hours=12)
YOUNGEST = timedelta(seconds=3)
"""Nobody fills in a form faster."""
CLOCK, RANDOM, SIGNED = 6, 16, 16  # bytes
KEY_BYTES = 32


def issue(key: bytes, at: datetime) -> str:
    body = int(at.timestamp()).to_bytes(CLOCK, "big") + token_bytes(RANDOM)
    return _text(body + _signed(key, b"ticket", body))


def token_of(key: bytes, ticket: str) -> str:
    """The secret part of the link to what is sent with this ticket. Raises Invalid unless the
    ticket is one of ours."""
    return _text(_signed(key, b"link", _body(key, ticket)))


def check(key: bytes, ticket: str, at: datetime) -> None:
    """Raise for a ticket that is too old, or too young for a person to have filled in the form."""
    issued = datetime.fromtimestamp(int.from_bytes(_body(key, ticket)[:CLOCK], "big"), UTC)
    if at > issued + LIFE:
        raise Conflict("ticket_expired")
    if at < issued + YOUNGEST:
        raise TooSoon("form_too_fast", seconds=ceil((issued + YOUNGEST - at).total_seconds()))


def _body(key: bytes, ticket: str) -> bytes:
    try:
        whole = base64.urlsafe_b64decode(ticket + "==")
    except (binascii.Error, ValueError):
        raise Invalid("no_ticket") from None
    body, signed = whole[: CLOCK + RANDOM], whole[CLOCK + RANDOM :]
    if not compare_digest(signed, _signed(key, b"ticket", body)):
        raise Invalid("no_ticket")
    return body


def _signed(key: bytes, purpose: bytes, body: bytes) -> bytes:
    return hmac.digest(key, purpose + body, "sha256")[:SIGNED]


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@cache
def key_in(file: Path) -> bytes:
    """The key in the file, made when it is first asked for. All processes of a server share it."""
    with suppress(FileNotFoundError):
        return _read(file)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{token_hex()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(token_bytes(KEY_BYTES))
    with suppress(FileExistsError):  # somebody else was faster
        os.link(partial, file)
    partial.unlink()
    return _read(file)


def _read(file: Path) -> bytes:
    """By a part of a key anybody could sign."""
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise Unready("form_key_damaged")
    return key
