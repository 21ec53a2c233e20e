"""In which language the command line speaks, and its help in that language.

The words of every command and option are in the catalogue: `cli.<command>`, `cli.<command>.<name>`
or, where several share one, `cli.option.<name>`.
"""

import gettext
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Protocol

import typer
from typer.core import TyperCommand, TyperGroup

from api import settings
from layers.errors import Invalid
from maps import theme
from maps.theme import LANGUAGES, Language

OWN = {
    "Arguments": "arguments", "Options": "options", "Commands": "commands",
    "required": "required", "default: {default}": "default",
    "Missing command.": "missing_command", "No such command {name!r}.": "no_such_command",
}  # fmt: skip
"""What the parser says of its own -> the entry of the catalogue, `cli.own.<code>`."""
WRONG = {
    r"Try '(?P<command>.+)' for help\.": "try",
    r"Error: (?P<said>.+)": "error",
    r"Missing argument '(?P<name>.+)'\.": "missing_argument",
    r"Missing option '(?P<name>.+)'\.": "missing_option",
    r"No such option: (?P<name>\S+)": "no_such_option",
    r"No such option: (?P<name>\S+) \(Possible options: (?P<known>.+)\)": "no_such_option_but",
    r"Option '(?P<name>.+)' requires an argument\.": "needs_value",
    r"Option '(?P<name>.+)' does not take a value\.": "takes_no_value",
    r"Got unexpected extra argument\(s\) \((?P<name>.+)\)": "unexpected",
    r"Invalid value for '(?P<name>.+?)': (?P<said>.+)": "invalid_value",
    r"Input should be a valid number.*": "not_number",
    r"Input should be a valid integer.*": "not_integer",
    r"Input should be less than or equal to (?P<known>.+)": "at_most",
    r"Input should be greater than or equal to (?P<known>.+)": "at_least",
    r"Input should be (?P<known>'.+)": "one_of",
    r"Value error, .+ is not one of (?P<known>'.+)\.": "one_of",
}
"""What it says of its own to whoever mistyped, which is in no catalogue at all -> likewise."""

_chosen: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """What this run speaks."""
    return _chosen.get()


def word(key: str, **values: object) -> str:
    """The catalogue's text in the language of this run."""
    return theme.word(key, language(), **values)


def choose(typed: Sequence[str]) -> list[str]:
    """Speak the language of `--lang`, else of GRIDPATROL_LANG or the locale; the other words."""
    _chosen.set(settings.spoken())
    words = list(typed)
    for place, each in enumerate(words):
        option, equals, value = each.partition("=")
        if option == "--lang":
            rest = words[place + 1 :]
            _chosen.set(_known(value if equals else "".join(rest[:1])))
            words[place:] = rest if equals else rest[1:]
            break
    own = {said: theme.catalogue(language())[f"cli.own.{code}"] for said, code in OWN.items()}
    # What the parser's own gettext asks at each word: it has no catalogue that could be handed in.
    setattr(gettext, "dgettext", lambda _domain, said: own.get(said, said))  # noqa: B010
    return words


def _known(value: str) -> Language:
    for each in LANGUAGES:
        if value == each:
            return each
    raise Invalid("bad_language", known=list(LANGUAGES))


def wrong(said: str) -> str:
    """What the parser says to whoever mistyped, in the language of this run."""
    for pattern, code in WRONG.items():
        if found := re.fullmatch(pattern, said):
            parts = {name: wrong(part) for name, part in found.groupdict().items()}
            return word(f"cli.own.{code}", **parts)
    return said


Below = Mapping[str, Callable[[], str]]
"""By a command's name what stands below its help."""


def spoken(command: TyperGroup, below: Below = MappingProxyType({})) -> TyperGroup:
    """The commands with their help in the language of this run."""
    for path, each in commands(command):
        name = ".".join(path) or "gridpatrol"
        each.help, each.short_help = word(f"cli.{name}"), None
        each.epilog = below[name]() if name in below else None
        each.options_metavar = word("cli.own.usage_options")
        if isinstance(each, TyperGroup):
            each.subcommand_metavar = word("cli.own.usage_command")
        setattr(each, "format_usage", partial(_usage, each))  # noqa: B010
        asks = each.get_help_option(typer.Context(each))
        if asks is not None:
            asks.help = word("cli.own.help")
        for option in each.params:
            said = getattr(option, "help", None)
            if said:
                option.help = _option(name, str(option.name), said)  # type: ignore[attr-defined]
    command.epilog = word("cli.told.beside")
    return command


class Written(Protocol):
    """What the parser writes a help into."""

    def write_usage(self, prog: str, args: str, prefix: str) -> None: ...


def _usage(command: TyperCommand | TyperGroup, context: typer.Context, written: Written) -> None:
    pieces = " ".join(command.collect_usage_pieces(context))
    written.write_usage(context.command_path, pieces, f"{word('cli.own.usage')} ")


def commands(
    command: TyperCommand | TyperGroup, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    """Every command below one, with the words by which it is typed."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def _option(command: str, name: str, said: str) -> str:
    """An option's help; what it may be one of stands behind the colon of what the code says."""
    known = theme.catalogue(language())
    key = f"cli.{command}.{name}"
    key = key if key in known else f"cli.option.{name}"
    return word(key, known=said.partition(": ")[2].rstrip(".")) if key in known else said
