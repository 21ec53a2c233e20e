"""From data to an approved plan: hotspots, plan, partition, nearest, draw."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from api import nearest as squads
from api import ways
from api.cli import console, speech
from api.cli.console import app
from api.deps import OPERATOR
from geo.crs import Datum
from geo.nearest import Ranked
from geo.partition import Finding
from layers.errors import Invalid
from layers.grids import queries as grids
from layers.hotspots import actions as studies
from layers.hotspots import queries as runs
from layers.plans import actions as plans
from layers.plans import queries as planned
from layers.plans.rules import week_after

plan = typer.Typer(invoke_without_command=True, help="Make, show and approve patrol plans.")
app.add_typer(plan, name="plan")

Day = Annotated[str | None, typer.Option("--as-of", help="First day that no longer counts.")]
AsJson = console.Json


@app.command()
def hotspots(
    as_of: Day = None,
    weeks: Annotated[int, typer.Option(help="Weeks of incidents to look at.")] = 12,
    resolution: Annotated[int, typer.Option(help="H3 resolution.")] = 9,
    as_json: AsJson = False,
) -> None:
    """Study where incidents cluster and print what was found.

    Example: gridpatrol hotspots --as-of 2026-11-16 --weeks 12
    """

    with console.transaction() as connection:
        around = console.around(connection)
        day = console.day(as_of) if as_of else around.today
        parameters = studies.Parameters(day, around.settings.zone, weeks, resolution)
        run_id = studies.study(connection, parameters, **around.common()).run_id
        found = runs.run(connection, around.actor, run_id)
    console.answer(dict(found), as_json=as_json, lines=_told(found["id"], found["found"]))


def _told(run_id: int, found: Mapping[str, object]) -> Iterator[str]:
    yield speech.word("cli.told.run", id=run_id)
    for name in ("area_km2", "cells", "incidents", "outside", "hot", "cold",
                 "hot_within_township", "insufficient"):  # fmt: skip
        yield f"{speech.word(f'study.{name}')}: {found[name]:,}"
    piles = found["piles"] if isinstance(found["piles"], list) else []
    yield from (speech.word("cli.told.pile", **pile) for pile in piles)


@plan.callback()
def make(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="ISO week, e.g. 2026-W48.")] = None,
    capacity: Annotated[int | None, typer.Option(help="Visits a week of the bureau.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft of a week's patrol plan; `plan approve ID`, `plan show ID`.

    Example: gridpatrol plan --week 2026-W48 --capacity 400
    """
    if context.invoked_subcommand is not None:
        return

    with console.transaction() as connection:
        around = console.around(connection)
        wish = plans.Wish(week or week_after(around.today), around.settings.zone, capacity)
        plan_id = plans.draft(connection, wish, **around.common())
        made = planned.one(connection, around.actor, plan_id)
    console.answer(dict(made), as_json=as_json, lines=_summary(dict(made)))


