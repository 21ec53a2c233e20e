"""HTTPS without anybody's help: an own authority, and from it the server's certificate.

The authority signs for the bureau's own names only. Its name constraints are not marked critical,
although RFC 5280 asks for it: Chromium on computers, Firefox, Windows and OpenSSL keep to them
either way, and a phone that does not know them would refuse the authority altogether. They bind
names and not addresses, which may change without every phone having to trust anew.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from layers.errors import Invalid

AUTHORITY_LASTS = timedelta(days=3650)
SERVER_LASTS = timedelta(days=396)
"""397 with the day before it: some browsers take no more, even of an authority of one's own."""
RENEWED_BEFORE = timedelta(days=30)
SKEW = timedelta(days=1)
"""Phones whose clock is slow shall not take a new certificate for one of tomorrow."""
LOCAL = ("localhost", "local", "lan", "internal", "home.arpa")
"""Ends of names that no public site has: the authority may always sign for them."""
NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*"
)

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Authority:
    """Who vouches for this server; phones are asked to trust its certificate."""

    certificate: x509.Certificate
    key: Key

    def may_sign(self, name: str) -> bool:
        """Whether phones that keep to its constraints would believe it for this name."""
        if is_address(name):
            return True
        limits = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        ends = [str(end.value) for end in limits.permitted_subtrees or ()]
        return any(name == end or name.endswith(f".{end}") for end in ends)


def is_address(name: str) -> bool:
    """Whether it is an address in digits rather than a name."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def checked(name: str) -> str:
    """A name or address that was typed, in the one way in which it is compared."""
    try:
        return str(ip_address(name))
    except ValueError:
        small = name.lower().rstrip(".")
        if not NAME.fullmatch(small):
            raise Invalid("bad_host_name", name=name) from None
        return small


def keep(folder: Path, names: Sequence[str], at: datetime) -> tuple[Path, bool]:
    """The file with the server's key and certificate, and whether it was made just now.

    What stands is kept while it covers all names and lasts. Names for which the authority may not
    sign are left out: ask `Authority.may_sign` first for those that somebody insists on.
    """
    ours = authority(folder, names, at)
    wanted = {name for name in names if ours.may_sign(name)}
    file = folder / "server.pem"
    if _still_good(file, ours, wanted, at):
        return file, False
    key = ec.generate_private_key(ec.SECP256R1())
    _write(file, _pem(key) + _signed(ours, key, sorted(wanted), at).public_bytes(PEM), 0o600)
    return file, True


def authority(folder: Path, names: Iterable[str], at: datetime) -> Authority:
    """The authority of this installation, made at the first call for these names.

    Its key stays in this folder, readable by the server's user only. A damaged one is not replaced
    unasked: every phone would have to trust anew.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "authority.pem"
    found = _read(file)
    if found is None and file.exists():
        raise Invalid("authority_damaged", file=file)
    if found is None or found.certificate.not_valid_after_utc <= at:
        found = _new_authority(names, at)
        _write(file, _pem(found.key) + found.certificate.public_bytes(PEM), 0o600)
    public, content = folder / "authority.crt", found.certificate.public_bytes(DER)
    if not public.exists() or public.read_bytes() != content:
        _write(public, content, 0o644)
    return found


def public(folder: Path) -> bytes | None:
    """The authority's certificate (DER) for whoever is to trust it; None where there is none."""
    try:
        return (folder / "authority.crt").read_bytes()
    except FileNotFoundError:
        return None


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER) in groups that can be compared by eye."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(certificate)
    digits = digest.finalize().hex().upper()
    return " ".join(digits[at : at + 4] for at in range(0, 64, 4))


PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


def _read(file: Path) -> Authority | None:
    """A key and its certificate from one file; None if they are not both there and one pair."""
    try:
        content = file.read_bytes()
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(key, Key) or certificate.public_key() != key.public_key():
        return None
    return Authority(certificate, key)


def _still_good(file: Path, ours: Authority, wanted: set[str], at: datetime) -> bool:
    found = _read(file)
    if found is None:
        return False
    issuer, server = ours.certificate, found.certificate
    try:
        server.verify_directly_issued_by(issuer)
    except (ValueError, InvalidSignature):
        return False
    last_of_all = server.not_valid_after_utc == issuer.not_valid_after_utc
    lasts = server.not_valid_after_utc - at > RENEWED_BEFORE or last_of_all
    return lasts and server.not_valid_before_utc <= at and wanted <= names_of(server)


def names_of(certificate: x509.Certificate) -> set[str]:
    """The names and addresses that a certificate covers."""
    try:
        told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    names = [name.lower() for name in told.get_values_for_type(x509.DNSName)]
    return {*names, *map(str, told.get_values_for_type(x509.IPAddress))}


def _new_authority(names: Iterable[str], at: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    ends = {*LOCAL, *(name for name in names if not is_address(name))}
    limits = x509.NameConstraints([x509.DNSName(end) for end in sorted(ends)], None)
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = _called(f"Grid Patrol CA {mark.digest.hex()[:8]}")
    made = (
        _begun(name, key, at, at + AUTHORITY_LASTS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(limits, critical=False)
        .add_extension(mark, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(made, key)


def _signed(ours: Authority, key: Key, names: Sequence[str], at: datetime) -> x509.Certificate:
    issuer = ours.certificate
    ends = min(at + SERVER_LASTS, issuer.not_valid_after_utc)
    alternatives = [
        x509.IPAddress(ip_address(name)) if is_address(name) else x509.DNSName(name)
        for name in names
    ]
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(ours.key.public_key())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        _begun(_called("Grid Patrol"), key, at, ends)
        .issuer_name(issuer.subject)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(by, critical=False)
        .sign(ours.key, hashes.SHA256())
    )


def _begun(name: x509.Name, key: Key, at: datetime, ends: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - SKEW)
        .not_valid_after(ends)
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    """An authority signs certificates, a server its handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(key: Key) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never for a moment readable by others than it shall be."""
    with NamedTemporaryFile(dir=file.parent, delete=False) as made:  # born with 0600
        made.write(content)
        made.flush()
        os.fsync(made.fileno())
    partial = Path(made.name)
    partial.chmod(mode)
    partial.replace(file)
