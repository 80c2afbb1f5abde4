"""The clocks of this machine, and whether a test has put another in the place of Django's.

freezegun replaces functions of `time` and the class `datetime`, also where a module has imported them by
name, but leaves `clock_gettime` alone. time-machine replaces `clock_gettime` for the time of day, and offers
the original. Either, or a test, may replace what `django.utils.timezone.now` says.
"""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django_jwtkit import moments

TRIES: Final = 3
GRAIN: Final = 0.001  # seconds by which the clocks of `time` and `datetime` may differ in one machine

# In a tuple, where freezegun does not look for functions to replace.
_ORIGINALS: Final = (time.monotonic, time.time)


def _steady() -> Callable[[], float]:
    """Return the machine's steady clock, where there is a choice the one that counts a suspended time too."""
    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":  # `time.monotonic` stops there while the machine sleeps, and this does not
        return lambda: time.clock_gettime(time.CLOCK_MONOTONIC)
    return lambda: _ORIGINALS[0]()  # noqa: PLW0108 - as it is, freezegun would find it by its name


def _time_of_day() -> Callable[[], float]:
    if hasattr(time, "CLOCK_REALTIME"):
        return lambda: time.clock_gettime(time.CLOCK_REALTIME)
    return lambda: _ORIGINALS[1]()  # noqa: PLW0108 - Windows


steady: Final = _steady()
"""Return seconds at the pace of real time: a clock that nobody sets, and no test freezes."""

_wall: Final = _time_of_day()


def wall() -> float:
    """Return the machine's time of day as a NumericDate, also while a test has another."""
    hatch = _escape_hatch()
    return float(hatch.time.time()) if hatch is not None and hatch.is_travelling() else _wall()


def django_now() -> tuple[datetime, bool]:
    """Return what Django's clock says, and whether that is the machine's time of day.

    It is not where time-machine travels, where freezegun's class comes back, and where Django's clock does
    not lie between two readings of the machine's. A clock that is set between the two is read again.
    """
    hatch = _escape_hatch()
    if hatch is not None and hatch.is_travelling():
        return moments.now(), False
    for _ in range(TRIES):
        before, says, after = _wall(), moments.now(), _wall()
        if type(says).__module__ != "datetime":
            break
        if before - GRAIN <= says.timestamp() <= after + GRAIN:
            return says, True
    return says, False


def _escape_hatch() -> Any:
    library = sys.modules.get("time_machine")
    return None if library is None else getattr(library, "escape_hatch", None)
