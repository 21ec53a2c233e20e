"""The bureau's message gateway: told of cases by their numbers, without a word that anybody typed.

Whoever does not look at a page is reached by what the bureau has: text messages, a work chat. Which
it is and whose number that is, the gateway knows.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Timer
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from sqlalchemy import Connection

from api.circumstances import Circumstances
from api.network import in_url
from api.settings import Reached
from layers.incidents import queries

PATIENCE_S = 10
SIGNATURE, EVENT = "X-Gridpatrol-Signature", "X-Gridpatrol-Event"


class GatewayAway(Exception):
    """It did not answer, or did not take the message: that may pass."""


def send(connection: Connection, told: Mapping[str, object], around: Circumstances) -> bool:
    """Tell the gateway; False where the bureau has none."""
    settings = around.settings
    if settings.message_url is None:
        return False
    body = orjson.dumps(_message(connection, told, around))
    headers = {"Content-Type": "application/json", EVENT: str(told["event_id"])}
    if settings.message_secret is not None:
        headers[SIGNATURE] = signature(settings.message_secret.get_secret_value(), body)
    _post(settings.message_url, body, headers)
    return True


def signature(secret: str, body: bytes) -> str:
    """By which the gateway knows that we wrote this."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _message(
    connection: Connection, told: Mapping[str, object], around: Circumstances
) -> dict[str, object]:
    incident = UUID(str(told["incident"]))
    case = queries.one(connection, around.actor, incident)
    return {
        "event": told["event"], "event_id": told["event_id"], "sent_at": around.at,
        "case_no": case["case_no"], "incident": incident,
        "squad": told["squad"], "matter": case["matter"], "due_at": told["due_at"],
        "link": f"{_front(around.settings.reached)}{_page(told['squad'], incident)}",
    }  # fmt: skip


def _page(squad: object, incident: UUID) -> str:
    """Where whoever has the case in hand sees it."""
    return f"/desk#case={incident}" if squad is None else f"/squad#order/{incident}"


def _front(reached: Reached) -> str:
    """Where phones find us; nothing where only this machine does."""
    if not reached.names:
        return ""
    return f"https://{in_url(reached.names[0])}:{reached.port}"


def _post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """By no proxy and after no redirection: what leaves goes where the bureau said."""
    where = urlsplit(url)
    kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
    line = kind(where.hostname or "", where.port, timeout=PATIENCE_S)
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    end = monotonic() + PATIENCE_S
    try:
        line.connect()
        with _cut_at(end, line.sock):
            line.request("POST", path, body, headers)
            status = line.getresponse().status
    except (OSError, HTTPException) as failure:
        raise GatewayAway(type(failure).__name__) from None
    finally:
        line.close()
    if not 200 <= status < 300:
        raise GatewayAway(str(status))


@contextmanager
def _cut_at(end: float, line: socket) -> Iterator[None]:
    """The timeout of a socket is that of each piece, and an answer may come in a thousand."""

    def cut() -> None:
        with suppress(OSError):  # it has ended by itself
            socket.shutdown(line, SHUT_RDWR)  # below TLS, which another thread is reading

    timer = Timer(end - monotonic(), cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
