"""Where phones and trackers already in use say where they are: of a device nothing is asked but its
token."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson
from fastapi import Request, Response

from api import trackers
from api.errors import problem
from api.fixes import Intake
from api.limits import line_of
from api.shortcut import Way
from api.trackers import Said
from layers.positions.rules import Verdict

JSON = "application/json"
MOST_FIELDS = 100
NOTHING_FOR_YOU = b"[]"
BASIC = {"WWW-Authenticate": 'Basic realm="positions"'}


async def osmand(request: Request) -> Response:
    """OsmAnd's protocol, as OsmAnd, Traccar's client and many trackers speak it. Its `id` is the
    device's token."""
    by_json = request.headers.get("content-type", "").startswith(JSON)
    now = datetime.now(UTC)
    if by_json:
        body = _object(await request.body())
        said = None if body is None else trackers.osmand_json(body, now)
    else:
        pairs = await _pairs(request)
        said = None if pairs is None else trackers.osmand(pairs, now)
    _count(request, said.token if said else "")
    if said is None:
        return problem(request, 400, "position_unreadable" if by_json else "too_many_fields")
    if not said.token:
        return problem(request, 400, "device_unnamed")
    if await _taken(request, said) is None:
        return problem(request, 404 if by_json else 400, "device_unknown")
    return Response()


async def owntracks(request: Request) -> Response:
    """OwnTracks by HTTP. The password is the device's token. What it calls itself as a user or a
    device must name that device: whoever copies one phone's settings to another mixes them up."""
    user, token = _user_and_password(request)
    _count(request, token)
    body = _object(await request.body() or b"{}")
    if body is None:
        request.app.state.fixes.unreadable(token)
        return problem(request, 400, "position_unreadable")
    headers = (request.headers.get(name, "") for name in ("x-limit-u", "x-limit-d"))
    said = trackers.owntracks(body, token, (user, *headers))
    verdict = await _taken(request, said) if token else None
    if verdict is None:
        refused = problem(request, 401, "device_unknown" if token else "device_unnamed_basic")
        refused.headers.update(BASIC)
        return refused
    if verdict == Verdict.MISNAMED:
        return problem(request, 403, "device_misnamed")
    return Response(NOTHING_FOR_YOU, media_type=JSON)


WAYS = (
    Way("/positions/osmand", frozenset({"GET", "POST"}), osmand),
    Way("/positions/owntracks", frozenset({"POST"}), owntracks),
)


def _count(request: Request, token: str) -> None:
    """Before it is refused for anything, so that nobody may send for ever what cannot be read."""
    intake: Intake = request.app.state.fixes
    intake.count(token, line_of(request))


async def _taken(request: Request, said: Said) -> Verdict | None:
    intake: Intake = request.app.state.fixes
    return await intake.take(said)


async def _pairs(request: Request) -> Mapping[str, str] | None:
    """A query, or a form in its place; None where it has more fields than any tracker sends."""
    given = request.url.query or (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(given, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return None


def _object(body: bytes) -> Mapping[str, object] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _user_and_password(request: Request) -> tuple[str, str]:
    """Of Basic authentication; empty where there is none."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(told, validate=True).decode().partition(":")
    except ValueError:  # no base 64, or no text in it
        return "", ""
    return user, password
