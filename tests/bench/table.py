"""The figures as one table for people, or as JSON for machines."""

from collections.abc import Iterable, Sequence

from tests.bench.measure import Figures, Goal, Line, Unit

OTHERS = ("limit", "peer", "naive")
HEAD = ("what", "ours", *OTHERS, "ours is better by", "goal", "met")
SCALES: dict[Unit, tuple[tuple[float, str], ...]] = {
    "seconds": ((1, "s"), (1e-3, "ms"), (1e-6, "us")),
    "bytes": ((1e6, "MB"), (1e3, "kB"), (1, "B")),
    "exponent": ((1, ""),),
}


def table(lines: Sequence[Line]) -> str:
    """Markdown, in columns of even width."""
    rows = [HEAD, *(_row(line) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = ["-" * width for width in widths]
    padded = (_padded(row, widths) for row in (rows[0], rule, *rows[1:]))
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


def _padded(row: Iterable[str], widths: Iterable[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]


def _row(line: Line) -> tuple[str, ...]:
    others = [name for name in OTHERS if name in line.sides]
    return (
        line.what,
        _figures(line.ours, line.unit),
        *(_side(line, name) for name in OTHERS),
        "; ".join(f"{name} {_spread(line.ratios(name))}" for name in others),
        "; ".join(_goal(goal, line.unit) for goal in line.goals),
        "; ".join(_verdict(line, goal) for goal in line.goals),
    )


def _side(line: Line, name: str) -> str:
    if name not in line.sides:
        return ""
    side = line.sides[name]
    return f"{side.label} {_figures(side, line.unit)}"


def _figures(figures: Figures, unit: Unit) -> str:
    """Median and spread in the unit that suits the median."""
    scale, name = next(
        (each for each in SCALES[unit] if figures.median >= each[0]), SCALES[unit][-1]
    )
    scaled = Figures("", [value / scale for value in figures.values])
    return f"{_spread(scaled)} {name}".rstrip()


def _spread(figures: Figures) -> str:
    least, most = _number(min(figures.values)), _number(max(figures.values))
    return _number(figures.median) + (f" ({least}-{most})" if least != most else "")


def _number(value: float) -> str:
    """Three figures, and no more than there are."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _goal(goal: Goal, unit: Unit) -> str:
    kind = "aim " if goal.aim else ""
    if goal.against:
        return f"{kind}{goal.against} >= {_number(goal.bound)}"
    return f"{kind}<= {_figures(Figures('', [goal.bound]), unit)}"


def _verdict(line: Line, goal: Goal) -> str:
    return "met" if line.met(goal) else "not reached" if goal.aim else "MISSED"


def as_json(line: Line) -> dict[str, object]:
    """All figures of a line, in seconds or bytes."""
    return {
        "row": line.row,
        "what": line.what,
        "unit": line.unit,
        "sides": {name: _summary(side) for name, side in line.sides.items()},
        "ratios": {name: _summary(line.ratios(name)) for name in line.sides if name != "ours"},
        "goals": [{**vars(goal), "met": line.met(goal)} for goal in line.goals],
    }


def _summary(figures: Figures) -> dict[str, object]:
    return {
        "label": figures.label,
        "median": figures.median,
        "least": min(figures.values),
        "most": max(figures.values),
        "values": figures.values,
    }
