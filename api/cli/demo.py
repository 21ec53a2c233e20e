"""The main job on a practice town, with one command."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer

from api import founding, supervisor
from api.cli import console, running, speech
from api.cli.console import app
from api.deps import OPERATOR
from api.listening import Door, Wish, refuse_taken
from api.pages import PAGES
from api.people import Desk
from data.people import PASSWORD
from data.scales import Size
from layers.access import transaction

LOOK = (*(page.path for page in PAGES), "/maps/frequency.html", "/maps/hotspots.html")


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
    # The town's makers take half a second that others need not wait.
    from api import incoming, moving, practice

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
            moving.settle(connection, around)
            going = moving.patrols(connection, around)
            desk = Desk(connection, around.actor, around.at, around.today)
            areas = founding.practise(desk)
            incoming.come(connection, areas["dispatcher"], areas["squad_member"], around)
        lines = [*_made(made), *_told(areas)]
        people = {"people": areas, "password": PASSWORD}
        console.answer({**made, **people}, as_json=as_json, lines=lines)
        if not no_serve:
            console.say(speech.word("cli.told.look"))
            for page in LOOK:
                console.say(f"  http://127.0.0.1:{port}{page}")
            with supervisor.alongside(partial(moving.keep_moving, *going, port)):
                running.listen(running.url_of(engine), Door(here))


def _made(made: dict[str, object]) -> Iterator[str]:
    state = speech.word(f"plan.state.{made['plan_state']}")
    for name, value in {**made, "plan_state": state}.items():
        yield speech.word("cli.told.made", what=speech.word(f"cli.made.{name}"), value=value)


def _told(areas: dict[str, str]) -> list[str]:
    bureau = speech.word("cli.told.bureau")
    people = (f"  {login} ({area or bureau})" for login, area in areas.items())
    return [speech.word("cli.told.people", password=PASSWORD), *people]
