"""Where the server listens, under which names, and with which certificate."""

import errno
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from api import certificates, network, own_certificate, tls
from api.settings import Reached
from layers.errors import Conflict, Forbidden, Invalid

LOOKED_AT_EVERY_S = 3600.0
WARNED_BEFORE = timedelta(days=30)
log = structlog.get_logger()


@dataclass(frozen=True)
class Wish:
    """What whoever starts the server asked for."""

    host: str = "127.0.0.1"
    port: int = 8000
    names: Sequence[str] = ()
    cert: Path | None = None
    key: Path | None = None
    trust_port: int = 0


@dataclass(frozen=True)
class Door:
    """What is opened: plain HTTP for this machine alone, HTTPS for everybody else."""

    wish: Wish
    reached: Reached = field(default_factory=Reached)
    files: tls.Files | None = None

    @property
    def address(self) -> str:
        """Where to look."""
        if self.files is None:
            return f"http://{network.in_url(self.wish.host)}:{self.wish.port}"
        return f"https://{network.in_url(self.reached.names[0])}:{self.wish.port}"


def opened(wish: Wish, folder: Path, at: datetime) -> Door:
    """The door for a wish: its certificate made or checked, its ports free."""
    refuse_taken(wish.host, wish.port, "port_taken")
    names = [certificates.checked(name) for name in wish.names]
    if wish.cert is not None:
        return _with_own_certificate(wish, wish.cert, names, at)
    if network.is_loopback(wish.host):  # its names are those of a proxy before it
        return Door(wish, Reached(names=tuple(names), port=wish.port))
    return _with_own_authority(wish, folder, names, at)


def _with_own_certificate(wish: Wish, cert: Path, names: list[str], at: datetime) -> Door:
    key = wish.key or cert
    certificate = own_certificate.check(cert, key, names, at)
    told = dict.fromkeys([*names, *own_certificate.plain_names(certificate)])
    return Door(wish, Reached(names=tuple(told), port=wish.port), tls.Files(cert, key))


def _with_own_authority(wish: Wish, folder: Path, names: list[str], at: datetime) -> Door:
    if wish.trust_port:
        refuse_taken(wish.host, wish.trust_port, "trust_port_taken")
    every = list(dict.fromkeys([*names, *network.names(wish.host)]))
    ours = certificates.authority(folder, every, at)
    for name in names:
        if not ours.may_sign(name):
            raise Invalid("authority_not_for_name", name=name, folder=folder)
    file, _ = certificates.keep(folder, every, at)
    told = [name for name in every if not network.is_loopback(name)]
    reached = Reached(names=tuple(told), port=wish.port, authority=True, trust_port=wish.trust_port)
    return Door(wish, reached, tls.Files(file))


def refuse_taken(host: str, port: int, code: str) -> None:
    """Raise if the server cannot listen there, before anything is started for it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as failure:
        raise Invalid("not_our_address", host=host) from failure
    family, kind, protocol, _, address = found
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as failure:
            raise _why_not(failure, host, port, code) from failure


def _why_not(failure: OSError, host: str, port: int, code: str) -> Exception:
    match failure.errno:
        case errno.EADDRINUSE:
            return Conflict(code, port=port)
        case errno.EADDRNOTAVAIL:
            return Invalid("not_our_address", host=host)
        case errno.EACCES:
            return Forbidden("port_forbidden", port=port)
    return failure


def keep_certificate(door: Door, folder: Path, stop: threading.Event) -> None:
    """Renew our own certificate in time and for new addresses; warn of the end of another's."""
    while True:
        look(door, folder, datetime.now(UTC))
        if stop.wait(LOOKED_AT_EVERY_S):
            return


def look(door: Door, folder: Path, at: datetime) -> None:
    """Once."""
    try:
        if door.reached.authority:
            every = [*door.reached.names, *network.names(door.wish.host)]
            _, renewed = certificates.keep(folder, every, at)
            if renewed:
                log.info("certificate renewed")
        elif door.files is not None:
            left = own_certificate.ends(door.files.certificate) - at
            if left < WARNED_BEFORE:
                log.warning("certificate ends soon", days=max(0, left.days))
    except Exception:
        log.exception("certificate not looked at")
