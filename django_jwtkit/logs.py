"""The package's loggers. Whatever a call hands them, a record is one line of printable characters.

The escaping happens in one filter, so that no call can forget it: messages, their arguments and the fields
in `extra` may hold what strangers wrote. A traceback keeps its lines, but the texts of exceptions in it are
one line each.
"""

import logging
import traceback
from collections.abc import Iterable, Mapping
from typing import Final

from .wording import escape

PLAIN: Final = (bool, int, float, type(None))
STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
FRAME: Final = '  File "'  # how `traceback` begins a stack frame
MAX_TRACEBACK: Final = 100  # frames and messages


def get_logger(room: str) -> logging.Logger:
    """Return the logger `django_jwtkit.<room>`, whose records are escaped."""
    logger = logging.getLogger(f"django_jwtkit.{room}")
    if _escape_record not in logger.filters:
        logger.addFilter(_escape_record)
    return logger


def _escape_record(record: logging.LogRecord) -> bool:
    """Escape `record` in place; never drop it."""
    if isinstance(record.args, Mapping):
        record.args = {name: _escaped(value) for name, value in record.args.items()}
    elif record.args:
        record.args = tuple(map(_escaped, record.args))
    record.msg = escape(_text(record.msg))
    for name in vars(record).keys() - STANDARD:
        setattr(record, name, _escaped(getattr(record, name)))
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = "\n".join(_traceback_lines(record.exc_info[1]))  # a formatter keeps what is there
    return True


def _escaped(value: object) -> object:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_escaped(item) for item in value]
    return escape(_text(value))


def _text(value: object) -> str:
    """Return `value` as text: that it has none must not fail what is being logged."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - an object of the project's
        return f"<{type(value).__name__}: {type(error).__name__}>"


def _traceback_lines(error: BaseException) -> Iterable[str]:
    told = traceback.TracebackException.from_exception(error)
    _escape_notes(told)
    chunks = [chunk for chunk in told.format() if chunk.strip()]
    for chunk in chunks[-MAX_TRACEBACK:]:
        lines = chunk.rstrip().split("\n") if chunk.startswith(FRAME) else [chunk.strip()]
        yield from map(escape, lines)


def _escape_notes(told: traceback.TracebackException) -> None:
    """Escape the notes of an exception and of those behind it: `traceback` makes a line of each of theirs."""
    seen, left = set[int](), [told]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        notes = getattr(one, "__notes__", None)
        if notes is not None:
            one.__notes__ = [escape(note) for note in notes] if isinstance(notes, list) else [escape(notes)]
        left += [each for each in (one.__cause__, one.__context__, *(one.exceptions or ())) if each]
