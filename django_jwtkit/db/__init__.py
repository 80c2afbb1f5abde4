"""The database: transactions that must last, and the clock that all hosts share."""

from django_jwtkit.moments import django_now, steady

from .clock import (
    ClockSeconds,
    DatabaseNow,
    forget_readings,
    has_clock,
    host_lag,
    note_reading,
    now,
    read_clock,
    reading_age,
)
from .deadlocks import despite_deadlock
from .fields import UTCDateTimeField
from .transactions import durable, is_in_callers_transaction, pauses, refuse_transaction

__all__ = [
    "ClockSeconds",
    "DatabaseNow",
    "UTCDateTimeField",
    "despite_deadlock",
    "django_now",
    "durable",
    "forget_readings",
    "has_clock",
    "host_lag",
    "is_in_callers_transaction",
    "note_reading",
    "now",
    "pauses",
    "read_clock",
    "reading_age",
    "refuse_transaction",
    "steady",
]
