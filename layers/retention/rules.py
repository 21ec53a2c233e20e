"""The kinds that are not kept for good, and for how many days unless the bureau says otherwise."""

from collections.abc import Mapping
from enum import StrEnum, auto

from layers.errors import Invalid, NotFound

LONGEST = 36_500


class Kind(StrEnum):
    """What is forgotten, and from when its days are counted."""

    REPORTERS = auto()
    """Who reported: from the closing of the case."""
    ENQUIRIES = auto()
    """What was asked, answered and said of it, in words: from the closing of the case."""
    WORDS = auto()
    """A case's own words: from its closing."""
    TEXTS = auto()
    """What people typed beside a row of the journal: from that row."""
    STEPS = auto()
    """What people typed with the steps of a case: from its closing."""
    PHOTOS = auto()
    """Photographs of a case: from its closing."""
    TRACKS = auto()
    """Where squads went during a shift, and what was noted of it: from its end. How much of a day
    was spent in which grid stays."""
    PEOPLE = auto()
    """Names and logins of who left: from that day."""
    SESSIONS = auto()
    """Sign-ins on a device: from their end."""
    SIGN_INS = auto()
    """Failed sign-ins, and from where somebody signed in: from the last one."""
    JOBS = auto()
    """Background work with its arguments and results: from its end."""
    UPLOADS = auto()
    """Files that were sent, and their refused rows: from the end of their job."""


DAYS: Mapping[Kind, int] = {
    # Half a year: so long may a citizen take the bureau to court (行政诉讼法 第四十六条).
    Kind.REPORTERS: 183,
    Kind.ENQUIRIES: 183,
    # Ten years, as administrative files are commonly kept: the history that a bureau brings along
    # must not be gone the night after.
    Kind.WORDS: 3650,
    # Three years: past the two in which an offence is pursued (行政处罚法 第三十六条).
    Kind.TEXTS: 1095,
    Kind.STEPS: 1095,
    Kind.PHOTOS: 1095,
    Kind.TRACKS: 30,
    Kind.PEOPLE: 1095,
    Kind.SESSIONS: 30,
    Kind.SIGN_INS: 30,
    Kind.JOBS: 90,
    Kind.UPLOADS: 30,
}
SHORTEST: Mapping[Kind, int] = {
    # Long enough to call back and to hear what is said of it.
    Kind.REPORTERS: 30,
    Kind.ENQUIRIES: 30,
    # What a case shows outlasts the year in which it is judged.
    Kind.WORDS: 365,
    Kind.STEPS: 365,
    Kind.PHOTOS: 365,
    # Half a year and no less, as of logs (网络安全法 第二十一条), with whom they name.
    Kind.TEXTS: 184,
    Kind.PEOPLE: 184,
    Kind.TRACKS: 1,
    Kind.SESSIONS: 1,
    Kind.SIGN_INS: 1,
    Kind.JOBS: 1,
    Kind.UPLOADS: 1,
}
"""Nobody does away with what speaks against them by a number."""
UNKNOWN = frozenset({Kind.SESSIONS, Kind.SIGN_INS})
"""Only counted when forgotten: no row of the journal names one of these, and the key of a sign-in
is a digest of a login, which could be guessed."""


def kind_of(name: str) -> Kind:
    if name not in set(Kind):
        raise NotFound("no_retention", kind=name, known=[*Kind])
    return Kind(name)


def check_days(kind: Kind, days: int) -> None:
    if not SHORTEST[kind] <= days <= LONGEST:
        raise Invalid("bad_retention", shortest=SHORTEST[kind], longest=LONGEST)
