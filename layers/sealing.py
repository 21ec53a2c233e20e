"""Sealing small personal values with keys that are kept outside the database. Pure.

A sealed value is a version, the key's id, a random nonce and what AES-256-GCM made of the JSON.
What it belongs to is sealed in without being written down: moved to another row it does not open.
Equal values look different each time; what must be found again is marked (`Keyring.mark`).

From each secret HKDF derives three keys (RFC 5869): to seal, to mark, and to prove that it is the
right one. A random nonce of 96 bits is safe for 2^32 values under one key (NIST SP 800-38D, 8.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from hmac import digest
from secrets import token_bytes, token_hex

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from layers.errors import Unready

VERSION = b"\x01"
ID_BYTES, NONCE_BYTES, SECRET_BYTES = 4, 12, 32
HEAD_BYTES = len(VERSION) + ID_BYTES


@dataclass(frozen=True)
class Home:
    """Where a sealed value belongs: a table's row, and which of its fields are in it."""

    table: str
    row: str
    group: str


@dataclass(frozen=True)
class Keyring:
    """Secrets by id (eight hexadecimal digits). `current` seals and marks, all of them open."""

    current: str
    secrets: Mapping[str, bytes] = field(repr=False)

    @cached_property
    def _keys(self) -> Mapping[str, "_Key"]:
        return {key_id: _Key.derived(secret) for key_id, secret in self.secrets.items()}

    def seal(self, value: Mapping[str, object], home: Home) -> bytes:
        """A value that only this key opens, and only at home."""
        head, nonce = VERSION + bytes.fromhex(self.current), token_bytes(NONCE_BYTES)
        sealing = self._keys[self.current].sealing
        return head + nonce + sealing.encrypt(nonce, orjson.dumps(value), _bound(head, home))

    def open(self, sealed: bytes, home: Home) -> dict[str, object]:
        """The value; raises Unready where its key is not here, it was changed, or it is not at
        home."""
        head, rest = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:]
        if head[: len(VERSION)] != VERSION or len(rest) <= NONCE_BYTES:
            raise Unready("sealed_damaged", table=home.table, row=home.row)
        key = self._keys.get(key_of(sealed))
        if key is None:
            raise Unready("personal_key_missing", id=key_of(sealed))
        nonce, content = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            plain = key.sealing.decrypt(nonce, content, _bound(head, home))
        except InvalidTag as wrong:
            raise Unready("sealed_damaged", table=home.table, row=home.row) from wrong
        found: dict[str, object] = orjson.loads(plain)
        return found

    def mark(self, kind: str, value: str) -> bytes:
        """What an exact value of a kind is found by. Without the key nobody can try values out."""
        return self._keys[self.current].mark(kind, value)

    def marks(self, kind: str, value: str) -> list[bytes]:
        """The marks under every key: some rows may wait to be sealed anew."""
        return [key.mark(kind, value) for key in self._keys.values()]

    def proof(self, key_id: str) -> bytes:
        """What tells this secret from any other of the same id, and nothing about it."""
        return self._keys[key_id].proof

    def rotated(self) -> "Keyring":
        """With a new current key beside those there are."""
        while (key_id := token_hex(ID_BYTES)) in self.secrets:
            pass
        return Keyring(key_id, {**self.secrets, key_id: token_bytes(SECRET_BYTES)})


def new_keyring() -> Keyring:
    """A first key."""
    return Keyring("", {}).rotated()


def key_of(sealed: bytes) -> str:
    """The id of the key that a value was sealed with."""
    return sealed[len(VERSION) : HEAD_BYTES].hex()


@dataclass(frozen=True)
class _Key:
    sealing: AESGCM
    marking: bytes = field(repr=False)
    proof: bytes

    @classmethod
    def derived(cls, secret: bytes) -> "_Key":
        marking, proving = _derive(secret, b"mark"), _derive(secret, b"prove")
        return cls(AESGCM(_derive(secret, b"seal")), marking, sha256(proving).digest())

    def mark(self, kind: str, value: str) -> bytes:
        return digest(self.marking, f"{kind}\x1f{value}".encode(), "sha256")


def _derive(secret: bytes, purpose: bytes) -> bytes:
    made = HKDF(SHA256(), SECRET_BYTES, salt=None, info=b"gridpatrol personal " + purpose)
    return made.derive(secret)


def _bound(head: bytes, home: Home) -> bytes:
    return head + "\x1f".join((home.table, home.row, home.group)).encode()
