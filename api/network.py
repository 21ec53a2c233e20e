"""Under which names and addresses this machine is reached. Asks no other machine."""

import re
import socket
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from api.certificates import NAME

TRIE = Path("/proc/net/fib_trie")
INTERFACES_V6 = Path("/proc/net/if_inet6")
HERE = ("localhost", "127.0.0.1", "::1")
ELSEWHERE = "192.0.2.1"
"""An address kept for documents: asked only by which way one would go there."""


@lru_cache
def is_loopback(name: str) -> bool:
    """Whether a name or address is this machine's own for itself."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def in_url(name: str) -> str:
    """As it stands in an address of the web: one of version 6 in brackets."""
    return f"[{name}]" if ":" in name else name


def same_address(one: str, other: str) -> bool:
    """Whether both are the same address; one of version 4 may be written as one of version 6."""
    try:
        first, second = ip_address(one), ip_address(other)
    except ValueError:
        return False
    mapped = getattr(second, "ipv4_mapped", None)
    return first in (second, mapped)


def names(host: str) -> list[str]:
    """All names and addresses under which a server listening on a host is reached.

    The first is the one to tell people: the address by which this machine goes out.
    """
    found = [host, *_called(), *HERE]
    if host in ("0.0.0.0", "::"):  # noqa: S104  (compared, not listened on)
        found[:1] = sorted(
            map(str, addresses()), key=lambda address: (address != primary(), address)
        )
    return list(dict.fromkeys(found))


def _called() -> list[str]:
    """What this machine calls itself, and what phones beside it may call it (mDNS)."""
    name = socket.gethostname().lower()
    if not NAME.fullmatch(name):
        return []
    return [name] if "." in name else [name, f"{name}.local"]


def primary() -> str | None:
    """The address by which this machine goes out, if it has a way out. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def addresses() -> set[IPv4Address | IPv6Address]:
    """The addresses of all interfaces that other machines can use."""
    found: set[IPv4Address | IPv6Address] = {*_version_4()}
    found.update(_version_6())
    return {one for one in found if not (one.is_loopback or one.is_link_local)}


def _version_4() -> Iterator[IPv4Address]:
    """The kernel lists each local address of its routing table above the words `host LOCAL`."""
    for address in re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", TRIE.read_text()):
        yield IPv4Address(address)


def _version_6() -> Iterator[IPv6Address]:
    if INTERFACES_V6.exists():  # not where IPv6 is switched off
        for line in INTERFACES_V6.read_text().splitlines():
            yield IPv6Address(bytes.fromhex(line.split()[0]))
