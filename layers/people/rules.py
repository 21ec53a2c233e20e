"""What a login and a password must be, how guessing is slowed, how long a sign-in lives. Pure."""

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from ipaddress import IPv6Network, ip_address

from layers.errors import Invalid, TooSoon
from layers.roles import BUREAU, Area, AreaKind, Role, Verb

# --- Login, name and password -------------------------------------------------------------------

LONGEST_LOGIN = 64
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256  # characters; what is longer only costs work


def folded(login: str) -> str:
    """The one form of a login: full-width letters and case make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold()).strip()


def is_login(folded_login: str) -> bool:
    return 0 < len(folded_login) <= LONGEST_LOGIN and not any(
        letter.isspace() or unicodedata.category(letter)[0] == "C" for letter in folded_login
    )


def check_login(login: str) -> str:
    """The login in its one form; raises where it has spaces, control letters, or no letter."""
    found = folded(login)
    if not is_login(found):
        raise Invalid("bad_login", longest=LONGEST_LOGIN)
    return found


LONGEST_NAME = 100


def check_name(name: str) -> str:
    """A name as others read it, of any script; raises where it is empty, long or unreadable."""
    found = unicodedata.normalize("NFC", name).strip()
    unseen = any(unicodedata.category(letter)[0] == "C" for letter in found)
    if unseen or not 0 < len(found) <= LONGEST_NAME:
        raise Invalid("bad_name", longest=LONGEST_NAME)
    return found


class State(StrEnum):
    """Where somebody stands: at work, among these still without a password, or gone."""

    ACTIVE = auto()
    WAITING = auto()
    DISABLED = auto()


def check_password(login: str, password: str) -> None:
    """Length is what makes a password hard to guess; composition rules make it easy to forget."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid("password_length", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)
    if folded(password) == folded(login):
        raise Invalid("password_is_login")


# --- Guessing -----------------------------------------------------------------------------------

LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True)
class Limit:
    """Failures before the first pause, and how long a pause becomes."""

    free: int
    longest: timedelta = LONGEST_PAUSE


LOGIN = Limit(5)
ADDRESS = Limit(50)
"""Many people share a bureau's address."""
CROWD = Limit(100, timedelta(seconds=2))
"""Of all addresses that have not yet spent their tries at a login: somebody whom it belongs to may
be among them."""
FORGOTTEN = timedelta(days=1)
KNOWN = timedelta(days=30)
"""So long is an address remembered from which somebody has signed in."""


@dataclass(frozen=True)
class Tries:
    """Failures so far; before `until` nothing is tried."""

    failures: int
    until: datetime


def key(*parts: str) -> str:
    """What is counted, unreadable: people type passwords into the field of the login."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def neighbourhood(address: str) -> str:
    """An address as one guesser has it: of IPv6 whole networks of 64 bits."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Network((int(found), 64), strict=False)) if found.version == 6 else str(found)


def spent(tries: Tries, limit: Limit, at: datetime) -> bool:
    return tries.failures >= limit.free and at - tries.until <= FORGOTTEN


def one_more(tries: Tries, limit: Limit, at: datetime) -> Tries:
    """Count a try, which fails until it is proven; raises during a pause, which does not grow so.

    The pause doubles from 1 s to its longest: it slows guessing, and shuts nobody out for long.
    """
    if tries.failures >= limit.free and at < tries.until:
        raise TooSoon("too_many_tries", seconds=_whole_seconds(tries.until - at))
    failures = 1 if at - tries.until > FORGOTTEN else tries.failures + 1
    return Tries(failures, at + pause(failures, limit))


def pause(failures: int, limit: Limit) -> timedelta:
    if failures < limit.free:
        return timedelta(0)
    return min(timedelta(seconds=2.0 ** min(failures - limit.free, 10)), limit.longest)


