"""What is answered to the questions of a matter."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from layers.errors import Invalid
from layers.matters.rules import answers_of, kept_questions
from layers.matters.tables import Matter


def settled_answers(
    connection: Connection, code: str, given: Mapping[str, Sequence[str]], *, anew: bool = True
) -> dict[str, float | str | list[str]]:
    """What was answered to the questions of a matter, which must be offered where it is named
    anew."""
    asked = select(Matter.offered, Matter.questions).where(Matter.code == code)
    matter = connection.execute(asked).one_or_none()
    if matter is None or (anew and not matter.offered):
        raise Invalid("no_matter", code=code)
    return answers_of(kept_questions(matter.questions), given)
