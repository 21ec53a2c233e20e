"""What a refusal's code means: the address in a problem document's `type` leads here."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from api.answers import Strict
from maps import theme

router = APIRouter(prefix="/api/problems", tags=["problems"])


class Meaning(Strict):
    """The words of both languages; gaps in braces are filled from a problem's `values`."""

    code: str
    zh: str
    en: str


@router.get("/{code}")
async def meaning(code: Annotated[str, Path(max_length=64)]) -> Meaning:
    key = f"problem.{code}"
    if key not in theme.catalogue("en"):
        raise HTTPException(404)
    return Meaning(code=code, zh=theme.catalogue("zh")[key], en=theme.catalogue("en")[key])
