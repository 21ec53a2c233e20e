"""Figures at the doors: in words, with the version of each formula, and a period's report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from layers.access import Actor
from layers.errors import Invalid
from layers.figures import queries, rules
from layers.figures.rules import By, Cell, Figure, Finding, Group, Period
from layers.plans.rules import monday, week_of
from maps.theme import Language, word


def period_of(week: str | None, month: str | None, today: date, zone: ZoneInfo) -> Period:
    """The week or the month that is named; else the week of today."""
    if week is not None and month is not None:
        raise Invalid("week_or_month")
    if month is not None:
        return rules.month(month, zone)
    return rules.week_from(monday(week or week_of(today)), zone)


@dataclass(frozen=True)
class Report:
    """What a leader reads of a period: all of it, the period before, and where it was done."""

    period: Period
    before: Period
    today: date
    now: Group
    then: Group
    townships: Sequence[Group]
    squads: Sequence[Group]

    @property
    def findings(self) -> list[Finding]:
        if self.today < self.period.first:
            return [Finding("to_come", {})]
        return rules.findings(self.now, self.then, self.townships)

    @property
    def so_far(self) -> bool:
        return self.period.runs(self.today)

    def told(self, language: Language) -> Iterator[str]:
        """The findings in words; of a period that runs the first says so."""
        for number, finding in enumerate(self.findings):
            text = word(f"leader.told.{finding.code}", language, **finding.values)
            if self.so_far and number == 0:
                text = word("leader.told_so_far", language, day=self.today, told=text)
            yield text


def report(connection: Connection, actor: Actor, asked: Period, today: date) -> Report:
    period, before = rules.compared(asked, today)
    told = (None, By.TOWNSHIP, By.SQUAD)
    found = queries.counted(connection, actor, period, told)
    (now,), townships, squads = (found[by] for by in told)
    then = queries.total(connection, actor, before)
    return Report(period, before, today, now, then, townships, squads)


# --- In words -----------------------------------------------------------------------------------


def name_of(group: Group, language: Language, by: By | None) -> str:
    """A row's name; where it has none its code, and a word where it is no such group."""
    if by is None:
        return word("figures.all", language)
    if group.key is None:
        return word(f"figures.none.{by}", language)
    return (group.name_en if language == "en" else group.name_zh) or group.key


def name_of_part(figure: Figure, part: str, language: Language) -> str:
    own = f"{figure.code}." if part not in figure.apart else ""
    return word(f"figure.{own}{part}", language)


def formula(figure: Figure, language: Language) -> dict[str, object]:
    """What a figure is called, how it is reckoned, and what its lists are."""
    return {
        "code": figure.code,
        "version": figure.version,
        "name": word(f"figure.{figure.code}", language),
        "formula": word(f"figure.{figure.code}.formula", language),
        "parts": {part: name_of_part(figure, part, language) for part in figure.parts},
    }


# --- As a table ---------------------------------------------------------------------------------


def frame(groups: Iterable[Group], by: By | None, language: Language) -> pd.DataFrame:
    """A row for each group; the heads carry the version of each formula."""
    return pd.DataFrame([dict(_columns(group, by, language)) for group in groups])


def _columns(group: Group, by: By | None, language: Language) -> Iterator[tuple[str, object]]:
    yield word("figures.key", language), group.key
    yield word("figures.group", language), name_of(group, language, by)
    for cell in group.cells.values():
        yield from _values(cell, language)


def _values(cell: Cell, language: Language) -> Iterator[tuple[str, object]]:
    figure = cell.figure
    head = f"{word(f'figure.{figure.code}', language)} v{figure.version}"
    for name, value in measures(cell).items():
        yield f"{head} {word(f'figures.{name}', language)}", value
    for part, cases in cell.parts.items():
        yield f"{head}: {name_of_part(figure, part, language)}", cases


def measures(cell: Cell) -> Mapping[str, float | None]:
    """What a figure says, by what it is: a share, or minutes. Of a mere count its cases say all."""
    if cell.figure.kind == "minutes":
        return {"median": _tenths(cell.median), "p90": _tenths(cell.p90)}
    return {"share": cell.value} if cell.figure.kind == "share" else {}


def _tenths(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes, 1)
