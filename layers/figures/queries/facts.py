"""One row for each case about which anything happened in a period, as it stood at its end."""

from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Double,
    SmallInteger,
    SQLColumnExpression,
    Subquery,
    Uuid,
    Values,
    and_,
    case,
    cast,
    column,
    false,
    func,
    or_,
    select,
    true,
    union,
    values,
)
from sqlalchemy.sql.selectable import LateralFromClause

from layers.access import Actor, within
from layers.figures import rules
from layers.figures.rules import Period
from layers.grids.tables import Grid, Township
from layers.incidents.queries import STANDS
from layers.incidents.rules import (
    CLOSED,
    HANDLED,
    MERGED,
    OPEN,
    SENT,
    TO_RECHECK,
    WHILE_SUSPENDED,
)
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.squads.tables import Squad

Condition: TypeAlias = ColumnElement[bool]
Column: TypeAlias = SQLColumnExpression[Any]
"""Of whatever type: what is looked at is only compared and counted."""


def facts_of(actor: Actor, period: Period) -> CTE:
    """Each case about which anything happened in a period, as it stood at the end of that.
    Materialized: each of the many conditions would reckon it anew."""
    reckoned = _reckoned(period)
    squad = within(actor, Squad.township_code, squad=Squad.code)
    asked = (
        select(
            reckoned,
            Matter.code.label("matter"),
            Matter.name_zh.label("matter_zh"),
            Matter.name_en.label("matter_en"),
            _class().label("class"),
            Matter.class_zh,
            Matter.class_en,
            Grid.code.label("grid"),
            Grid.name.label("grid_name"),
            Grid.township_code.label("township"),
            Township.name.label("township_name"),
            Squad.name.label("squad_name"),
        )
        .join(Matter, Matter.code == reckoned.c.matter_code)
        .outerjoin(Grid, Grid.id == reckoned.c.grid_id)
        .outerjoin(Township, Township.code == Grid.township_code)
        .outerjoin(Squad, and_(Squad.code == reckoned.c.squad, squad))
        .where(within(actor, Grid.township_code))
    )
    return asked.cte("facts").prefix_with("MATERIALIZED")


def _reckoned(period: Period) -> Subquery:
    """What the steps of each case tell. What stands and had no deadline yet is counted where it was
    filed."""
    rated = _rated(period)
    touched = _touched(period, rated)
    case_ = _case(touched)
    story = _story(touched, case_)
    its, is_, told = case_.c, story.c, story.c.version.is_not(None)
    state = func.coalesce(is_.state, its.state)
    suspended, due_at = _sure(is_.suspended), _due(case_, story, state)
    arrived_at, reported_at = is_.arrived_at, func.coalesce(is_.reported_at, its.occurred_at)
    closed = _sure(case((told, state == CLOSED), else_=its.closed_at < touched.c.until))
    return (
        select(
            touched.c.since, touched.c.until, its.id, its.case_no, its.source, its.matter_code,
            its.grid_id, state.label("state"), is_.squad,
            (~told).label("imported"), reported_at.label("reported_at"), is_.filed_at,
            is_.decided_at, is_.decision, arrived_at,
            _minutes(arrived_at, _ordered(case_, story)).label("from_order"),
            _minutes(arrived_at, reported_at).label("from_report"),
            is_.finished_at,
            case((~suspended, due_at)).label("due_at"), closed.label("closed"),
            case((closed, func.coalesce(is_.closed_at, its.closed_at))).label("closed_at"),
            *(_sure(is_[name]).label(name) for name in ("reworked", "returned", "extended")),
            suspended.label("suspended"),
            func.coalesce(due_at, is_.filed_at).label("suspended_due_at"),
            rated.c.satisfied_at, rated.c.satisfaction,
        )
        .select_from(touched).join(case_, true()).outerjoin(story, true())
        .outerjoin(rated, rated.c.id == touched.c.id)
        .subquery("reckoned")
    )  # fmt: skip


def _class() -> ColumnElement[str]:
    """Such as event-01: components and events have the same codes for other classes."""
    return case(
        (Matter.class_code.is_not(None), func.concat_ws("-", Matter.kind, Matter.class_code))
    )


def _days(period: Period) -> Values:
    moment = DateTime(timezone=True)
    days = values(column("since", moment), column("until", moment), name="days")
    return days.data([(period.since, period.until)])


def _touched(period: Period, rated: CTE) -> CTE:
    """The function knows what can lie in a period (migration 0037) but for what people said of it
    then; of all that is told only the cases in sight are looked at."""
    days = _days(period)
    told = func.cases_touched(days.c.since, days.c.until, type_=Uuid())
    return union(
        select(days.c.since, days.c.until, told.label("id")),
        select(days.c.since, days.c.until, rated.c.id).join(rated, true()),
    ).cte("touched")


def _case(touched: CTE) -> LateralFromClause:
    """A case by its key. The offset keeps it apart: of a month's many the planner would else make
    a walk through the cases of all years."""
    asked = select(
        Incident.id, Incident.case_no, Incident.source, Incident.matter_code, Incident.grid_id,
        Incident.state, Incident.version, Incident.occurred_at, Incident.closed_at, Incident.due_at,
    ).where(
        Incident.id == touched.c.id, STANDS, Incident.merged_into.is_(None),
        Incident.state != MERGED,
    )  # fmt: skip
    return asked.offset(0).lateral("its")


