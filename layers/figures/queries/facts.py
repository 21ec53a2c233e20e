"""One row for each case about which anything happened in a period, as it stood at its end."""

from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from layers.access import Actor, within
from layers.enquiries.tables import Enquiry
from layers.figures import rules
from layers.figures.rules import Period
from layers.grids.tables import Grid, Township
from layers.incidents.queries import STANDS
from layers.incidents.rules import CLOSED, HANDLED, MERGED, OPEN, SENT, TO_RECHECK
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.squads.tables import Squad

Condition: TypeAlias = ColumnElement[bool]
Column: TypeAlias = SQLColumnExpression[Any]
"""Of whatever type: what is looked at is only compared and counted."""


def facts_of(actor: Actor, period: Period) -> CTE:
    """Each case about which anything happened in the period, as it stood at its end. Materialized:
    each of the many conditions would reckon it anew."""
    touched, rated = _touched(period), _rated(period)
    story = _story(touched, period)
    is_, told = story.c, story.c.incident_id.is_not(None)
    state = func.coalesce(is_.state, Incident.state)
    squad = within(actor, Squad.township_code, squad=Squad.code)
    arrived_at, reported_at = is_.arrived_at, func.coalesce(is_.reported_at, Incident.occurred_at)
    ordered_at = _ordered(story)
    closed = case((told, state == CLOSED), else_=Incident.closed_at < period.until)
    asked = (
        select(
            Incident.id, Incident.case_no, Incident.source, state.label("state"),
            Matter.code.label("matter"), Matter.name_zh.label("matter_zh"),
            Matter.name_en.label("matter_en"), _class().label("class"), Matter.class_zh,
            Matter.class_en, Grid.code.label("grid"), Grid.name.label("grid_name"),
            Grid.township_code.label("township"), Township.name.label("township_name"),
            is_.squad, Squad.name.label("squad_name"), (~told).label("imported"),
            reported_at.label("reported_at"), is_.filed_at, is_.decided_at, is_.decision,
            arrived_at, _minutes(arrived_at, ordered_at).label("from_order"),
            _minutes(arrived_at, reported_at).label("from_report"),
            is_.finished_at, _due(story, state).label("due_at"), _sure(closed).label("closed"),
            case((_sure(closed), func.coalesce(is_.closed_at, Incident.closed_at))
                 ).label("closed_at"),
            *(_sure(is_[name]).label(name) for name in ("reworked", "returned", "extended")),
            _sure(is_.suspended).label("suspended"), is_.suspended_due_at,
            rated.c.satisfied_at, rated.c.satisfaction,
        )
        .join(touched, touched.c.id == Incident.id)
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(story, story.c.incident_id == Incident.id)
        .outerjoin(rated, rated.c.id == Incident.id)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .outerjoin(Township, Township.code == Grid.township_code)
        .outerjoin(Squad, and_(Squad.code == is_.squad, squad))
        .where(STANDS, Incident.merged_into.is_(None), Incident.state != MERGED,
               within(actor, Grid.township_code))
    )  # fmt: skip
    return asked.cte("facts").prefix_with("MATERIALIZED")


def _class() -> ColumnElement[str]:
    """Such as event-01: components and events have the same codes for other classes."""
    return case(
        (Matter.class_code.is_not(None), func.concat_ws("-", Matter.kind, Matter.class_code))
    )


def _during(moment: Column, period: Period) -> Condition:
    return and_(moment >= period.since, moment < period.until)


def _touched(period: Period) -> CTE:
    """By the indexes on what can lie in the period; reports of files have no steps."""
    step, case_, said = Step.__table__.c, Incident.__table__.c, Enquiry.__table__.c
    return union(
        select(Step.incident_id.label("id")).where(_during(step.happened_at, period)),
        select(Step.incident_id).where(_during(step.due_at, period)),
        select(Incident.id).where(_during(case_.due_at, period)),
        select(Incident.id).where(_during(case_.occurred_at, period)),
        select(_root()).select_from(Enquiry).join(Incident, Incident.id == Enquiry.incident_id)
        .where(_during(said.satisfied_at, period)),
    ).cte("touched")  # fmt: skip


