"""What is said of a matter: its kind, its limits, what is asked beside it. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from layers.clock import Limit, limit_of
from layers.errors import Invalid


class MatterKind(StrEnum):
    """GB/T 30428 parts a city into things that stand there and things that happen."""

    COMPONENT = auto()
    EVENT = auto()


KIND_NAMES: Mapping[str, MatterKind] = {
    **{kind.value: kind for kind in MatterKind},
    "部件": MatterKind.COMPONENT, "部件类": MatterKind.COMPONENT,
    "事件": MatterKind.EVENT, "事件类": MatterKind.EVENT,
}  # fmt: skip

PRIORITIES: Mapping[str, int] = {
    "0": 0, "1": 1, "2": 2, "normal": 0, "pressing": 1, "urgent": 2,
    "一般": 0, "普通": 0, "较急": 1, "优先": 1, "紧急": 2, "特急": 2,
}  # fmt: skip
"""How much a case presses, as files of bureaus say it."""

# --- Limits -------------------------------------------------------------------------------------

LIMITS: Mapping[str, Limit] = {
    "arrive": limit_of("30m"),
    "simple": limit_of("30m"),
    "opinion": limit_of("1d"),
    "complex": limit_of("15d"),
}
"""What holds where a matter has no limit of its own, as bureaus promise it: on the scene 30 minutes
after the order, the result of a simple case 30 minutes after that; of a complex one an opinion
within a day and the result within 15."""


def limits(own: Mapping[str, str | None]) -> dict[str, Limit]:
    """The limits of a matter by name; `own` are those that it has itself, as text."""
    given = {name: own[name] for name in LIMITS}
    return {name: limit_of(text) if text else LIMITS[name] for name, text in given.items()}


def is_complex(own: Mapping[str, str | None]) -> bool:
    """Whether its cases take an opinion before they are done: by the limits that it has itself."""
    return not own["simple"] and bool(own["opinion"] or own["complex"])


# --- Questions ----------------------------------------------------------------------------------


class Datatype(StrEnum):
    """The kinds of answer that Open311 GeoReport v2 knows."""

    STRING = auto()
    NUMBER = auto()
    DATETIME = auto()
    TEXT = auto()
    SINGLEVALUELIST = auto()
    MULTIVALUELIST = auto()


LISTS = frozenset({Datatype.SINGLEVALUELIST, Datatype.MULTIVALUELIST})
Key = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,500}$")]


@dataclass(frozen=True)
class Choice:
    """One of the answers of a list."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: Key
    zh: Words
    en: Words


@dataclass(frozen=True)
class Question:
    """What is asked when the matter is reported; without `variable` it is told, not asked.

    They are asked in the order in which they stand. An Open311 attribute is the same under other
    names: `description` is our zh or en, `datatype_description` our hint.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: Key
    datatype: Datatype
    zh: Words
    en: Words
    required: bool = False
    variable: bool = True
    hint_zh: Words | None = None
    hint_en: Words | None = None
    values: Annotated[tuple[Choice, ...], Field(max_length=200)] = ()

    def __post_init__(self) -> None:
        if bool(self.values) != (self.datatype in LISTS):
            raise ValueError("a list has values, and nothing else has")
        _check_distinct([value.key for value in self.values])


Questions = tuple[Question, ...]
JSON = TypeAdapter(Annotated[Questions, Field(max_length=30)])


def kept_questions(kept: object) -> Questions:
    """The questions of a matter as its row has them."""
    return JSON.validate_python(kept, strict=False)


def questions_of(text: str) -> Questions:
    """Read a JSON list of questions. Raises Invalid `bad_questions` when it is none."""
    try:
        found = JSON.validate_json(text)
        _check_distinct([question.code for question in found])
    except (ValidationError, ValueError) as wrong:
        raise Invalid("bad_questions") from wrong
    return found


def as_json(questions: Questions) -> str:
    """As questions_of reads it, and without what need not be said."""
    return JSON.dump_json(questions, exclude_defaults=True).decode()


def answers_of(
    questions: Questions, given: Mapping[str, Sequence[str]]
) -> dict[str, float | str | list[str]]:
    """What was answered, as its kind is kept. Raises Invalid for a question that is not asked, an
    answer that fits none, and one that is missing."""
    asked = {question.code: question for question in questions if question.variable}
    for code, texts in given.items():
        if code not in asked:
            raise Invalid("no_question", question=code)
        if not _fits(asked[code], texts):
            raise Invalid("bad_answer", question=code)
    for question in asked.values():
        if question.required and question.code not in given:
            raise Invalid("answer_needed", question=question.code)
    return {code: _answer(asked[code].datatype, texts) for code, texts in given.items()}


def _fits(question: Question, texts: Sequence[str]) -> bool:
    several = question.datatype is Datatype.MULTIVALUELIST
    try:
        return (several or len(texts) == 1) and all(_is_one(question, text) for text in texts)
    except ValueError:
        return False


def _is_one(question: Question, text: str) -> bool:
    if question.datatype in LISTS:
        return text in {value.key for value in question.values}
    return len(text) <= LONGEST_ANSWER and bool(KINDS[question.datatype](text))


LONGEST_ANSWER = 4000
KINDS: Mapping[Datatype, Callable[[str], object]] = {
    Datatype.STRING: str.isprintable, Datatype.TEXT: str,
    Datatype.NUMBER: lambda text: math.isfinite(float(text)),
    Datatype.DATETIME: datetime.fromisoformat,
}  # fmt: skip


def _answer(datatype: Datatype, texts: Sequence[str]) -> float | str | list[str]:
    if datatype is Datatype.MULTIVALUELIST:
        return list(texts)
    return float(texts[0]) if datatype is Datatype.NUMBER else texts[0]


def _check_distinct(codes: list[str]) -> None:
    if len(set(codes)) != len(codes):
        raise ValueError("the same code twice")
