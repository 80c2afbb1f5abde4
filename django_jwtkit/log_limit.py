"""A limit on the log lines that clients can cause: so many a minute for each reason, and then a count.

Without it a client that sends invalid tokens all day fills the disk and buries the lines that matter.
"""

import logging
import time
from collections.abc import Mapping
from typing import Final

from django.http.response import HttpResponseBase

from django_jwtkit import forks

LINES: Final = 100  # for each reason, minute and process
MINUTE: Final = 60.0  # seconds
SERVER_ERROR: Final = 500

_lock: Final = forks.Lock()
_minutes: Final[dict[str, tuple[float, int]]] = {}  # reason: start of its minute, count since


def suppressed(reason: str, *, lines: int = LINES, now: float | None = None) -> int | None:
    """Return how many lines of `reason` were suppressed in the last minute, or None if this one is.

    `reason` must be a text of ours, never a client's, because each is remembered. `now` is in seconds of any
    monotonic clock.
    """
    now = time.monotonic() if now is None else now
    with _lock.inner:
        began, count = _minutes.get(reason, (now, 0))
        if now - began < MINUTE:
            _minutes[reason] = began, count + 1
            return 0 if count < lines else None
        _minutes[reason] = now, 1
        return max(count - lines, 0)


def log_limited(
    logger: logging.Logger,
    level: int,
    event: str,
    message: str,
    *args: object,
    limit_by: str = "",
    lines: int = LINES,
    error: BaseException | None = None,
    fields: Mapping[str, object] | None = None,
) -> bool:
    """Write a line of `event` unless there were too many of it; return whether it was written.

    Lines are counted by `event` and `limit_by`. The traceback of an `error` is written once a minute. The
    line says how many lines before it were suppressed.
    """
    reason = f"{event} {limit_by}"
    count = suppressed(reason, lines=lines)
    if count is None:
        return False
    with_traceback = error is not None and suppressed(f"traceback {reason}", lines=1) is not None
    logger.log(
        level,
        f"{message}; %d more were left out" if count else message,
        *args,
        *((count,) if count else ()),
        exc_info=error if with_traceback else None,
        extra={"event": event, **(fields or {}), "left_out": count},
    )
    return True


def limit_djangos_line(response: HttpResponseBase) -> None:
    """Apply the same limit to the line that Django logs for an error `response` ("Unauthorized: /path").

    For server errors the limit is one a minute, because each line may be a mail to the administrators.
    """
    status = response.status_code
    if status >= 400 and suppressed(f"http {status}", lines=1 if status >= SERVER_ERROR else LINES) is None:
        silence_django(response)


def silence_django(response: HttpResponseBase) -> None:
    """Mark `response` as logged, as Django's `log_response` does."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
