"""What requests by Open311 give, whether they read or report."""

from collections.abc import Mapping
from typing import Annotated, Self

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection

from api.answers import Row
from api.deps import CurrentSettings
from api.open311 import Format
from layers.errors import NotFound
from layers.matters import queries as matters


async def wanted_format(fmt: str) -> Format:
    if fmt not in set(Format):
        raise NotFound("no_such_page")
    return Format(fmt)


async def check_jurisdiction(request: Request, settings: CurrentSettings) -> None:
    """There is one: who names another is at the wrong door."""
    given = request.query_params.get("jurisdiction_id")
    if request.method == "POST":
        given = str((await request.form()).get("jurisdiction_id") or "")
    if given and settings.division and given != settings.division:
        raise NotFound("no_jurisdiction", jurisdiction=given)


WantedFormat = Annotated[Format, Depends(wanted_format)]
OURS = [Depends(check_jurisdiction)]


class Given(BaseModel):
    """Parameters; one that is empty is one that is not there, and unknown ones do no harm."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def of(cls, sent: Mapping[str, object]) -> Self:
        try:
            return cls.model_validate({name: value for name, value in sent.items() if value})
        except ValidationError as wrong:
            raise RequestValidationError(wrong.errors()) from wrong


def offered(connection: Connection, code: str) -> Row:
    row = matters.one(connection, code)
    if not row["offered"]:
        raise NotFound("no_matter", code=code)
    return row
