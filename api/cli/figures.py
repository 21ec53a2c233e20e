"""The figures of a week or a month: figures."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from api import figures as doors
from api.cli import console, speech
from api.cli.console import app
from api.deps import OPERATOR
from layers.figures import queries, rules
from layers.figures.rules import DENOMINATOR, By, Cell, Group


@app.command()
def figures(
    week: Annotated[str | None, typer.Option(help="ISO week, e.g. 2026-W47.")] = None,
    month: Annotated[str | None, typer.Option(help="Month, e.g. 2026-11.")] = None,
    by: Annotated[By | None, typer.Option(help="A block for each of these.")] = None,
    as_json: console.Json = False,
) -> None:
    """Print what the bureau's work is measured by; without a period, of this week. One that is
    not over is looked at until today.

    Example: gridpatrol figures --month 2026-11 --by township
    """

    with console.transaction() as connection:
        around = console.around(connection)
        asked = doors.period_of(week, month, around.today, around.settings.zone)
        period, _ = rules.compared(asked, around.today)
        groups = queries.tables(connection, OPERATOR, period, by)
    told = {"since": period.first, "until": period.after, "by": by,
            "formulas": [doors.formula(figure, "en") for figure in queries.figures(OPERATOR)],
            "items": [_plain(group, by) for group in groups]}  # fmt: skip
    console.answer(told, as_json=as_json, lines=_told(groups, by))


def _plain(group: Group, by: By | None) -> dict[str, object]:
    cells = [
        {"code": code, "value": cell.value, "p90": cell.p90, "parts": dict(cell.parts)}
        for code, cell in group.cells.items()
    ]
    return {"key": group.key, "name": doors.name_of(group, "en", by), "cells": cells}


def _told(groups: Sequence[Group], by: By | None) -> Iterator[str]:
    for group in groups:
        yield doors.name_of(group, speech.language(), by)
        for code, cell in group.cells.items():
            yield f"  {speech.word(f'figure.{code}'):<30} {_value(cell):>22}  {_parts(cell)}"


def _value(cell: Cell) -> str:
    if cell.value is None:
        return "-"
    if cell.figure.kind == "share":
        return f"{100 * cell.value:.1f} %"
    if cell.p90 is None:
        return f"{cell.value:,.0f}"
    return speech.word("leader.minutes", n=f"{cell.value:.0f} / {cell.p90:.0f}")


def _parts(cell: Cell) -> str:
    shown = ((part, cases) for part, cases in cell.parts.items() if cases or part == DENOMINATOR)
    return ", ".join(
        f"{doors.name_of_part(cell.figure, part, speech.language()).lower()} {cases:,}"
        for part, cases in shown
    )
