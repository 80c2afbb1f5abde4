"""The history as a file of comma-separated values (RFC 4180), for programs and auditors.

Its words are English and its times UTC, whatever the reader's language and zone are. A spreadsheet computes a
cell that begins like a formula, and an event repeats what people once typed. Such a cell begins with an
apostrophe here, and each cell is in quotes, as OWASP recommends against CSV injection.
"""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from django_jwtkit.keys import KeyEvent
from django_jwtkit.keys.store import values_of
from django_jwtkit.wording import escape, iso

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS: Final = ("at", "ring", "kid", "action", "who", "source", "from", "to", "reason", "detail")
ROWS: Final = 1000  # in memory at a time


class _Line:
    """A file that keeps nothing: what `csv` writes to it, `writerow` returns."""

    def write(self, line: str) -> str:
        return line


def export(request: HttpRequest, events: QuerySet[KeyEvent]) -> StreamingHttpResponse:
    """Return `events`, in their order, as a download that never has all of them in memory."""
    headers = {"Content-Disposition": 'attachment; filename="key-events.csv"'}
    lines = _lines_async(events) if isinstance(request, ASGIRequest) else _lines(events)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(events: QuerySet[KeyEvent]) -> Iterator[str]:
    yield _line(COLUMNS)
    for event in events.iterator(chunk_size=ROWS):
        yield _line(_cells(event))


async def _lines_async(events: QuerySet[KeyEvent]) -> AsyncIterator[str]:
    """Yield the same under ASGI, which would read a plain iterator to its end first, and warn."""
    yield _line(COLUMNS)
    async for event in events.aiterator(chunk_size=ROWS):
        yield _line(_cells(event))


def _line(cells: Iterable[str]) -> str:
    line: str = csv.writer(_Line(), quoting=csv.QUOTE_ALL).writerow(map(_defuse, cells))
    return line


def _cells(event: KeyEvent) -> tuple[str, ...]:
    values = values_of(event)
    times = (iso(moment) or "" for moment in (event.at, values.get("start"), values.get("end")))
    at, begin, end = times
    reason = values.get("reason", "")
    words = (event.ring_id, event.kid, event.action, event.who, event.source)
    return (at, *words, begin, end, reason, event.detail)


def _defuse(cell: str) -> str:
    """Return `cell` in one line of printable characters, which no spreadsheet computes."""
    return escape(f"'{cell}" if cell.startswith(FORMULA) else cell)
