"""The server's side of HTTPS: files that may be renewed while it runs."""

import ssl
from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog
from uvicorn import Config

log = structlog.get_logger()


class Files(NamedTuple):
    """Where the certificate and its key are; the key may be in the certificate's file."""

    certificate: Path
    key: Path | None = None


def context(files: Files, _config: Config, _usual: object) -> ssl.SSLContext:
    """What uvicorn makes its connections with.

    Each handshake looks whether the files were renewed, so that no process needs to be told.
    """
    door = _loaded(files)
    door.sni_callback = _Newest(files, door)
    return door


def factory(files: Files) -> "partial[ssl.SSLContext]":
    """For uvicorn; it can be sent to other processes."""
    return partial(context, files)


class _Newest:
    """Gives a handshake the newest certificate; a renewal that cannot be read leaves the old."""

    def __init__(self, files: Files, first: ssl.SSLContext) -> None:
        self._files, self._context, self._stamp = files, first, _stamp(files)

    def __call__(
        self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _door: ssl.SSLContext
    ) -> None:
        try:
            if (stamp := _stamp(self._files)) != self._stamp:
                self._stamp = stamp
                self._context = _loaded(self._files)
        except OSError:  # an SSLError is one
            log.exception("certificate not readable")
        connection.context = self._context


def _stamp(files: Files) -> tuple[tuple[int, int], ...]:
    told = [file.stat() for file in files if file is not None]
    return tuple((one.st_ino, one.st_mtime_ns) for one in told)


def _loaded(files: Files) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    made.load_cert_chain(*files)
    return made
