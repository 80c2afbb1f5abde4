"""A log that strangers can write to says little: of each reason so many lines a minute, then how many more.

Else whoever sends rubbish all day fills the disk, and hides the one line that matters among a million.
"""

import time
from typing import Final

from django_jwtkit import forks

LINES: Final = 100  # of a reason, a minute and process
MINUTE: Final = 60.0  # seconds

_lock: Final = forks.Lock()
_minutes: Final[dict[str, tuple[float, int]]] = {}  # reason: when its minute began, how often it came since


def left_out(reason: str, *, now: float | None = None) -> int | None:
    """Return how many lines of `reason` the last minute has left out, or None where this is one of them.

    `reason` is a word of ours, never a client's: each is remembered. `now` is in seconds of any one clock.
    """
    now = time.monotonic() if now is None else now
    with _lock:
        began, count = _minutes.get(reason, (now, 0))
        if now - began < MINUTE:
            _minutes[reason] = began, count + 1
            return 0 if count < LINES else None
        _minutes[reason] = now, 1
        return max(count - LINES, 0)
