"""What the programs say of their work: a line each, JSON for machines, readable on a terminal.

A line holds codes, numbers and the names of our own code, and nothing that a person is or typed.
So an exception tells its kind and where it arose, but not its message, which may quote a row.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = "site-packages/"
TALKATIVE = ("uvicorn", "py.warnings")
"""Loggers of others whose whole words are told; of the rest only what stands in their source."""
LONGEST_WORDS = 300


def configure(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Let every logger of this process speak in one way, on stderr unless said."""
    out = stream or sys.stderr
    structlog.configure(
        processors=_processors(readable=out.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
    )
    logging.basicConfig(handlers=[_Others()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)


def _processors(*, readable: bool) -> list[Processor]:
    plain = structlog.dev.plain_traceback  # it was made plain before
    show = structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=plain)
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.ExceptionRenderer(_arisen),
        show if readable else _as_json,
    ]


def _as_json(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    first = {key: line.pop(key) for key in ("time", "level", "event")}
    return orjson.dumps({**first, **line}, default=_kind).decode()


def _kind(value: object) -> str:
    """Of a thing that JSON does not know, only what it is."""
    return type(value).__name__


def _arisen(exc_info: ExcInfo) -> str:
    return _story(exc_info[1])


def _story(failure: BaseException) -> str:
    """Where it and what led to it arose: steps of ours and the last one, and then its kind."""
    before = failure.__cause__
    if before is None and not failure.__suppress_context__:
        before = failure.__context__
    steps = traceback.extract_tb(failure.__traceback__)
    told = [_step(step) for step in steps if LIBRARIES not in step.filename or step is steps[-1]]
    earlier = [_story(before), "and then"] if before else []
    return "\n".join([*earlier, *told, _kind_of(failure)])


def _kind_of(failure: BaseException) -> str:
    """Its class, with the number that the database or the system gives it."""
    code = getattr(getattr(failure, "orig", failure), "sqlstate", None)
    code = code or getattr(failure, "errno", None)
    return " ".join(map(str, filter(None, (type(failure).__qualname__, code))))


def _step(step: traceback.FrameSummary) -> str:
    file = step.filename.rpartition(LIBRARIES)[2].removeprefix(f"{ROOT}/")
    return f"{file}:{step.lineno} {step.name}"


class _Others(logging.Handler):
    """Hands on what libraries say through the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        talkative = record.name.startswith(TALKATIVE)
        words = record.getMessage() if talkative else str(record.msg)
        first = words.strip().partition("\n")[0][:LONGEST_WORDS]
        structlog.get_logger().log(
            record.levelno, first, logger=record.name, exc_info=record.exc_info or False
        )
