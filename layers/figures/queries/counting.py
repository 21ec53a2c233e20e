"""Counting cases for the figures and listing what was counted.

A figure counts the rows of the facts for which its conditions hold; its list shows the same rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import CTE, Connection, RowMapping, Select, and_, func, select, tuple_

from layers import db
from layers.access import Actor
from layers.enquiries.queries import READERS
from layers.errors import Forbidden
from layers.figures import rules
from layers.figures.queries.facts import Column, Condition, facts_of
from layers.figures.rules import CATALOGUE, By, Cell, Figure, Group, Period
from layers.incidents.rules import TAKEN_UP

Tables: TypeAlias = Mapping[By | None, Sequence[Group]]


def counted(
    connection: Connection, actor: Actor, period: Period, by: Sequence[By | None]
) -> Tables:
    """All figures that the actor may see, by each of several groups; None is one group of all
    cases. Each case is reckoned once, whatever it counts in."""
    facts, known = facts_of(actor, period), figures(actor)
    keys = {each: _grouped(facts, each) for each in by if each is not None}
    rows = connection.execute(_asked(facts, known, keys, whole=None in by)).mappings().all()
    found: dict[By | None, list[Group]] = {each: [] for each in by}
    for row in rows:
        each = next((one for one in keys if row[f"{one}.in"]), None)
        found[each].append(_group(known, row, each))
    return found


def _asked(
    facts: CTE, known: Sequence[Figure], keys: Mapping[By, tuple[Column, Column, Column]],
    *, whole: bool,
) -> Select[Any]:  # fmt: skip
    """One pass over the facts, with a set of groups for each table."""
    sets = [tuple_(key) for key, _, _ in keys.values()] + [tuple_()] * whole
    named: Iterator[Column] = (
        column.label(f"{by}.{name}")
        for by, (key, zh, en) in keys.items()
        for name, column in {"in": func.grouping(key) == 0, "key": key,
                             "zh": func.max(zh), "en": func.max(en)}.items()
    )  # fmt: skip
    return (
        select(*named, *_counts(known, facts))
        .group_by(func.grouping_sets(*sets))
        .order_by(*(key.nulls_last() for key, _, _ in keys.values()))
    )


def tables(
    connection: Connection, actor: Actor, period: Period, by: By | None = None
) -> Sequence[Group]:
    """All figures that the actor may see, of each group; without `by` of all cases together."""
    return counted(connection, actor, period, [by])[by]


def total(connection: Connection, actor: Actor, period: Period) -> Group:
    """All figures of all cases in the actor's areas."""
    (found,) = tables(connection, actor, period)
    return found


def figures(actor: Actor) -> list[Figure]:
    """Those that the actor may see: not everybody reads how content people are."""
    hidden = {"satisfaction"} if actor.verbs.isdisjoint(READERS) else set()
    return [figure for figure in CATALOGUE.values() if figure.code not in hidden]


@dataclass(frozen=True)
class Part:
    """Which list of a figure, and of which group: `by` without a `key` is the group of none."""

    figure: Figure
    name: str
    by: By | None = None
    key: str | None = None


LISTED = (
    "id", "case_no", "matter", "matter_zh", "matter_en", "state", "township", "grid", "squad",
    "reported_at", "due_at", "arrived_at", "finished_at", "closed_at", "from_order", "from_report",
)  # fmt: skip


def cases(
    connection: Connection, actor: Actor, part: Part, period: Period, *, after: str, limit: int
) -> Sequence[RowMapping]:
    """The cases that a figure counts, the newest report first, behind a key of `time|id`."""
    if part.figure not in figures(actor):
        raise Forbidden("may_not", verb=READERS[0])
    facts = facts_of(actor, period)
    asked = select(*(facts.c[name] for name in LISTED)).where(
        _holds(rules.part(part.figure, part.name), facts),
    )
    if part.by is not None:
        asked = asked.where(_grouped(facts, part.by)[0].is_not_distinct_from(part.key))
    if after:
        asked = asked.where(tuple_(facts.c.reported_at, facts.c.id) < db.moment_of(after))
    ordered = asked.order_by(facts.c.reported_at.desc(), facts.c.id.desc()).limit(limit)
    return connection.execute(ordered).mappings().all()


def key(row: RowMapping) -> str:
    """The key of a row: where the next page begins."""
    return db.moment_key(row["reported_at"], row["id"])


# --- Conditions ---------------------------------------------------------------------------------


def _in(column: str) -> Callable[[CTE], Condition]:
    def during(facts: CTE) -> Condition:
        moment = facts.c[column]
        return and_(moment >= facts.c.since, moment < facts.c.until)

    return during


def _is(column: str) -> Callable[[CTE], Condition]:
    return lambda facts: facts.c[column]


CONDITIONS: Mapping[str, Callable[[CTE], Condition]] = {
    "reported": _in("reported_at"),
    "filed": _in("filed_at"),
    "decided": _in("decided_at"),
    "arrived": _in("arrived_at"),
    "due": _in("due_at"),
    "ended": lambda facts: and_(
        _in("closed_at")(facts), facts.c.filed_at.is_not(None)
    ),
    "rated": _in("satisfied_at"),
    "closed": _is("closed"),
    "in_time": lambda facts: facts.c.finished_at <= facts.c.due_at,
    "reworked": _is("reworked"),
    "returned": _is("returned"),
    "extended": _is("extended"),
    "by_grid_worker": lambda facts: facts.c.source == rules.VALID_SOURCE,
    "taken_up": lambda facts: facts.c.decision.in_(["file", "fix_on_spot"]),
    "satisfied": lambda facts: facts.c.satisfaction >= rules.SATISFIED_FROM,
    rules.NO_DEADLINE: lambda facts: and_(
        _in("filed_at")(facts), facts.c.due_at.is_(None), ~facts.c.suspended,
        facts.c.state.in_(TAKEN_UP),
    ),
    rules.SUSPENDED: lambda facts: and_(
        facts.c.suspended, _in("suspended_due_at")(facts), facts.c.state.in_(TAKEN_UP)
    ),
    rules.IMPORTED: lambda facts: and_(
        facts.c.imported, _in("reported_at")(facts)
    ),
}  # fmt: skip


def _holds(codes: Iterable[str], facts: CTE) -> Condition:
    return and_(*(CONDITIONS[code](facts) for code in codes))


def _counts(known: Iterable[Figure], facts: CTE) -> Iterator[Column]:
    for figure in known:
        for name, codes in figure.parts.items():
            counted = func.count().filter(_holds(codes, facts))
            yield counted.label(f"{figure.code}.{name}")
        if figure.minutes:
            among = _holds(figure.among, facts)
            for share, name in ((0.5, "median"), (0.9, "p90")):
                middle = func.percentile_cont(share).within_group(facts.c[figure.minutes])
                yield middle.filter(among).label(f"{figure.code}.{name}")


def _group(known: Iterable[Figure], row: RowMapping, by: By | None) -> Group:
    cells = {
        figure.code: Cell(
            figure,
            {name: row[f"{figure.code}.{name}"] for name in figure.parts},
            row.get(f"{figure.code}.median"),
            row.get(f"{figure.code}.p90"),
        )
        for figure in known
    }
    if by is None:
        return Group(None, None, None, cells)
    return Group(row[f"{by}.key"], row[f"{by}.zh"], row[f"{by}.en"], cells)


def _grouped(facts: CTE, by: By) -> tuple[Column, Column, Column]:
    """Key and names of a case's group."""
    if by is By.CLASS:
        return facts.c["class"], facts.c.class_zh, facts.c.class_en
    name = facts.c[f"{by}_name"]
    return facts.c[by], name, name
