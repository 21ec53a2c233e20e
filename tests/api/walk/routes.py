"""All routes, and what each write is sent.

New routes join by themselves; one with a parameter or a body that nobody has described fails.
"""

from io import BytesIO
from uuid import uuid4

from fastapi.routing import APIRoute
from PIL import Image

from api import app as door
from tests.api.walk.world import World
from tests.cast import EAST

ROUTES = [
    (method, route.path)
    for router in (*door.AT_ONCE, *door.OPEN, *door.ROUTERS)
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]
ENDLESS = "/api/stream"
"""Told in tests of its own: an answer that never ends cannot be compared."""
READS = [path for method, path in ROUTES if method == "GET" and path != ENDLESS]
WRITES = [(method, path) for method, path in ROUTES if method not in ("GET", "HEAD")]
READS_BY_POST = [
    route for route in ("/api/addresses", "/api/nearest-squads", "/api/people/search")
    if ("POST", route) in ROUTES
]  # fmt: skip
"""Ask for what is not to stand in an address."""
PHONE = {"json": {"phone": "13800001111"}}
FILE = ("t.csv", b'code,name,wkt\n339901103,x,"POLYGON((1 1,2 1,2 2,1 1))"\n')
PICTURE = BytesIO()
Image.new("RGB", (8, 8)).save(PICTURE, "PNG")
PHOTO = {
    "content": PICTURE.getvalue(), "params": {"kind": "before"},
    "headers": {"Content-Type": "image/png"},
}  # fmt: skip
OWN_DOOR = {
    "POST /sign-in": {}, "POST /sign-out": {}, "POST /choose-password": {}, "POST /api/token": {},
    "DELETE /api/token": {}, "POST /account/sessions/{session}/end": {},
    "POST /account/tokens/{token_id}/end": {},
    "POST /open311/v2/requests.{fmt}": {},
    "POST /api/public/reports": {}, "PUT /api/public/reports/{token}/photos/{photo_id}": {},
    "POST /api/public/reports/{token}/satisfaction": {}, "POST /report": {},
    "POST /r/{token}/satisfaction": {}, "POST /r/{token}/photos/{photo_id}": {},
}  # fmt: skip
"""About nobody but who asks; each has its own tests."""


def bodies(world: World) -> dict[str, dict[str, object]]:
    """What each write is sent, about things that only whole townships or the bureau show."""
    case, person = "/api/incidents/{incident_id}", "/api/people/{person_id}"
    enquiry = "/api/enquiries/{enquiry_id}"
    step = {"event_id": str(uuid4()), "happened_at": "2026-11-16T12:00:00+08:00", "standard": True}
    report = {
        "id": str(world.foreign_case), "matter": "S02", "lon": 119.9153, "lat": 29.7042,
        "occurred_at": "2026-11-16T11:00:00+08:00",
    }  # fmt: skip
    unit = {"name": "x", "kind": "other", "township": EAST}
    power = {"role": "planner", "area": EAST}
    moved = step | {"incident": str(world.foreign_case), "verb": "file"}
    return {
        **OWN_DOOR,
        "POST /api/squads/{squad}/shifts": {"json": {}},
        "POST /api/squads/{squad}/shifts/end": {},
        "PUT /api/squads/{squad}/service": {"json": {"out_of_service": "break"}},
        "POST /api/devices": {"json": {"code": "P9", "squad": "S2"}},
        "POST /api/devices/{device}/token": {}, "POST /api/devices/{device}/disable": {},
        "PATCH /api/bureau": {"json": {"name_zh": "x"}},
        "POST /api/units": {"json": {"code": "U9"} | unit},
        "PUT /api/units/{code}": {"json": unit},
        "POST /api/units/{code}/end": {"json": {}},
        "POST /api/jobs/{job_id}/again": {}, "POST /api/jobs/{job_id}/cancel": {},
        "POST /api/addresses": {"json": {"text": "柳河路"}},
        "POST /api/nearest-squads": {"json": {"lon": 119.9153, "lat": 29.7042}},
        "POST /api/dispatch/solve": {"json": {}},
        "POST /api/dispatch/commit": {"json": {
            "job": str(world.foreign_job),
            "pairs": [{"incident": str(world.foreign_case), "squad": "S1"}]}},
        "POST /api/hotspots": {"json": {}}, "POST /api/plans": {"json": {"week": "2026-W49"}},
        "POST /api/plans/{plan_id}/approve": {},
        "POST /api/imports/{layer}": {"files": {"file": FILE}},
        "POST /api/incidents": {"json": report},
        f"POST {case}/release": {"json": {"texts": True}},
        "POST /api/incidents/batch": {"json": {"items": [{"report": report}, {"step": moved}]}},
        f"POST {case}/steps/{{verb}}": {"json": step},
        f"PUT {case}/photos/{{photo_id}}": PHOTO,
        f"PUT {case}/reporter": PHONE, f"PATCH {case}/reporter": PHONE,
        f"DELETE {case}/reporter": {},
        "POST /api/enquiries": {"json": {
            "id": str(uuid4()), "channel": "phone", "incident": str(world.foreign_case)}},
        f"POST {enquiry}/answer": {"json": {"text": "x"}},
        f"POST {enquiry}/call-back": {"json": {"reached": True}},
        f"POST {case}/redact": {"json": {"description": "x", "reason": "x"}},
        f"POST {case}/events/{{event_id}}/redact": {"json": {"reason": "x"}},
        f"POST {case}/photos/{{photo_id}}/redact": {"json": {"reason": "x"}},
        f"POST {enquiry}/redact": {"json": {"reason": "x"}},
        "POST /api/reporters/find": PHONE, "POST /api/reporters/remove": PHONE,
        "PUT /api/retention/{kind}": {"json": {"days": 365}},
        "POST /api/people/search": {"json": {}},
        "POST /api/people": {"json": {"login": "new.one"} | power},
        f"POST {person}/name": {"json": {"name": "x"}},
        f"POST {person}/disable": {}, f"POST {person}/enable": {}, f"POST {person}/sign-out": {},
        f"POST {person}/powers": {"json": power},
        f"POST {person}/powers/{{power}}/end": {"json": {}},
        f"POST {person}/powers/{{power}}/transfer": {"json": power},
        f"POST {person}/code": {}, "POST /api/people/codes": {"json": {}},
        f"POST {person}/tokens": {"json": {"name": "x", "days": 1}},
        f"POST {person}/tokens/{{token_id}}/end": {},
        "POST /api/journal/verify": {"json": {}},
        "POST /api/journal/people": {"json": {"text": "east"}},
    }  # fmt: skip
