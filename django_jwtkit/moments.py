"""The time by this host: aware and in UTC everywhere in our code, whatever the settings are.

freezegun replaces functions of `time` and the class `datetime`, even where a module imported them by name,
but not `clock_gettime`. time-machine replaces `clock_gettime` for the time of day, and offers the original.
Both change the result of `django.utils.timezone.now`, and a test may replace that function as well.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

TRIES: Final = 3
GRAIN: Final = 0.001  # seconds by which the clocks of `time` and `datetime` may differ in one machine

# In a tuple: freezegun does not search tuples for functions to replace.
_ORIGINALS: Final = (time.monotonic, time.time)


def now() -> datetime:
    """Return the present time by Django's clock.

    Where `USE_TZ` is off, Django's clock returns local time, from which UTC can only be inferred; under
    freezegun it returns UTC there. So the clock behind it is read in UTC, unless a test or a project's
    settings have replaced Django's clock. Settings are loaded before this module.
    """
    if getattr(timezone.now, "__globals__", None) is vars(timezone):
        return datetime.now(UTC)
    return aware(timezone.now())


def at(moment: datetime | None) -> datetime:
    """Return `moment` in UTC, by default the present time. Raises the errors of `aware`."""
    return now() if moment is None else aware(moment)


def aware(moment: datetime) -> datetime:
    """Return `moment` in UTC. A naive datetime is local time where `USE_TZ` is off.

    Raises `TypeError` for a naive datetime while `USE_TZ` is on, and `ValueError` for one that has no date in
    UTC: another zone has its first hours earlier, and its last hours later.
    """
    if moment.tzinfo is UTC:
        return moment
    if timezone.is_naive(moment):
        if settings.USE_TZ:
            raise TypeError(f"a datetime must have a time zone unless USE_TZ is False, got {moment!r}")
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"a datetime must be in the years 1 to 9999 in UTC, got {moment}") from error


def local(moment: datetime) -> datetime:
    """Return `moment` in the present time zone of Django, or in UTC where that zone has no date for it."""
    moment = aware(moment)
    try:
        return timezone.localtime(moment)
    except OverflowError:
        return moment


def _steady() -> Callable[[], float]:
    """Return the machine's monotonic clock, one that also counts suspended time where there is a choice.

    A `partial` is asked for each token without a call in Python.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux
        return partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":  # there `time.monotonic` stops while the machine sleeps
        return partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    return lambda: _ORIGINALS[0]()  # noqa: PLW0108 - freezegun would replace the bare function


def _time_of_day() -> Callable[[], float]:
    if hasattr(time, "CLOCK_REALTIME"):
        return lambda: time.clock_gettime(time.CLOCK_REALTIME)
    return lambda: _ORIGINALS[1]()  # noqa: PLW0108 - Windows


steady: Final = _steady()
"""Return seconds that pass as real time does: nobody sets this clock, and no test freezes it."""

_wall: Final = _time_of_day()


def wall() -> float:
    """Return the machine's time of day as a NumericDate, even while a test has replaced it."""
    hatch = _escape_hatch()
    return float(hatch.time.time()) if hatch is not None and hatch.is_travelling() else _wall()


def django_now() -> tuple[datetime, bool]:
    """Return the time of Django's clock, and whether that is the machine's time of day.

    It is not while time-machine travels, if the result is of freezegun's class, or if it does not lie between
    two readings of the machine's clock. If the machine's clock is set between the two, all three are
    repeated.
    """
    hatch = _escape_hatch()
    if hatch is not None and hatch.is_travelling():
        return now(), False
    for _ in range(TRIES):
        before, time_of_day, after = _wall(), now(), _wall()
        if type(time_of_day).__module__ != "datetime":
            break
        if before - GRAIN <= time_of_day.timestamp() <= after + GRAIN:
            return time_of_day, True
    return time_of_day, False


def _escape_hatch() -> Any:
    library = sys.modules.get("time_machine")
    return None if library is None else getattr(library, "escape_hatch", None)
