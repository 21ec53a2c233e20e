"""Who works at the practice town's bureau: one for each role, all with the same plain password."""

from dataclasses import dataclass
from typing import Literal

PASSWORD = "practice-town"  # noqa: S105  (meant to be known)


@dataclass(frozen=True)
class Member:
    """Somebody to sign in as. The login is the role's code; no kind of area: the whole bureau."""

    login: str
    name: str
    area: Literal["", "township", "squad", "grid"] = ""


PEOPLE = (
    Member("leader", "罗衡"),
    Member("planner", "方圆"),
    Member("dispatcher", "程远", "township"),
    Member("acceptor", "温如"),
    Member("department", "袁启", "township"),
    Member("campaign_officer", "江浩"),
    Member("squad_leader", "石立", "squad"),
    Member("squad_member", "何清", "squad"),
    Member("grid_worker", "林一", "grid"),
    Member("auditor", "严正"),
    Member("administrator", "管宁"),
)
