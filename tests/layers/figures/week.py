"""The cases of a week, minute by minute."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from layers.access import Actor, Verb
from layers.figures import rules
from tests.cast import WEST

SHANGHAI = ZoneInfo("Asia/Shanghai")
BUREAU = Actor("chief", frozenset(Verb))
WESTERN = replace(BUREAU, townships=frozenset({WEST}))
WEEK = rules.week_from(date(2026, 11, 16), SHANGHAI)
NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)
HOUR, DAY = 60, 1440
IN_WEST, IN_EAST = (119.905, 29.705), (119.915, 29.705)
Told = tuple[int, str]

TO_SCENE = ((2, "file"), (5, "dispatch"), (6, "accept"), (20, "arrive"))
HANDLED = (*TO_SCENE, (45, "finish"))
GIVEN = {
    "file": {"standard": True}, "close": {"standard": True}, "reject": {"reason": "x"},
    "dispatch": {"squad": "S1"}, "decline": {"reason": "x"}, "rework": {"reason": "x"},
    "finish": {"photos": ["photo_after"]}, "fix_on_spot": {"photos": ["photo_before",
                                                                     "photo_after"]},
    "ask_extension": {"reason": "x"}, "suspend": {"reason": "x", "until": date(2027, 1, 4)},
    "force_close": {"reason": "x"}, "reopen": {"reason": "x"}, "send_back": {"reason": "x"},
    "recall": {"reason": "x"},
}  # fmt: skip

# Minutes after Monday noon. To arrive 30 minutes from the order, to finish 30 from the arrival; the
# last instant is in time.
TOLD: dict[str, tuple[Told, ...]] = {
    "in time": (*HANDLED, (90, "close")),
    "closed late": (*HANDLED, (3 * DAY, "close")),
    "finished late": (*TO_SCENE, (51, "finish"), (60, "close")),
    "waits for its closing": HANDLED,
    "never arrived": TO_SCENE[:3],
    "done again": (*HANDLED, (60, "rework"), (61, "recall"), (62, "dispatch"), (63, "accept"),
                   (70, "arrive"), (80, "finish"), (99, "force_close")),
    "taken up and ended": (*HANDLED, (60, "close"), (61, "reopen"), (62, "force_close")),
    "given back": (*TO_SCENE[:2], (8, "decline"), (9, "dispatch"), (10, "accept"), (59, "arrive"),
                   (60, "finish"), (61, "close")),
    "never sent": TO_SCENE[:1],
    "sent back": (*TO_SCENE[:1], (4, "send_back")),
    "stands before it is sent": (*TO_SCENE[:1], (4, "suspend")),
    "given more time": (*TO_SCENE, (30, "ask_extension"), (31, "extend"), (80, "finish"),
                        (81, "close")),
    "stands": (*TO_SCENE, (25, "suspend")),
    "stands once it is handled": (*HANDLED, (50, "suspend")),
    "a report that stands": ((2, "request_check"), (3, "suspend")),
    "sent back, stands": (*TO_SCENE[:1], (4, "send_back"), (5, "suspend")),
    "stood at the scene and was ended": (*TO_SCENE, (25, "suspend"), (26, "force_close")),
    "rejected": ((2, "reject"),),
    "taken up after all": ((2, "reject"), (3, "reopen"), (5, "dispatch"), (6, "decline"),
                           (7, "dispatch"), (8, "accept"), (52, "arrive"), (60, "finish"),
                           (62, "rework"), (64, "arrive"), (70, "finish"), (71, "close")),
    "fixed": ((1, "fix_on_spot"),),
    "ended by force": (*TO_SCENE, (22, "force_close")),
    "stood, was ended and taken up": ((2, "file"), (3, "suspend"), (4, "force_close"),
                                      (5, "reopen")),
    "of last week": tuple((at - 7 * DAY, verb) for at, verb in (*HANDLED, (90, "close"))),
    "due next week": ((7 * DAY - 13 * HOUR, "file"), (6 * DAY + 11 * HOUR + 50, "dispatch")),
}  # fmt: skip
