"""Taking people in from a file.

No password comes in a file and none is made here: whoever is new can sign in after a one-time
code was issued, which is an act of its own.
"""

from collections.abc import Collection
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, select, text

from layers import db
from layers.access import Actor, Verb, in_person, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted, restored
from layers.people import rules
from layers.people.actions.ending import tell
from layers.people.queries import area_codes, areas
from layers.people.tables import Person
from layers.roles import Role

PEOPLE_FIELDS = (
    Field("login", "code", required=True, aliases=("账号", "用户名", "登录名", "工号", "user"),
          longest=rules.LONGEST_LOGIN),
    Field("name", aliases=("姓名", "人员姓名"), longest=100),
    Field("role", required=True, aliases=("角色", "岗位", "职务"), longest=64),
    Field("area", "code", aliases=("区域", "区域编码", "辖区", "责任网格", "township", "grid"),
          longest=64),
)  # fmt: skip
"""Telephone numbers and whatever else a file has are not kept."""


def import_people(
    connection: Connection,
    given: Checked | pd.DataFrame,
    *,
    squads: Collection[str],
    actor: Actor,
    at: datetime,
    today: date,
) -> Outcome:
    """Add people and powers: a row is a person with one role in one area.

    For the roles that a file names, its areas take the place of those held before: that is how
    somebody is transferred. Other roles stay. Who has left does not come back by a file.
    """
    in_person(actor)
    may(actor, Verb.MANAGE)
    checked = as_checked(given, ("name", "area"))
    _settle_logins(checked)
    _settle_roles(checked)
    _settle_areas(connection, checked, squads, today)
    connection.execute(text("LOCK TABLE people, powers IN SHARE ROW EXCLUSIVE MODE"))
    _refuse_who_left(connection, checked)
    checked.keep_last(["login", "role", "area"])
    db.stage(connection, "people JOIN powers ON people.id = person_id", _rows(checked.frame))
    counts = _merge(connection, {"at": at, "today": today, "by": actor.name})
    tell(connection)
    return noted(connection, "people", checked, counts, actor=actor, at=at)


def _settle_logins(checked: Checked) -> None:
    logins = checked.frame["login"].astype("str").fillna("").map(rules.folded)
    checked.frame["login"] = logins
    checked.refuse(~logins.map(rules.is_login).to_numpy(dtype=bool), "login", "bad_login")


def _settle_roles(checked: Checked) -> None:
    roles = checked.frame["role"].astype("str").str.strip().str.lower().map(rules.ROLE_NAMES)
    unknown = roles.isna().to_numpy()
    checked.refuse(unknown, "role", "unknown_role")
    checked.frame["role"] = roles[~unknown].astype("str").to_numpy()


def _settle_areas(
    connection: Connection, checked: Checked, squads: Collection[str], today: date
) -> None:
    every = area_codes(connection, squads=squads, today=today)
    codes = restored(checked, "area", every).astype("str").fillna("")
    known = areas(connection, set(codes), squads=squads, today=today)
    pairs = list(zip(checked.frame["role"], codes, strict=True))
    refusals = {(role, code): rules.refusal_of(Role(role), code, known) for role, code in {*pairs}}
    checked.frame = checked.frame.assign(area=codes, refusal=[refusals[pair] for pair in pairs])
    for code in sorted({code for code in refusals.values() if code is not None}):
        checked.refuse((checked.frame["refusal"] == code).to_numpy(), "area", code)
    kept = zip(checked.frame["role"], checked.frame["area"], strict=True)
    checked.frame["area_kind"] = [
        rules.area_of(Role(role), code, known).kind.value for role, code in kept
    ]


def _refuse_who_left(connection: Connection, checked: Checked) -> None:
    left = select(Person.login).where(Person.state == "disabled")
    gone = checked.frame["login"].isin(connection.execute(left).scalars().all())
    checked.refuse(gone.to_numpy(), "login", "has_left")


def _merge(connection: Connection, given: dict[str, object]) -> tuple[int, int]:
    counted = connection.execute(text(COUNT), given).one()
    for statement in (RENAME, ADD_PEOPLE, END_POWERS, ADD_POWERS):
        connection.execute(text(statement), given)
    return counted.new, counted.changed


HOLDS = "w.valid_from <= :today AND (w.valid_to IS NULL OR w.valid_to > :today)"
SAME = """w.person_id = p.id AND w.role = i.role
    AND w.area_kind = i.area_kind AND w.area_code = i.area_code"""
COUNT = f"""
    SELECT count(*) FILTER (WHERE p.id IS NULL) AS new,
           count(*) FILTER (WHERE p.id IS NOT NULL AND (coalesce(i.name, p.name) <> p.name
               OR NOT EXISTS (SELECT FROM powers w WHERE {SAME} AND {HOLDS}))) AS changed
    FROM incoming i LEFT JOIN people p ON p.login = i.login
"""
RENAME = """
    UPDATE people p SET name = i.name FROM incoming i
    WHERE i.login = p.login AND i.name <> p.name
"""
ADD_PEOPLE = """
    INSERT INTO people (id, login, name, state, made_at)
    SELECT DISTINCT ON (login) gen_random_uuid(), login, coalesce(name, login), 'active', :at
    FROM incoming i WHERE NOT EXISTS (SELECT FROM people p WHERE p.login = i.login)
"""
END_POWERS = f"""
    UPDATE powers w SET valid_to = :today FROM people p
    WHERE w.person_id = p.id AND {HOLDS}
      AND EXISTS (SELECT FROM incoming i WHERE i.login = p.login AND i.role = w.role)
      AND NOT EXISTS (SELECT FROM incoming i WHERE i.login = p.login AND {SAME})
"""
ADD_POWERS = f"""
    INSERT INTO powers (person_id, role, area_kind, area_code, valid_from, granted_by)
    SELECT p.id, i.role, i.area_kind, i.area_code, :today, :by
    FROM incoming i JOIN people p ON p.login = i.login
    WHERE NOT EXISTS (SELECT FROM powers w WHERE {SAME} AND {HOLDS})
"""


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows as powers, and one name for each login: the last one in the file."""
    names = frame["name"].astype("str").groupby(frame["login"]).transform("last")
    return frame[["login", "role", "area_kind"]].assign(name=names, area_code=frame["area"])
