"""A certificate of the bureau's own: one clear word when it cannot serve, before anybody waits."""

import ssl
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from api.certificates import names_of
from layers.errors import Invalid


def check(file: Path, key_file: Path, wanted: Collection[str], at: datetime) -> x509.Certificate:
    """The certificate if it can be served now for the names that are wanted.

    Without wanted names it must itself tell one by which people can reach the server.
    """
    certificate = _certificate(file)
    _refuse_other_key(file, key_file, certificate)
    if at > certificate.not_valid_after_utc:
        raise Invalid("certificate_ended", file=file, at=_day(certificate.not_valid_after_utc))
    if at < certificate.not_valid_before_utc:
        raise Invalid("certificate_early", file=file, at=_day(certificate.not_valid_before_utc))
    missing = [name for name in wanted if not covers(certificate, name)]
    if missing or not (wanted or plain_names(certificate)):
        told = ", ".join(sorted(names_of(certificate))) or "-"
        raise Invalid("certificate_names", file=file, told=told, name=", ".join(missing) or "-")
    return certificate


def ends(file: Path) -> datetime:
    """When a certificate will no longer do."""
    return _certificate(file).not_valid_after_utc


def covers(certificate: x509.Certificate, name: str) -> bool:
    """Whether it is for this name, by itself or by a star in place of the first part."""
    told = names_of(certificate)
    _, dot, rest = name.partition(".")
    return name in told or (bool(dot) and f"*.{rest}" in told)


def plain_names(certificate: x509.Certificate) -> list[str]:
    """The names it tells without a star: people reach the server by these."""
    return sorted(name for name in names_of(certificate) if "*" not in name)


def _certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as wrong:
        raise Invalid("certificate_unreadable", file=file) from wrong


def _refuse_other_key(file: Path, key_file: Path, certificate: x509.Certificate) -> None:
    """Read as the server will read it: what OpenSSL does not take must not pass here."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as wrong:  # TypeError: it has a password
        raise Invalid("key_unreadable", file=key_file) from wrong
    if key.public_key() != certificate.public_key():
        raise Invalid("certificate_of_other_key", file=file, key_file=key_file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, key_file)
    except ssl.SSLError as wrong:
        raise Invalid("certificate_unreadable", file=file) from wrong


def _day(at: datetime) -> str:
    return at.date().isoformat()
