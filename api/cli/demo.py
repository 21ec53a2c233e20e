"""The main job on a practice town, with one command."""

from typing import Annotated

import typer

from api import founding, ordering
from api.cli import console, running
from api.cli.console import app
from api.deps import OPERATOR
from api.listening import Door, Wish, refuse_taken
from api.people import Desk
from data.people import PASSWORD
from data.scales import Size
from layers.access import transaction

LOOK = ("", "planning", "report", "maps/frequency.html", "maps/hotspots.html", "api/docs")


@app.command()
def demo(
    size: Annotated[Size, typer.Option(help="small or prefecture (takes some minutes).")] = "small",
    port: running.Port = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when it is made.")] = False,
    as_json: console.Json = False,
) -> None:
    """Make a practice town, study it, plan next week, and serve it all.

    Example: gridpatrol demo
    """
    from api import practice  # the town's makers take half a second that others need not wait

    here = Wish(port=port)
    if not no_serve:
        refuse_taken(here.host, here.port, "port_taken")
    with console.database() as engine:
        with transaction(engine, OPERATOR) as connection:
            around = console.around(connection)
            practice.prepare(connection, size, around)
        console.work_through(engine, around.at)
        with transaction(engine, OPERATOR) as connection:
            made = practice.summary(connection, around)
            desk = Desk(connection, around.actor, around.at, around.today)
            areas = founding.practise(desk)
            ordering.send(connection, areas["squad_member"], areas["department"], around)
        lines = [f"{name}: {value}" for name, value in made.items()] + _told(areas)
        people = {"people": areas, "password": PASSWORD}
        console.answer({**made, **people}, as_json=as_json, lines=lines)
        if not no_serve:
            console.say("Look at:")
            for page in LOOK:
                console.say(f"  http://127.0.0.1:{port}/{page}")
            running.listen(running.url_of(engine), Door(here))


def _told(areas: dict[str, str]) -> list[str]:
    people = (f"  {login} ({area or 'the whole bureau'})" for login, area in areas.items())
    return [f"people to sign in as, password {PASSWORD}:", *people]
