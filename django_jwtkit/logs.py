"""The package's loggers. Every record they write is one line of printable characters.

One filter escapes messages, their arguments and the fields of `extra`, so that no call can forget it: any of
them may contain text that a stranger wrote. A traceback keeps its lines, and each exception in it is one
line.
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


def _escape_record(record: logging.LogRecord) -> logging.LogRecord:
    """Escape `record` in place, and return it: none is dropped."""
    if isinstance(record.args, Mapping):
        record.args = {name: _escaped(value) for name, value in record.args.items()}
    elif record.args:
        record.args = tuple(map(_escaped, record.args))
    record.msg = escape(_text(record.msg))
    for name in vars(record).keys() - STANDARD:
        setattr(record, name, _escaped(getattr(record, name)))
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = "\n".join(_traceback_lines(record.exc_info[1]))  # formatters reuse it
    return record


def _escaped(value: object) -> object:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_escaped(item) for item in value]
    return escape(_text(value))


def _text(value: object) -> str:
    """Return `value` as text. A value whose `str` raises must not break the code that logs it."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - it may be any object of a project
        return f"<{type(value).__name__}: {type(error).__name__}>"


def _traceback_lines(error: BaseException) -> Iterable[str]:
    summary = traceback.TracebackException.from_exception(error)
    _escape_notes(summary)
    chunks = [chunk for chunk in summary.format() if chunk.strip()]
    for chunk in chunks[-MAX_TRACEBACK:]:
        lines = chunk.rstrip().split("\n") if chunk.startswith(FRAME) else [chunk.strip()]
        yield from map(escape, lines)


def _escape_notes(summary: traceback.TracebackException) -> None:
    """Escape the notes of an exception, and of its causes: `traceback` prints every line of them."""
    visited, queue = set[int](), [summary]
    while queue:
        item = queue.pop()
        if id(item) in visited:
            continue
        visited.add(id(item))
        notes = getattr(item, "__notes__", None)
        if notes is not None:
            item.__notes__ = [escape(note) for note in notes] if isinstance(notes, list) else [escape(notes)]
        queue += [each for each in (item.__cause__, item.__context__, *(item.exceptions or ())) if each]
