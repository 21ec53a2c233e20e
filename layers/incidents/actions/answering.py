"""What is answered to the questions of matters."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, text

from layers.errors import Invalid
from layers.matters.rules import answers_of, kept_questions

Answers = dict[str, float | str | list[str]]


class Asking:
    """What some matters ask of whoever reports."""

    def __init__(self, connection: Connection, codes: Collection[str]) -> None:
        found = connection.execute(ASKED, {"codes": [*codes]}).mappings()
        self._matters: dict[str, RowMapping] = {matter["code"]: matter for matter in found}

    def settled(
        self, code: str, given: Mapping[str, Sequence[str]], *, anew: bool = True
    ) -> Answers:
        """What was answered to the questions of a matter, which must be offered where it is named
        anew."""
        matter = self._matters.get(code)
        if matter is None or (anew and not matter["offered"]):
            raise Invalid("no_matter", code=code)
        return answers_of(kept_questions(matter["questions"]), given)


ASKED = text("SELECT code, offered, questions FROM matters WHERE code = ANY(:codes)")
