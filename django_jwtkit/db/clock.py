"""One clock for all hosts: the database's, and how a process goes on with it between two readings.

A reading says what the database's clock showed at some moment between the question and the answer. Between
readings the machine's steady clock goes on, so neither a time of day that is set nor a database that is away
changes anything. Where the host's own time of day lies within what a reading allows, it is taken as it is.
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FloatField, Func
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler

from django_jwtkit.moments import UTCDateTimeField

from .machine import django_now, steady, wall

Compiled = tuple[str, tuple[str | int, ...]]

# The clock itself, as a NumericDate: what Django's `Now` writes is the start of the statement or transaction,
# which may have waited for a lock since. SYSDATE is in the zone of the session, so only its distance from the
# start counts. SQLite is a library: its clock is the host's.
CLOCKS: Final = {
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp())::double precision",
    "mysql": (
        "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
        " + TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6))) / 1e6"
    ),
}


class DatabaseNow(Now):
    """The start of the statement (PostgreSQL, MariaDB), in UTC also where a server lives by another time."""

    output_field = UTCDateTimeField()

    def as_mysql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Compiled:
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)")


class ClockSeconds(Func):
    """The database's clock as a NumericDate, to be read along with a row; null where it is the host's."""

    arity = 0
    template = "NULL"
    output_field = FloatField(null=True)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Compiled:
        return self.as_sql(compiler, connection, template=CLOCKS["postgresql"])

    def as_mysql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Compiled:
        return self.as_sql(compiler, connection, template=CLOCKS["mysql"])


class _Reading(NamedTuple):
    """The database's time (NumericDate) at `steady`, and how far it is ahead of the host's time of day."""

    steady: float
    time: float
    ahead: float


_readings: Final[dict[str, _Reading]] = {}


def now(using: str) -> datetime:
    """Return the time by the database `using`, as the last reading has it; it is never asked here.

    A clock that a test has frozen or moved goes before it; without a reading it is the host's.
    """
    says, is_real = django_now()
    reading = _readings.get(using)
    if reading is None or not is_real:
        return says
    return datetime.fromtimestamp(_reckoned(reading), UTC)


def read_clock(using: str) -> datetime:
    """Ask the database `using` for its time and return it; a frozen or moved clock goes before it."""
    says, is_real = django_now()
    if not is_real or not has_clock(using):
        return says
    asked = steady()
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {CLOCKS[connections[using].vendor]}")
        (seconds,) = cursor.fetchone()
    note_reading(using, seconds, asked)
    return now(using)


def has_clock(using: str) -> bool:
    """Whether the database has a clock that we can read, and that is not the host's own."""
    return connections[using].vendor in CLOCKS


def note_reading(using: str, seconds: float | None, asked: float) -> None:
    """Note that the database's clock showed `seconds`, at a moment since `asked` (of `machine.steady`)."""
    if seconds is None:
        return
    answered, here, last = steady(), wall(), _readings.get(using)
    # At `answered` it shows no less than `seconds`, and no more than that and the whole time of the question.
    latest = seconds + (answered - asked)
    guess = here if seconds <= here <= latest or last is None else _reckoned(last, answered)
    time = min(max(guess, seconds), latest)
    _readings[using] = _Reading(answered, time, time - here)


def reading_age(using: str) -> float | None:
    """Return how many seconds ago the database's clock was read; None where it never was."""
    reading = _readings.get(using)
    return None if reading is None else steady() - reading.steady


def host_lag(using: str) -> float:
    """Return by how many seconds the host's time of day was behind the database's at the last reading."""
    reading = _readings.get(using)
    return 0.0 if reading is None else reading.ahead


def forget_readings() -> None:
    """Drop what was read: the process is as if it had just started."""
    _readings.clear()


def _reckoned(reading: _Reading, at: float | None = None) -> float:
    return reading.time + (steady() if at is None else at) - reading.steady
