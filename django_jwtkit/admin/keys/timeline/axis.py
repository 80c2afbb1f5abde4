"""The ticks of the axis of time: a few, at midnights, at the first of a month or of a year."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count, takewhile
from typing import Final, NamedTuple

from django.utils.formats import date_format

from django_jwtkit.moments import local


class Tick(NamedTuple):
    x: int
    label: str


Step = Callable[[datetime, int], datetime]


class Ruler(NamedTuple):
    """Ticks for an axis that is at most `upto` long: the nth tick after a midnight, and its date format."""

    upto: timedelta
    nth: Step
    form: str


def _hours(each: int) -> Step:
    return lambda midnight, n: midnight + timedelta(hours=each * n)


def _months(each: int) -> Step:
    def nth(midnight: datetime, n: int) -> datetime:
        # From January, so that every third month is a quarter's first.
        years, month = divmod((midnight.month - 1) // each * each + each * n, 12)
        return midnight.replace(year=midnight.year + years, month=month + 1, day=1)

    return nth


RULERS: Final = (
    Ruler(timedelta(days=2), _hours(6), "j M H:i"),
    Ruler(timedelta(days=10), _hours(24), "j M"),
    Ruler(timedelta(days=75), _hours(24 * 7), "j M"),
    Ruler(timedelta(days=240), _months(1), "M Y"),
    Ruler(timedelta(days=480), _months(2), "M Y"),
    Ruler(timedelta(days=1000), _months(4), "M Y"),
    Ruler(timedelta.max, _months(12), "Y"),
)


def ticks(start: datetime, end: datetime, x: Callable[[datetime], int]) -> Iterator[Tick]:
    """Yield the ticks between `start` and `end`; `x` returns the place of a moment."""
    ruler = next(ruler for ruler in RULERS if end - start <= ruler.upto)
    midnight = local(start).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = takewhile(lambda moment: moment < end, (ruler.nth(midnight, n) for n in count()))
    return (Tick(x(moment), date_format(moment, ruler.form)) for moment in moments if moment > start)
