"""The time by which keys, tokens and sessions live: that of the keys' database (docs/decisions/0008).

A host whose own clock is wrong signs, verifies and plans as all others do; it only says that it is wrong.
"""

from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.db import Error as DatabaseUnavailable

from django_jwtkit import db
from django_jwtkit.conf import conf
from django_jwtkit.logs import get_logger
from django_jwtkit.moments import aware
from django_jwtkit.wording import how_long

from .locating import using

logger = get_logger("keys")
QUIET_FOR: Final = 3600.0  # seconds between two lines of the log about one database

_warned: Final[dict[str, float]] = {}


def now() -> datetime:
    """Return the time by the keys' database, asked where that was longer ago than `SIGNING_MAX_AGE`.

    Each look at a ring asks along the way, so a process that signs or verifies has it at no cost. Where the
    database does not answer the last reading goes on; without any it is the host's clock.
    """
    database = using()
    if not db.has_clock(database):
        return db.now(database)
    age = db.reading_age(database)
    if age is not None and age <= conf().SIGNING_MAX_AGE.total_seconds():
        return db.now(database)
    try:
        current = db.read_clock(database)
    except (DatabaseUnavailable, ImproperlyConfigured, SynchronousOnlyOperation):
        return db.now(database)
    report_lag(database)
    return current


def at(moment: datetime | None) -> datetime:
    """Return `moment` in UTC, by default `now`. Raises `TypeError` for one without a zone under USE_TZ."""
    return now() if moment is None else aware(moment)


def note_reading(database: str, seconds: float | None, requested_at: float) -> None:
    """Note what `database` said of its time (see `db.note_reading`), and report a host that is wrong."""
    db.note_reading(database, seconds, requested_at)
    report_lag(database)


@db.asks_database("keys.clock_lag")
def clock_lag(database: str) -> timedelta:
    """Return how far the clock of this host is behind that of `database`; negative where it is ahead.

    Zero where the database has none of its own (SQLite), and what was last read where a test has another
    clock. Raises the database's own errors.
    """
    db.read_clock(database)
    return timedelta(seconds=db.host_lag(database))


def report_lag(database: str) -> None:
    """Log, once an hour, that this host's clock is wrong by more than `CLOCK_SKEW`."""
    lag, moment = timedelta(seconds=db.host_lag(database)), db.steady()
    if abs(lag) <= conf().CLOCK_SKEW or moment - _warned.get(database, -QUIET_FOR) < QUIET_FOR:
        return
    _warned[database] = moment
    fields = {"event": "clock_lag", "seconds": round(lag.total_seconds(), 3)}
    logger.warning(
        "clock: this host is %s the database %r. Keys, tokens and sessions go by the database's clock; set "
        "this host's (NTP).",
        describe_lag(lag),
        database,
        extra=fields,
    )


def describe_lag(lag: timedelta) -> str:
    """Return for instance "1 hour behind"."""
    span = how_long(timedelta(seconds=round(abs(lag).total_seconds())))
    return f"{span} behind" if lag > timedelta(0) else f"{span} ahead of"
