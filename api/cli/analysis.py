"""From data to an approved plan: hotspots, plan, partition, nearest, draw."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from api import nearest as squads
from api.cli import console
from api.cli.console import app
from api.deps import OPERATOR
from geo.crs import Datum
from layers.errors import Invalid
from layers.grids import queries as grids
from layers.hotspots import actions as studies
from layers.hotspots import queries as runs
from layers.plans import actions as plans
from layers.plans import queries as planned
from layers.plans.rules import week_after
from maps import theme

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
    yield f"run {run_id}"
    for name in ("area_km2", "cells", "incidents", "outside", "hot", "cold",
                 "hot_within_township", "insufficient"):  # fmt: skip
        yield f"{theme.word(f'study.{name}', 'en')}: {found[name]:,}"
    piles = found["piles"] if isinstance(found["piles"], list) else []
    yield from (
        "suspected default location {lon}, {lat}: {count} incidents on one point, counted as "
        "{capped_to}".format_map(pile)
        for pile in piles
    )


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
    yield f"plan {made['id']} for {made['week']}: {made['state']}"
    yield f"visits: {sums['visits']:,} of {sums['capacity']:,}"
    yield f"incidents expected in the week: {sums['expected']:,.1f}, met: {sums['met']:,.1f}"
    if made["state"] == "draft":
        yield f"approve it: gridpatrol plan approve {made['id']}"


def _visits(made: Mapping[str, object], rows: list[dict[str, object]]) -> Iterator[str]:
    yield from _summary(made)
    for row in rows:
        yield f"{row['code']}  {row['visits']:>3}  {row['expected']:8.2f}  {row['name']}"
        yield f"    {'; '.join(_reasons(row['reasons']))}"


def _reasons(reasons: object) -> list[str]:
    pairs = reasons if isinstance(reasons, list) else []
    return [theme.word(f"reason.{code}", "en", n=f"{number:g}") for code, number in pairs]


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
            *(f"{name}: {value:,.2f}" for name, value in totals.items()),
            *(f"{theme.word(f'finding.{kind}', 'en')}: {n}" for kind, n in kinds.items()),
            *(f"  {f['kind']} {f['code'] or ''} {f['other'] or ''} {f['area_m2']} m2"
              for f in findings),
        ],
    )  # fmt: skip


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

    Example: gridpatrol nearest --lon 119.95 --lat 29.71
    """

    with console.transaction() as connection:
        found = squads.nearest(
            connection, OPERATOR, (lon, lat), datum, console.now(), matter=matter, limit=limit
        )
    console.answer(squads.answer(found), as_json=as_json, lines=_ranked(found))


def _ranked(found: squads.Found) -> Iterator[str]:
    ranking = found.ranking
    for short in ranking.shortfall:
        yield theme.word(f"nearest.short.{short}", "en")
    for one in (*ranking.squads, *ranking.beyond):
        why = ", ".join(theme.word(f"nearest.reason.{reason}", "en") for reason in one.reasons)
        name = found.names[one.code]
        yield f"{one.code}  {name}  {one.seconds / 60:.0f} min  {one.metres:,.0f} m  ({why})"
    yield f"travel time: {theme.word(f'nearest.method.{ranking.method}', 'en')}"


@app.command()
def draw(
    name: Annotated[
        str, typer.Argument(help="incidents hotspots frequency squads partition closure")
    ],
    file: Annotated[Path, typer.Argument(help="A name that ends in .html or .png")],
    language: Annotated[Literal["zh", "en"] | None, typer.Option(help="zh or en.")] = None,
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
        )  # fmt: skip
        sheet = drawings.sheet(connection, OPERATOR, name, asked)
    if file.suffix == ".png":
        drawn = image.render(sheet)
    else:
        drawn = page.render(sheet, page.Inlined(around.settings.web)).encode()
    console.write(file, drawn)
    console.answer({"drawn": str(file)}, as_json=as_json, lines=[f"drawn: {file}"])
