"""How a phone comes to trust our own authority: what is shown of it, on a page and on a terminal.

The phone is handed the authority's bare certificate, one file for every system. A configuration
profile for iPhones would add a name of ours, and a red "not signed" beside it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import segno

from api import certificates, network, qr
from api.settings import Settings
from maps import theme

PAGE = "/trust"
FILE = "/trust/ca.crt"
FILE_NAME = "gridpatrol-ca.crt"
DEVICES = ("android", "vendor", "apple", "windows")
SIGNS = {
    "apple": r"iPhone|iPad|Macintosh",  # an iPad says that it is a Mac
    "windows": r"Windows",
    "vendor": r"HUAWEI|HONOR|Harmony|Xiaomi|Redmi|MIUI|OPPO|OnePlus|vivo",
}


@dataclass(frozen=True)
class Introduction:
    """What somebody has to know who shall trust this server."""

    page: str
    """Where a phone that does not trust us yet can read it."""
    home: str
    """Where it goes on once it does."""
    fingerprint: tuple[str, ...]

    @property
    def code(self) -> segno.QRCode:
        return segno.make_qr(self.page, error="m")

    @property
    def picture(self) -> str:
        """The code as an image."""
        return qr.picture(self.page, scale=8)


def introduction(settings: Settings, host: str = "") -> Introduction | None:
    """Of our own authority, by the name that was asked; None where there is none.

    Whoever looks at the page on the server itself shows it to phones, which need another name.
    """
    reached, public = settings.reached, certificates.public(settings.tls)
    if not reached.authority or public is None:
        return None
    name = reached.names[0] if not host or network.is_loopback(host) else host
    home = f"https://{network.in_url(name)}:{reached.port}"
    door = f"http://{network.in_url(name)}:{reached.trust_port}" if reached.trust_port else home
    groups = certificates.fingerprint(public).split()
    rows = tuple(" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))
    return Introduction(f"{door}{PAGE}", f"{home}/", rows)


def device(user_agent: str) -> str:
    """Which of the page's instructions to open first."""
    found = (kind for kind, sign in SIGNS.items() if re.search(sign, user_agent, re.IGNORECASE))
    return next(found, "android")


def tell(shown: Introduction, say: Callable[[str], None], screen: TextIO) -> None:
    """Say it where the server was started, with the code to scan if that is a terminal."""
    if screen.isatty():
        shown.code.terminal(out=screen, compact=True)
    for language in theme.LANGUAGES:
        say(theme.word("trust.terminal", language, address=shown.page))
    for row in shown.fingerprint:
        say(f"    {row}")
