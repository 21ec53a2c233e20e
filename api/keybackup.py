"""A keyring as lines that can be kept in a file, printed, and typed in again from paper.

What the keyring holds is sealed with a key that scrypt makes of a passphrase (RFC 7914; N 2^17,
r 8, p 1: OWASP's first choice, 128 MiB). Each line carries its number and two letters that tell a
slip of the typist from a wrong passphrase.
"""

import base64
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from api.auth import ALPHABET, READ_AS
from layers.errors import Invalid
from layers.sealing import ID_BYTES, SECRET_BYTES, Keyring

VERSION = b"gridpatrol key backup 1"
SALT_BYTES, NONCE_BYTES, LINE_BYTES = 16, 12, 20
SHORTEST = 10
"""Letters of a passphrase: what it guards may lie in a drawer for years."""
KEY_BYTES = ID_BYTES + SECRET_BYTES
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
FROM_STANDARD, TO_STANDARD = str.maketrans(STANDARD, ALPHABET), str.maketrans(ALPHABET, STANDARD)


def lines(ring: Keyring, passphrase: str) -> Iterator[str]:
    """The backup: `01 7RBH 2N4C ... 3F`, a few lines for each key."""
    salt, nonce = token_bytes(SALT_BYTES), token_bytes(NONCE_BYTES)
    sealed = salt + nonce + _sealing(passphrase, salt).encrypt(nonce, _packed(ring), VERSION)
    for number, begin in enumerate(range(0, len(sealed), LINE_BYTES), start=1):
        letters = _letters(sealed[begin : begin + LINE_BYTES])
        groups = " ".join(letters[place : place + 4] for place in range(0, len(letters), 4))
        yield f"{number:02} {groups} {_check(number, letters)}"


def opened(typed: Iterable[str], passphrase: str) -> Keyring:
    """The keyring of a backup, however it was typed; lines that begin with # say nothing."""
    said = (line for line in typed if line.strip() and not line.lstrip().startswith("#"))
    sealed = b"".join(_bytes(place, line) for place, line in enumerate(said, start=1))
    salt, rest = sealed[:SALT_BYTES], sealed[SALT_BYTES:]
    nonce, content = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        return _unpacked(_sealing(passphrase, salt).decrypt(nonce, content, VERSION))
    except (InvalidTag, ValueError) as wrong:
        raise Invalid("key_backup_passphrase") from wrong


def check_passphrase(passphrase: str) -> None:
    if len(passphrase) < SHORTEST:
        raise Invalid("passphrase_short", shortest=SHORTEST)


def _bytes(number: int, typed: str) -> bytes:
    """What a line holds; raises Invalid where it is not the one of this number, or mistyped."""
    plain = unicodedata.normalize("NFKC", typed).strip().upper().translate(READ_AS)
    letters, check = plain[2:-2], plain[-2:]
    if (
        set(plain) - set(ALPHABET)
        or plain[:2] != f"{number:02}"
        or check != _check(number, letters)
    ):
        raise Invalid("key_backup_line", line=number)
    padded = letters.translate(TO_STANDARD) + "=" * (-len(letters) % 8)
    return base64.b32decode(padded)


def _letters(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").translate(FROM_STANDARD)


def _check(number: int, letters: str) -> str:
    return _letters(sha256(f"{number} {letters}".encode()).digest())[:2]


def _sealing(passphrase: str, salt: bytes) -> AESGCM:
    stretched = Scrypt(salt=salt, length=SECRET_BYTES, n=2**17, r=8, p=1)
    return AESGCM(stretched.derive(unicodedata.normalize("NFKC", passphrase).encode()))


def _packed(ring: Keyring) -> bytes:
    """The current key's id, then each id and secret."""
    keys = (bytes.fromhex(key_id) + secret for key_id, secret in ring.secrets.items())
    return bytes.fromhex(ring.current) + b"".join(keys)


def _unpacked(content: bytes) -> Keyring:
    current, keys = content[:ID_BYTES].hex(), content[ID_BYTES:]
    each = (keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES))
    return Keyring(current, {key[:ID_BYTES].hex(): key[ID_BYTES:] for key in each})
