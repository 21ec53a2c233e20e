"""Whose squads they are, and who is competent for what: a bureau in each county with a brigade of
its own and a team in each township, and two departments that have no squads here.

So one meets at the desk what a bureau meets: the nearest squad may not be the competent one, and
for litter in rivers nobody who can be sent is.
"""

from collections.abc import Iterator

import pandas as pd

COUNTY = 6
"""Of a township's code so many digits are its county's."""
BUREAU, BRIGADE, WORKS, RIVERS = "01", "02", "03", "04"
COUNTY_OFFICES = (
    (BUREAU, "县综合行政执法局", "enforcement_bureau", None),
    (BRIGADE, "县综合行政执法局直属大队", "squad_office", BUREAU),
    (WORKS, "县市政设施管理中心", "department", None),
    (RIVERS, "县河道管理所", "department", None),
)
DUMPED, BUILT, MANHOLE, RIVER = "S03", "S05", "S06", "S10"


def units(townships: pd.DataFrame) -> pd.DataFrame:
    """code, name, kind, township, parent. A county is called after its first township."""
    columns = ["code", "name", "kind", "township", "parent"]
    return pd.DataFrame([*_of_counties(townships), *_of_townships(townships)], columns=columns)


Row = tuple[str | None, ...]


def _of_counties(townships: pd.DataFrame) -> Iterator[Row]:
    for county, names in townships.groupby(townships["code"].str[:COUNTY])["name"]:
        stem = names.iloc[0].removesuffix("街道").removesuffix("镇").removesuffix("乡")
        for number, name, kind, parent in COUNTY_OFFICES:
            yield f"{county}{number}", stem + name, kind, None, parent and f"{county}{parent}"


def _of_townships(townships: pd.DataFrame) -> Iterator[Row]:
    for code, name in zip(townships["code"], townships["name"], strict=True):
        bureau = code[:COUNTY] + BUREAU
        yield _team(code), f"{name}综合行政执法队", "squad_office", code, bureau


def _team(township: str) -> str:
    return f"{township}01"


def units_of(squads: pd.DataFrame) -> pd.Series:
    """Each squad's unit: its township's team; where a township has several, the last squad is of
    the county's brigade."""
    last = ~squads.duplicated("township", keep="last") & squads.duplicated("township", keep=False)
    brigade = squads["township"].str[:COUNTY] + BRIGADE
    return brigade.where(last, squads["township"].map(_team))


def jurisdiction(townships: pd.DataFrame) -> pd.DataFrame:
    """matter, township, unit, part."""
    rows = [row for code in townships["code"] for row in _competent(code)]
    return pd.DataFrame(rows, columns=["matter", "township", "unit", "part"])


def _competent(township: str) -> Iterator[tuple[str, str, str, str]]:
    county, team = township[:COUNTY], _team(township)
    yield "*", township, county + BUREAU, "responsible"
    yield DUMPED, township, county + BRIGADE, "responsible"
    yield BUILT, township, county + BRIGADE, "responsible"
    yield BUILT, township, team, "joint"
    yield MANHOLE, township, county + WORKS, "responsible"
    yield MANHOLE, township, team, "joint"
    yield RIVER, township, county + RIVERS, "responsible"
