"""One clock for all hosts: the database's. A process reads it now and then, and extrapolates in between.

A reading gives the time that the database's clock showed at some moment between request and response. From
there the host's monotonic clock is added, so a change of the host's time of day has no effect, nor has an
outage of the database. The host's own time of day is used as it is where it lies within the reading's bounds.
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FloatField, Func
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler

from django_jwtkit import moments
from django_jwtkit.moments import django_now, steady, wall

from .fields import UTCDateTimeField

Compiled = tuple[str, tuple[str | int, ...]]

# The clock itself, as a NumericDate. Django's `Now` is the start of the statement or transaction, which may
# have waited for a lock since. SYSDATE is in the zone of the session, so only its distance from the start is
# used. SQLite is a library: its clock is the host's.
CLOCKS: Final = {
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp())::double precision",
    "mysql": (
        "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
        " + TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6))) / 1e6"
    ),
}


class DatabaseNow(Now):
    """The start of the statement (PostgreSQL, MariaDB), in UTC whatever the server's time zone is."""

    output_field = UTCDateTimeField()

    def as_mysql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Compiled:
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)")


class ClockSeconds(Func):
    """The database's clock as a NumericDate, selected along with a row; null where it is the host's clock."""

    arity = 0
    template = "NULL"
    output_field = FloatField(null=True)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Compiled:
        return self.as_sql(compiler, connection, template=CLOCKS["postgresql"])

    def as_mysql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Compiled:
        return self.as_sql(compiler, connection, template=CLOCKS["mysql"])


class _Reading(NamedTuple):
    """The database's time (a NumericDate) at `steady`, and how far it is ahead of the host's time of day."""

    steady: float
    time: float
    ahead: float


_readings: Final[dict[str, _Reading]] = {}


def now(using: str) -> datetime:
    """Return the time of the database `using`, extrapolated from the last reading without a query.

    A clock that a test has frozen or moved takes precedence. Without a reading it is the host's clock.
    """
    reading = _readings.get(using)
    if reading is None:
        return moments.now()
    host_time, is_real = django_now()
    return datetime.fromtimestamp(_extrapolate(reading, steady()), UTC) if is_real else host_time


def read_clock(using: str) -> datetime:
    """Query the time of the database `using`. A frozen or moved clock takes precedence."""
    if not has_clock(using):
        return moments.now()
    host_time, is_real = django_now()
    if not is_real:
        return host_time
    sent = steady()
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {CLOCKS[connections[using].vendor]}")
        (seconds,) = cursor.fetchone()
    note_reading(using, seconds, sent)
    return now(using)


def has_clock(using: str) -> bool:
    """Return whether the database has a clock of its own that we can read."""
    return connections[using].vendor in CLOCKS


def note_reading(using: str, seconds: float | None, sent: float) -> None:
    """Record that the database's clock showed `seconds` at some moment since `sent` (of `moments.steady`)."""
    if seconds is None:
        return
    received, host_time, last = steady(), wall(), _readings.get(using)
    # At `received` it shows at least `seconds`, and at most that plus the time of the whole query.
    latest = seconds + (received - sent)
    guess = host_time if seconds <= host_time <= latest or last is None else _extrapolate(last, received)
    time = min(max(guess, seconds), latest)
    _readings[using] = _Reading(received, time, time - host_time)


def reading_age(using: str) -> float | None:
    """Return how many seconds ago the database's clock was read, or None if it never was."""
    reading = _readings.get(using)
    return None if reading is None else steady() - reading.steady


def host_lag(using: str) -> float:
    """Return how many seconds the host's time of day was behind the database's at the last reading."""
    reading = _readings.get(using)
    return 0.0 if reading is None else reading.ahead


def forget_readings() -> None:
    """Discard all readings, as if the process had just started."""
    _readings.clear()


def _extrapolate(reading: _Reading, at: float) -> float:
    return reading.time + at - reading.steady
