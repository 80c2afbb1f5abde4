"""A limit on log lines that strangers can cause: so many a minute of each reason, then how many more.

Otherwise a client that sends rubbish all day fills the disk, and hides the one line that matters.
"""

import logging
import time
from collections.abc import Mapping
from typing import Final

from django.http.response import HttpResponseBase

from django_jwtkit import forks

LINES: Final = 100  # of a reason, a minute and process
MINUTE: Final = 60.0  # seconds
SERVER_ERROR: Final = 500

_lock: Final = forks.Lock()
_minutes: Final[dict[str, tuple[float, int]]] = {}  # reason: when its minute began, how often it came since


def suppressed(reason: str, *, lines: int = LINES, now: float | None = None) -> int | None:
    """Return how many lines of `reason` the last minute has left out, or None where this is one of them.

    `reason` is a word of ours, never a client's: each is remembered. `now` is in seconds of any one clock.
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
    """Write a line of `event` unless there were too many `limit_by` its kind; return whether it was written.

    The traceback of an `error` follows once a minute. The line says how many were left out before it.
    """
    reason = f"{event} {limit_by}"
    unsaid = suppressed(reason, lines=lines)
    if unsaid is None:
        return False
    with_traceback = error is not None and suppressed(f"traceback {reason}", lines=1) is not None
    logger.log(
        level,
        f"{message}; %d more were left out" if unsaid else message,
        *args,
        *((unsaid,) if unsaid else ()),
        exc_info=error if with_traceback else None,
        extra={"event": event, **(fields or {}), "left_out": unsaid},
    )
    return True


def limit_djangos_line(response: HttpResponseBase) -> None:
    """Keep Django's own line about an error `response` ("Unauthorized: /path") to the same limits.

    Of a server error it is one a minute: each may be a mail to the administrators.
    """
    status = response.status_code
    if status >= 400 and suppressed(f"http {status}", lines=1 if status >= SERVER_ERROR else LINES) is None:
        silence_django(response)


def silence_django(response: HttpResponseBase) -> None:
    """Mark `response` as Django's `log_response` marks those of which it has written its line."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