def _story(touched: CTE, period: Period) -> Subquery:
    """The steps of each case until the end of the period, as one row."""
    ends = or_(Step.verb.in_(["finish", "reopen"]),
               and_(Step.verb == "force_close", Step.from_state.in_(SENT)))  # fmt: skip
    finished = case((Step.verb != "reopen", Step.happened_at))
    halts = Step.verb.in_(["suspend", "resume"])
    entered = and_(Step.to_state == CLOSED, Step.from_state != CLOSED)
    decides = Step.verb.in_(["file", "reject", "fix_on_spot"])
    at = func.min(Step.happened_at)
    state = _newest(Step.to_state)
    return (
        select(
            Step.incident_id, func.max(Step.version).label("version"), state.label("state"),
            at.filter(Step.verb == "report").label("reported_at"),
            at.filter(Step.verb == "file").label("filed_at"),
            at.filter(decides).label("decided_at"), _first(Step.verb, decides).label("decision"),
            at.filter(Step.verb == "arrive").label("arrived_at"),
            func.min(Step.version).filter(Step.verb == "arrive").label("arrival"),
            func.max(Step.happened_at).filter(entered).label("closed_at"),
            _newest(finished, ends).label("finished_at"), _newest(Step.due_at, ends).label("met"),
            _newest(Step.details["squad"].astext, Step.verb == "dispatch").label("squad"),
            and_(_newest(Step.verb, halts) == "suspend", state.in_(OPEN)).label("suspended"),
            _newest(Step.due_at, Step.verb == "suspend").label("suspended_due_at"),
            _any(Step.verb == "rework").label("reworked"),
            _any(Step.verb.in_(rules.RETURNS)).label("returned"),
            _any(Step.verb == "extend").label("extended"),
        )
        .join(touched, touched.c.id == Step.incident_id)
        .where(Step.happened_at < period.until)
        .group_by(Step.incident_id)
        .subquery("story")
    )  # fmt: skip


def _due(story: Subquery, state: Column) -> Column:
    """The deadline that a squad had or has: the one that was met, or the one that ran then, which
    the next step has kept. What was given back waits for a squad and has none."""
    next_ = (
        select(Step.due_at)
        .where(Step.incident_id == Incident.id, Step.version == story.c.version + 1)
        .scalar_subquery()
    )
    running = case((Incident.version > story.c.version, next_), else_=Incident.due_at)
    return case(
        (state.in_(SENT), running),
        (state.in_([HANDLED, TO_RECHECK, CLOSED]), story.c.met),
    )


def _rated(period: Period) -> Subquery:
    """How content whoever asked was with a case, by the last word of the period."""
    said = Enquiry.__table__.c
    return (
        select(_root().label("id"), said.satisfied_at, said.satisfaction)
        .select_from(Enquiry).join(Incident, Incident.id == Enquiry.incident_id)
        .where(_during(said.satisfied_at, period))
        .ext(distinct_on(_root())).order_by(_root(), said.satisfied_at.desc(), said.id)
        .subquery("rated")
    )  # fmt: skip


def _root() -> Column:
    return func.coalesce(Incident.merged_into, Incident.id)


def _ordered(story: Subquery) -> Column:
    """When the order was given on which a squad first arrived."""
    return (
        select(func.max(Step.happened_at))
        .where(Step.incident_id == story.c.incident_id, Step.verb == "dispatch",
               Step.version < story.c.arrival)
        .scalar_subquery()
    )  # fmt: skip


def _minutes(end: Column, begin: Column) -> Column:
    return cast(func.extract("epoch", end - begin) / 60, Double)


def _first(column: Column, where: Condition) -> Column:
    ordered: Column = func.array_agg(aggregate_order_by(column, Step.version)).filter(where)
    return ordered[1]


def _newest(column: Column, where: Condition | None = None) -> Column:
    newest_first = func.array_agg(aggregate_order_by(column, Step.version.desc()))
    ordered: Column = newest_first if where is None else newest_first.filter(where)
    return ordered[1]


def _any(where: Condition) -> Column:
    return func.bool_or(where)


def _sure(condition: Column) -> Column:
    """What is not known is not so."""
    return func.coalesce(condition, false())
