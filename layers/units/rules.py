"""What offices there are, how they are rung up, and that none stands above itself. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum, auto

from layers.errors import Invalid


class UnitKind(StrEnum):
    """What an office is: the bureau and those it works with (the "1+8" linkage)."""

    ENFORCEMENT_BUREAU = auto()
    SQUAD_OFFICE = auto()
    TOWNSHIP_GOVERNMENT = auto()
    DEPARTMENT = auto()
    POLICE_STATION = auto()
    JUSTICE_OFFICE = auto()
    MARKET_OFFICE = auto()
    LAND_OFFICE = auto()
    FIRE_STATION = auto()
    VILLAGE_COMMITTEE = auto()
    CONTRACTOR = auto()
    OTHER = auto()


KIND_NAMES: Mapping[str, UnitKind] = {
    **{kind.value: kind for kind in UnitKind},
    "综合行政执法局": UnitKind.ENFORCEMENT_BUREAU, "城市管理局": UnitKind.ENFORCEMENT_BUREAU,
    "执法局": UnitKind.ENFORCEMENT_BUREAU, "城管局": UnitKind.ENFORCEMENT_BUREAU,
    "综合行政执法队": UnitKind.SQUAD_OFFICE, "执法中队": UnitKind.SQUAD_OFFICE,
    "中队": UnitKind.SQUAD_OFFICE, "执法队": UnitKind.SQUAD_OFFICE,
    "镇政府": UnitKind.TOWNSHIP_GOVERNMENT, "乡镇政府": UnitKind.TOWNSHIP_GOVERNMENT,
    "街道办事处": UnitKind.TOWNSHIP_GOVERNMENT, "街道办": UnitKind.TOWNSHIP_GOVERNMENT,
    "部门": UnitKind.DEPARTMENT, "职能部门": UnitKind.DEPARTMENT, "专业部门": UnitKind.DEPARTMENT,
    "派出所": UnitKind.POLICE_STATION, "公安派出所": UnitKind.POLICE_STATION,
    "司法所": UnitKind.JUSTICE_OFFICE, "市场监管所": UnitKind.MARKET_OFFICE,
    "市场监督管理所": UnitKind.MARKET_OFFICE, "自然资源所": UnitKind.LAND_OFFICE,
    "自然资源和规划所": UnitKind.LAND_OFFICE, "国土所": UnitKind.LAND_OFFICE,
    "消防救援站": UnitKind.FIRE_STATION, "消防站": UnitKind.FIRE_STATION,
    "村委会": UnitKind.VILLAGE_COMMITTEE, "居委会": UnitKind.VILLAGE_COMMITTEE,
    "村民委员会": UnitKind.VILLAGE_COMMITTEE, "居民委员会": UnitKind.VILLAGE_COMMITTEE,
    "社区": UnitKind.VILLAGE_COMMITTEE, "村": UnitKind.VILLAGE_COMMITTEE,
    "作业单位": UnitKind.CONTRACTOR, "养护单位": UnitKind.CONTRACTOR,
    "保洁公司": UnitKind.CONTRACTOR, "其他": UnitKind.OTHER,
}  # fmt: skip
"""Kinds as files of bureaus call them."""

PHONE = re.compile(r"[0-9+(][0-9 +()/,;#*x、转-]{2,39}")
MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


def plain(phone: str) -> str:
    """Full-width digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", phone).strip()


def is_phone(text: str) -> bool:
    """Digits and the signs between them; a name beside the number makes it a person's."""
    return PHONE.fullmatch(text) is not None


def is_mobile(text: str) -> bool:
    """Whether it holds a number of the kind that people carry with them."""
    return MOBILE.search(text) is not None


def checked_phone(typed: str | None) -> str | None:
    phone = None if typed is None else plain(typed)
    if phone is not None and not is_phone(phone):
        raise Invalid("bad_phone")
    return phone


def check_dates(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise Invalid("unit_ends_first", valid_from=valid_from, valid_to=valid_to)


def circles(above: Mapping[str, str | None]) -> frozenset[str]:
    """The units that stand above themselves, by way of others or directly."""
    found, seen = set[str](), set[str]()
    for start in above:
        path: dict[str, int] = {}
        code: str | None = start
        while code is not None and code not in seen:
            seen.add(code)
            path[code] = len(path)
            code = above.get(code)
        if code in path:
            found |= {each for each, place in path.items() if place >= path[code]}
    return frozenset(found)
