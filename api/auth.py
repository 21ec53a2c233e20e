"""Passwords and tokens: the only place that knows a secret itself. Below it there are digests."""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import randbits, token_urlsafe
from threading import BoundedSemaphore

from prometheus_client import Counter
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine

from layers.access import DOOR, transaction
from layers.errors import Refused, TooSoon, Unrecognised
from layers.people import actions
from layers.people.queries import Known
from layers.people.rules import check_password

HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
"""The smallest of OWASP's equal profiles: a phone's sign-in costs 19 MiB and 40 ms."""
STRANGERS = HASHER.hash(token_urlsafe(32))
"""What a password is compared with where nobody has the login: the work must not tell."""
AT_ONCE = min(4, os.cpu_count() or 1)
"""More at once would not be faster, and each holds its 19 MiB."""
SLOTS = BoundedSemaphore(AT_ONCE)
PATIENCE_S = 10.0

SESSION, TOKEN, DEVICE = "gps_", "gpt_", "gpd_"
"""What a secret begins with: so it is found where it does not belong."""
FAILED = Counter("gridpatrol_sign_ins_failed_total", "Sign-ins that failed", ["code"])
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
READ_AS = str.maketrans("OIL", "011", "- ")


def new_secret(kind: str) -> str:
    """256 random bits for a session or a token."""
    return kind + token_urlsafe(32)


def new_code() -> str:
    """80 random bits that a person can type: four groups of four letters.

    So many that a plain digest guards them; argon2 for 20,000 of them would take a quarter of an
    hour.
    """
    drawn = randbits(80)
    letters = "".join(ALPHABET[drawn >> place & 31] for place in range(0, 80, 5))
    return "-".join(letters[place : place + 4] for place in range(0, 16, 4))


def digest(secret: str) -> bytes:
    """What is kept of a session's or token's secret."""
    return sha256(secret.encode()).digest()


def code_digest(code: str) -> bytes:
    """What is kept of a code: it does not matter how it is typed."""
    return digest(_normal(code).upper().translate(READ_AS))


def hashed(login: str, password: str) -> str:
    """What is kept of a password. The only way there, so that the rule is never passed by."""
    check_password(login, _normal(password))
    with _slot():
        return HASHER.hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password; the same work where there is none to compare with."""
    with _slot():
        same = HASHER.verify(_normal(password), kept or STRANGERS)
    return same and kept is not None


def sign_in(engine: Engine, login: str, password: str, address: str, *, at: datetime) -> str:
    """Sign in by password or one-time code; the session's secret. What failed is counted."""
    try:
        return _sign_in(engine, login, password, address, at)
    except Refused as refusal:
        FAILED.labels(refusal.code).inc()
        raise


def _sign_in(engine: Engine, login: str, password: str, address: str, at: datetime) -> str:
    """In two transactions, between which no connection is held."""
    with transaction(engine, DOOR) as connection:
        attempt = actions.admit(connection, login, address, at=at)
    by_password = matches(password, attempt.password_hash)
    by_code = compare_digest(code_digest(password), attempt.code_hash or b"")
    if not (by_password or by_code):
        raise Unrecognised("wrong_password")
    secret = new_secret(SESSION)
    with transaction(engine, DOOR) as connection:
        actions.sign_in(connection, attempt, digest(secret), at=at)
    return secret


def choose(engine: Engine, known: Known, password: str, address: str, *, at: datetime) -> str:
    """Choose one's password. All sign-ins so far end with it: the secret is of a new one."""
    kept = hashed(known.login, password)
    with transaction(engine, known.actor) as connection:
        actions.set_password(connection, known.person_id, kept, actor=known.actor, at=at)
    return sign_in(engine, known.login, password, address, at=at)


def _normal(typed: str) -> str:
    """Full-width letters and digits of a Chinese keyboard are the same as the others."""
    return unicodedata.normalize("NFKC", typed)


@contextmanager
def _slot() -> Iterator[None]:
    if not SLOTS.acquire(timeout=PATIENCE_S):
        raise TooSoon("busy", seconds=5)
    try:
        yield
    finally:
        SLOTS.release()
