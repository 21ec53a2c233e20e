"""The frames of our pages, in the reader's language; what fills them comes from the API."""

from functools import cache

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.settings import Settings
from maps import theme
from maps.assets import OWN
from maps.theme import Language


def render(request: Request, name: str, language: Language, **values: object) -> str:
    """A page of maps/web/desk by its name; everything put into it is escaped."""
    settings: Settings = request.app.state.settings
    return (
        _templates()
        .get_template(f"{name}.html")
        .render(
            here=name,
            language=language,
            other="en" if language == "zh" else "zh",
            words=theme.catalogue(language),
            base=request.app.state.shelf.base,
            bureau=settings.name(language) or theme.word("bureau.unnamed", language),
            demo=settings.demo,
            zone=settings.timezone,
            **values,
        )
    )


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(OWN / "desk")
    return Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