@plan.command()
def approve(plan_id: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Approve a draft: it becomes the week's plan. Example: gridpatrol plan approve 3"""

    with console.transaction() as connection:
        plans.approve(connection, plan_id, actor=OPERATOR, at=console.now())
        approved = planned.one(connection, OPERATOR, plan_id)
    console.answer(dict(approved), as_json=as_json, lines=_summary(dict(approved)))


@plan.command()
def show(plan_id: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show a plan, the most visited grids first. Example: gridpatrol plan show 3"""

    with console.transaction() as connection:
        found = planned.one(connection, OPERATOR, plan_id)
        visits = planned.visits(connection, OPERATOR, plan_id).drop(columns="geometry")
    ordered = visits.sort_values(["visits", "expected"], ascending=False)
    rows = ordered.to_dict("records")
    console.answer({**found, "items": rows}, as_json=as_json, lines=_visits(dict(found), rows))


def _summary(made: Mapping[str, object]) -> Iterator[str]:
    sums = made["parameters"] if isinstance(made["parameters"], dict) else {}
    state = speech.word(f"plan.state.{made['state']}")
    yield speech.word("cli.told.plan", id=made["id"], week=made["week"], state=state)
    yield speech.word("cli.told.visits", n=f"{sums['visits']:,}", most=f"{sums['capacity']:,}")
    yield speech.word("cli.told.expected", n=f"{sums['expected']:,.1f}", met=f"{sums['met']:,.1f}")
    if made["state"] == "draft":
        yield speech.word("cli.told.approve", id=made["id"])


def _visits(made: Mapping[str, object], rows: list[dict[str, object]]) -> Iterator[str]:
    yield from _summary(made)
    for row in rows:
        yield f"{row['code']}  {row['visits']:>3}  {row['expected']:8.2f}  {row['name']}"
        yield f"    {'; '.join(_reasons(row['reasons']))}"


def _reasons(reasons: object) -> list[str]:
    pairs = reasons if isinstance(reasons, list) else []
    return [speech.word(f"reason.{code}", n=f"{number:g}") for code, number in pairs]


@app.command()
def partition(as_json: AsJson = False) -> None:
    """Check whether the grids tile their townships, and list what is wrong.

    Example: gridpatrol partition
    """

    with console.transaction() as connection:
        check = grids.partition(connection, OPERATOR, console.around(connection).today)
    kinds = Counter(str(finding.kind) for finding in check.findings)
    totals = {name: round(value, 2) for name, value in vars(check).items() if name != "findings"}
    findings = [
        {"kind": f.kind, "code": f.code, "other": f.other, "area_m2": round(f.area_m2, 2)}
        for f in check.findings
    ]
    console.answer(
        {"totals": totals, "kinds": kinds, "findings": findings},
        as_json=as_json,
        lines=[
            *(_area(name, value) for name, value in totals.items()),
            *(speech.word("cli.told.made", what=speech.word(f"finding.{kind}"), value=n)
              for kind, n in kinds.items()),
            *map(_finding, check.findings),
        ],
    )  # fmt: skip


def _area(name: str, area: float) -> str:
    return speech.word("cli.told.area", what=speech.word(f"cli.tiled.{name}"), area=f"{area:,.2f}")


def _finding(found: Finding) -> str:
    codes = " ".join(filter(None, (found.code, found.other)))
    what = speech.word(f"finding.{found.kind}")
    return speech.word("cli.told.finding", what=what, codes=codes, area=f"{found.area_m2:,.2f}")


@app.command()
def nearest(
    lon: Annotated[float, typer.Option(help="Longitude.")],
    lat: Annotated[float, typer.Option(help="Latitude.")],
    datum: Annotated[Datum, typer.Option(help="What they are on.")] = Datum.WGS84,
    matter: Annotated[str | None, typer.Option(help="Code of the matter.")] = None,
    limit: Annotated[int, typer.Option(help="How many squads.", min=1, max=100)] = 5,
    as_json: AsJson = False,
) -> None:
    """Name the squads that can be there first, and why.

    Example: gridpatrol nearest --lon 119.95 --lat 29.71 --matter S02
    """

    with console.transaction() as connection:
        around = console.around(connection)
        spot = squads.at_place(connection, (lon, lat), datum, matter, around)
        found = squads.nearest(connection, spot, around, limit=limit)
    console.answer(squads.answer(found), as_json=as_json, lines=_ranked(found))


def _ranked(found: squads.Found) -> Iterator[str]:
    ranking = found.ranking
    for short in found.shortfall:
        yield speech.word(f"nearest.short.{short}")
    for one in (*ranking.squads, *ranking.beyond):
        yield f"{_trip(found, one)}  ({_why(one.reasons)})"
    for one in ranking.passed_over:
        yield f"{_trip(found, one)}  {speech.word('cli.told.passed_over', why=_why(one.why))}"
    for code in found.place_judged:
        yield speech.word(f"nearest.place.{code}")
    for code in ranking.unreached:
        why = _why(("no_way", *found.way_judged[code]))
        yield f"{code}  {found.squads[code].name}  {why}"
    if found.competence is None and found.spot.about.matter is not None:
        yield speech.word("nearest.no_table")
    method = speech.word(f"nearest.method.{ranking.method}")
    yield speech.word("cli.told.travel_time", method=method)


def _trip(found: squads.Found, one: Ranked) -> str:
    name = found.squads[one.code].name
    minutes, metres = f"{one.seconds / 60:.0f}", f"{one.metres:,.0f}"
    return speech.word("cli.told.trip", code=one.code, name=name, minutes=minutes, metres=metres)


def _why(codes: Iterable[str]) -> str:
    return ", ".join(speech.word(f"nearest.reason.{code}") for code in codes)


@app.command()
def draw(
    name: Annotated[
        str, typer.Argument(help="incidents hotspots frequency squads reach partition closure")
    ],
    file: Annotated[Path, typer.Argument(help="A name that ends in .html or .png")],
    language: Annotated[Literal["zh", "en"] | None, typer.Option(help="zh or en.")] = None,
    at: Annotated[
        datetime | None, typer.Option(help="Time of the roster (reach), e.g. 2026-11-23T02:00.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a map into a file; the page works with the network off.

    Example: gridpatrol draw frequency plan.html
    """

    from api import drawings, practice  # matplotlib and folium take a second: others need not wait
    from maps import image, page

    if file.suffix not in (".html", ".png"):
        raise Invalid("file_kind_unknown", file=file.name, known=[".html", ".png"])
    with console.transaction() as connection:
        around = console.around(connection)
        spoken = language or around.settings.language
        asked = drawings.Asked(
            around.settings.name(spoken), spoken, around.at, around.settings.zone,
            source=around.settings.source, practice=practice.stands(connection, OPERATOR),
            of=at and at.replace(tzinfo=around.settings.zone),
            engine=lambda connection, mode: ways.asked(connection, None).of(connection, mode),
            belief=around.settings.belief,
        )  # fmt: skip
        sheet = drawings.sheet(connection, OPERATOR, name, asked)
    if file.suffix == ".png":
        drawn = image.render(sheet)
    else:
        drawn = page.render(sheet, page.Inlined(around.settings.web)).encode()
    console.write(file, drawn)
    console.answer(
        {"drawn": str(file)}, as_json=as_json, lines=[speech.word("cli.told.drawn", file=file)]
    )
