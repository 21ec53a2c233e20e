"""A short way for what thousands of phones and maps ask each second.

It passes by compression, routing and all that a page needs. The guard stands before it as before
everything, and a failure is answered as everywhere.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import answered


@dataclass(frozen=True)
class Way:
    """What answers at a path, which has parameters as a route's; None leaves it to the route."""

    path: str
    methods: frozenset[str]
    answer: Callable[[Request], Awaitable[Response | None]]


class ShortCut:
    """Answers at its ways, and leaves all else to the application."""

    def __init__(self, app: ASGIApp, ways: Sequence[Way]) -> None:
        self._app = app
        self._ways = [(compile_path(way.path)[0], way) for way in ways]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope, receive)
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response | None:
        method, path = scope.get("method", ""), scope.get("path", "")
        for pattern, way in self._ways:
            if method in way.methods and (found := pattern.match(path)):
                return await _answered(way, scope, receive, found.groupdict())
        return None


async def _answered(
    way: Way, scope: Scope, receive: Receive, parameters: dict[str, str]
) -> Response | None:
    request = Request({**scope, "path_params": parameters}, receive)
    try:
        answer = await way.answer(request)
    except Exception as failure:  # noqa: BLE001  (as the application does)
        answer = answered(request, failure)
    if answer is not None:
        scope["route"] = way
    return answer