def _whole_seconds(left: timedelta) -> int:
    return -(-left // timedelta(seconds=1))


# --- How long -----------------------------------------------------------------------------------

IDLE = timedelta(hours=12)
LONGEST_SESSION = timedelta(days=30)
CODE_LIFE = timedelta(days=14)
NOTICED = timedelta(minutes=1)
"""A session's last use is written down so exactly, and not at each request."""

# --- Scopes -------------------------------------------------------------------------------------

READ = "read"
SCOPES = (READ, *Verb)
"""A token reads what its person sees; each other scope adds a verb of the same name."""


def check_scopes(scopes: Iterable[str], held: Collection[Verb]) -> list[str]:
    """The scopes of a token, `read` always among them; raises where its person holds one not."""
    wanted = {READ, *scopes}
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        raise Invalid("no_scope", scope=unknown[0], known=SCOPES)
    useless = sorted(wanted - {READ, *held})
    if useless:
        raise Invalid("useless_scope", scopes=useless, held=sorted({READ, *held}))
    return [scope for scope in SCOPES if scope in wanted]


def verbs_of(scopes: Iterable[str]) -> frozenset[Verb]:
    return frozenset(Verb(scope) for scope in scopes if scope != READ)


# --- Roles and areas ----------------------------------------------------------------------------

OF_THE_BUREAU = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
"""Their verbs are for the whole bureau: in a township they would allow nothing."""
FINER: Mapping[Role, AreaKind] = {
    Role.GRID_WORKER: AreaKind.GRID,
    Role.SQUAD_MEMBER: AreaKind.SQUAD,
    Role.SQUAD_LEADER: AreaKind.SQUAD,
}
"""Roles that are held in a township or in one thing of this kind, and never in the whole bureau."""
ROLE_NAMES: Mapping[str, Role] = {
    **{role.value: role for role in Role if role is not Role.RESIDENT},
    "网格员": Role.GRID_WORKER, "采集员": Role.GRID_WORKER, "监督员": Role.GRID_WORKER,
    "队员": Role.SQUAD_MEMBER, "中队队员": Role.SQUAD_MEMBER, "执法队员": Role.SQUAD_MEMBER,
    "中队长": Role.SQUAD_LEADER, "队长": Role.SQUAD_LEADER, "受理员": Role.ACCEPTOR,
    "派遣员": Role.DISPATCHER, "指挥员": Role.DISPATCHER, "专业部门": Role.DEPARTMENT,
    "部门": Role.DEPARTMENT, "计划员": Role.PLANNER, "专项办": Role.CAMPAIGN_OFFICER,
    "领导": Role.LEADER, "审计员": Role.AUDITOR, "管理员": Role.ADMINISTRATOR,
}  # fmt: skip
"""Roles as files of bureaus call them."""


def check_days(since: date, until: date | None, today: date) -> None:
    """A power begins today or later and ends after it begins: what was held is not rewritten."""
    if since < today:
        raise Invalid("day_past", day=since)
    if until is not None and until <= since:
        raise Invalid("power_ends_first", since=since, until=until)


Days = tuple[date, date | None]
"""From the first until before the second, or without an end."""


def covers(held: Days, wanted: Days) -> bool:
    """Whether all of the wanted days are among those that are held."""
    ends = held[1] is None or (wanted[1] is not None and wanted[1] <= held[1])
    return held[0] <= wanted[0] and ends


Areas = Mapping[AreaKind, Collection[str]]
"""The codes that there are, by kind."""


def kinds_of(role: Role) -> tuple[AreaKind, ...]:
    """The kinds of area in which a role may be held, the usual one first."""
    if role is Role.RESIDENT:
        return ()
    if role in OF_THE_BUREAU:
        return (AreaKind.BUREAU,)
    return (FINER.get(role, AreaKind.BUREAU), AreaKind.TOWNSHIP)


def refusal_of(role: Role, code: str, known: Areas) -> str | None:
    """Why a role cannot be held in the area of this code or, where it is empty, without one."""
    kinds = kinds_of(role)
    if not kinds:
        return "role_not_given"
    if not code:
        return None if AreaKind.BUREAU in kinds else "area_needed"
    if kinds == (AreaKind.BUREAU,):
        return "area_not_for_role"
    return None if _kinds(role, code, known) else "unknown_area"


def area_of(role: Role, code: str, known: Areas) -> Area:
    """The area that a code means for a role; no code means the whole bureau."""
    refusal = refusal_of(role, code, known)
    if refusal is not None:
        raise Invalid(refusal, code=code, role=role.value)
    return Area(_kinds(role, code, known)[0], code) if code else BUREAU


def _kinds(role: Role, code: str, known: Areas) -> list[AreaKind]:
    return [kind for kind in kinds_of(role) if code in known.get(kind, ())]
