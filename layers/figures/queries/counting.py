"""Counting cases for the figures and listing what was counted.

A figure counts the rows of the facts for which its conditions hold; its list shows the same rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, Connection, RowMapping, Text, and_, cast, func, null, select, tuple_

from layers import db
from layers.access import Actor
from layers.enquiries.queries import READERS
from layers.errors import Forbidden
from layers.figures import rules
from layers.figures.queries.facts import Column, Condition, facts_of
from layers.figures.rules import CATALOGUE, By, Cell, Figure, Group, Period
from layers.incidents.rules import TAKEN_UP


def tables(
    connection: Connection, actor: Actor, period: Period, by: By | None = None
) -> list[Group]:
    """All figures that the actor may see, of each group; without `by` of all cases together."""
    facts, known = facts_of(actor, period), figures(actor)
    key, name_zh, name_en = _grouped(facts, by)
    asked = select(key.label("key"), func.max(name_zh).label("name_zh"),
                   func.max(name_en).label("name_en"), *_counts(known, facts, period))  # fmt: skip
    if by is not None:
        asked = asked.group_by(key).order_by(key.nulls_last())
    return [_group(known, row) for row in connection.execute(asked).mappings()]


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
        _holds(rules.part(part.figure, part.name), facts, period),
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


def _in(column: str) -> Callable[[CTE, Period], Condition]:
    def during(facts: CTE, period: Period) -> Condition:
        moment = facts.c[column]
        return and_(moment >= period.since, moment < period.until)

    return during


def _is(column: str) -> Callable[[CTE, Period], Condition]:
    return lambda facts, _period: facts.c[column]


CONDITIONS: Mapping[str, Callable[[CTE, Period], Condition]] = {
    "reported": _in("reported_at"),
    "filed": _in("filed_at"),
    "decided": _in("decided_at"),
    "arrived": _in("arrived_at"),
    "due": _in("due_at"),
    "ended": lambda facts, period: and_(
        _in("closed_at")(facts, period), facts.c.filed_at.is_not(None)
    ),
    "rated": _in("satisfied_at"),
    "closed": _is("closed"),
    "in_time": lambda facts, _: facts.c.finished_at <= facts.c.due_at,
    "reworked": _is("reworked"),
    "returned": _is("returned"),
    "extended": _is("extended"),
    "by_grid_worker": lambda facts, _: facts.c.source == rules.VALID_SOURCE,
    "taken_up": lambda facts, _: facts.c.decision.in_(["file", "fix_on_spot"]),
    "satisfied": lambda facts, _: facts.c.satisfaction >= rules.SATISFIED_FROM,
    rules.NO_DEADLINE: lambda facts, period: and_(
        _in("filed_at")(facts, period), facts.c.due_at.is_(None), ~facts.c.suspended,
        facts.c.state.in_(TAKEN_UP),
    ),
    rules.SUSPENDED: lambda facts, period: and_(
        facts.c.suspended, _in("suspended_due_at")(facts, period)
    ),
    rules.IMPORTED: lambda facts, period: and_(
        facts.c.imported, _in("reported_at")(facts, period)
    ),
}  # fmt: skip


def _holds(codes: Iterable[str], facts: CTE, period: Period) -> Condition:
    return and_(*(CONDITIONS[code](facts, period) for code in codes))


def _counts(known: Iterable[Figure], facts: CTE, period: Period) -> Iterator[Column]:
    for figure in known:
        for name, codes in figure.parts.items():
            counted = func.count().filter(_holds(codes, facts, period))
            yield counted.label(f"{figure.code}.{name}")
        if figure.minutes:
            among = _holds(figure.among, facts, period)
            for share, name in ((0.5, "median"), (0.9, "p90")):
                middle = func.percentile_cont(share).within_group(facts.c[figure.minutes])
                yield middle.filter(among).label(f"{figure.code}.{name}")


def _group(known: Iterable[Figure], row: RowMapping) -> Group:
    cells = {
        figure.code: Cell(
            figure,
            {name: row[f"{figure.code}.{name}"] for name in figure.parts},
            row.get(f"{figure.code}.median"),
            row.get(f"{figure.code}.p90"),
        )
        for figure in known
    }
    return Group(row["key"], row["name_zh"], row["name_en"], cells)


def _grouped(facts: CTE, by: By | None) -> tuple[Column, Column, Column]:
    """Key and names of a case's group."""
    if by is None:
        none = cast(null(), Text)
        return none, none, none
    if by is By.CLASS:
        return facts.c["class"], facts.c.class_zh, facts.c.class_en
    name = facts.c[f"{by}_name"]
    return facts.c[by], name, name