def _story(touched: CTE, case_: LateralFromClause) -> LateralFromClause:
    """The steps of a case until the end of the period, as one row; of a case without steps none
    are looked for."""
    steps = _steps(touched, case_)
    its = steps.c
    verb, at = its.verb, its.happened_at
    ends = or_(verb.in_(["finish", "reopen"]),
               and_(verb == "force_close", its.from_state.in_(SENT)))  # fmt: skip
    halts = verb.in_(["suspend", *WHILE_SUSPENDED])
    entered = and_(its.to_state == CLOSED, its.from_state != CLOSED)
    decides = verb.in_(["file", "reject", "fix_on_spot"])
    state = _newest(its.to_state)
    told: list[Column] = [
        func.max(its.version).label("version"), state.label("state"),
        func.min(at).filter(verb == "report").label("reported_at"),
        func.min(at).filter(verb.in_(rules.FILES)).label("filed_at"),
        func.min(at).filter(decides).label("decided_at"),
        _first(verb, decides).label("decision"),
        func.max(at).filter(verb == "dispatch").label("ordered_at"),
        func.max(its.version).filter(verb == "dispatch").label("order"),
        func.min(at).filter(verb == "arrive").label("arrived_at"),
        func.min(its.version).filter(verb == "arrive").label("arrival"),
        func.max(at).filter(entered).label("closed_at"),
        _newest(case((verb != "reopen", at)), ends).label("finished_at"),
        _newest(its.due_at, ends).label("met"),
        _newest(its.details["squad"].astext, verb == "dispatch").label("squad"),
        and_(_newest(verb, halts) == "suspend", state.in_(OPEN)).label("suspended"),
        _newest(its.due_at, verb == "suspend").label("stood_at"),
        func.bool_or(verb == "rework").label("reworked"),
        func.bool_or(verb.in_(rules.RETURNS)).label("returned"),
        func.bool_or(verb == "extend").label("extended"),
    ]  # fmt: skip
    return select(*told).select_from(steps).lateral("story")


def _steps(touched: CTE, case_: LateralFromClause) -> LateralFromClause:
    """The newest first, as the index has them: what is gathered of them stays in this order, while
    each aggregate of its own order would sort them again. The time is kept from its index, which
    would be read whole for each case."""
    asked = select(
        Step.version, Step.verb, Step.from_state, Step.to_state, Step.happened_at, Step.due_at,
        Step.details,
    ).where(
        Step.incident_id == case_.c.id, (Step.happened_at < touched.c.until).is_(true()),
        case_.c.version > 0,
    )  # fmt: skip
    return asked.order_by(Step.version.desc()).correlate(touched, case_).lateral("steps")


def _due(case_: LateralFromClause, story: LateralFromClause, state: Column) -> Column:
    """The deadline that a squad had or has: the one that was met, the one that ran then, which the
    next step has kept, or the one that ran until its clock stood. What was given back waits for a
    squad and has none."""
    next_ = (
        select(Step.due_at)
        .where(Step.incident_id == case_.c.id, Step.version == story.c.version + 1)
        .scalar_subquery()
    )
    running = case((case_.c.version > story.c.version, next_), else_=case_.c.due_at)
    return case(
        (and_(story.c.suspended, state.in_(SENT)), story.c.stood_at),
        (state.in_(SENT), running),
        (state.in_([HANDLED, TO_RECHECK, CLOSED]), story.c.met),
    )


def _rated(period: Period) -> CTE:
    """How content whoever asked was with a case, by the last word of the period. The function hears
    also those whose report was merged into it from out of sight (migration 0041)."""
    told = func.cases_rated(period.since, period.until)
    return select(told.table_valued(
        column("id", Uuid), column("satisfied_at", DateTime(timezone=True)),
        column("satisfaction", SmallInteger),
    )).cte("rated")  # fmt: skip


def _ordered(case_: LateralFromClause, story: LateralFromClause) -> Column:
    """When the order was given on which a squad first arrived: the last one, unless the case was
    sent anew after that."""
    before = (
        select(func.max(Step.happened_at))
        .where(Step.incident_id == case_.c.id, Step.verb == "dispatch",
               Step.version < story.c.arrival)
        .scalar_subquery()
    )  # fmt: skip
    return case((story.c.order < story.c.arrival, story.c.ordered_at), else_=before)


def _minutes(end: Column, begin: Column) -> Column:
    return cast(func.extract("epoch", end - begin) / 60, Double)


def _newest(column: Column, where: Condition | None = None) -> Column:
    """Of steps that come the newest first."""
    gathered: Any = func.array_agg(column)
    newest: Column = (gathered if where is None else gathered.filter(where))[1]
    return newest


def _first(column: Column, where: Condition) -> Column:
    gathered: Column = func.array_agg(column).filter(where)
    return gathered[func.cardinality(gathered)]


def _sure(condition: Column) -> Column:
    """What is not known is not so."""
    return func.coalesce(condition, false())
