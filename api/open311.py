"""How Open311 GeoReport v2 answers: one tree of values, written as XML or as JSON.

The JSON is that of the standard's Spark convention: what only holds things of one kind is an array,
and the outermost name falls away. Refusals are of the standard's own shape too.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from fastapi import Request, Response

from api.sessions import READING

Tree: TypeAlias = "Mapping[str, Tree] | list[Tree] | str | float | bool | datetime | None"

PREFIX = "/open311/v2"
NAMING = frozenset({"first_name", "last_name", "phone", "email", "device_id", "account_id"})
"""Fields that tell who sent it. A digest of them could be tried out."""
ROOT, DISCOVERY = "service_requests", "/discovery."
OF_RESIDENTS = ("/report", "/r/", "/api/public/")
ONE_OF = {
    "services": "service", "attributes": "attribute", "values": "value", "errors": "error",
    "service_requests": "request", "endpoints": "endpoint", "formats": "format", "notes": "note",
}  # fmt: skip
"""What the elements of a list are called in XML."""
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""
STATUS = {401: 403, 409: 400, 422: 400}
"""The standard knows 404, 403 for keys, and 400; what is about the server stays as it is."""


class Format(StrEnum):
    XML = "xml"
    JSON = "json"


MEDIA_TYPES = {
    Format.XML: "text/xml; charset=utf-8", Format.JSON: "application/json; charset=utf-8",
}  # fmt: skip


def answer(fmt: Format, name: str, tree: Tree, status: int = 200) -> Response:
    """A tree of values whose outermost element has a name."""
    content = as_xml(name, tree) if fmt is Format.XML else orjson.dumps(tree)
    return Response(content, status, {"Content-Type": MEDIA_TYPES[fmt]})


def as_xml(name: str, tree: Tree) -> bytes:
    root = Element(name)
    _fill(root, tree)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: Element, tree: Tree) -> None:
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            _fill(SubElement(element, name), value)
    elif isinstance(tree, list):
        for value in tree:
            _fill(SubElement(element, ONE_OF[element.tag]), value)
    elif tree is not None:
        element.text = UNWRITABLE.sub("\ufffd", _text(tree))


def _text(value: str | float | bool | datetime) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


# --- Refusals -----------------------------------------------------------------------------------


def is_asked(request: Request) -> bool:
    return request.url.path.startswith((f"{PREFIX}/", DISCOVERY))


def is_public(request: Request) -> bool:
    """Whether somebody reads what asks for no key."""
    open_to_all = is_asked(request) or request.url.path.startswith(OF_RESIDENTS)
    return open_to_all and request.method in READING


def fault(
    request: Request, status: int, code: str, title: str, values: Mapping[str, object]
) -> Response:
    """Why it was refused; of a parameter that cannot be read, also which."""
    wanted = request.url.path.rpartition(".")[2]
    fmt = Format.JSON if wanted == Format.JSON else Format.XML
    told = [f"{title} ({place})" for place in _places(values)] or [title]
    errors: list[Tree] = [{"code": code, "description": text} for text in told]
    return answer(fmt, "errors", errors, STATUS.get(status, status))


def _places(values: Mapping[str, object]) -> list[str]:
    errors = values.get("errors")
    return [each["place"] for each in errors] if isinstance(errors, list) else []
