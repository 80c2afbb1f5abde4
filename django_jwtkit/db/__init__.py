"""The database: transactions that must last, the clock that all hosts share, and waiting for both."""

from django_jwtkit.moments import django_now, steady

from .borrowing import leaving_no_connection
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
from .compiled import fetch_one, insert, update
from .deadlocks import despite_deadlock
from .fields import UTCDateTimeField
from .transactions import durable, is_in_callers_transaction, pauses, refuse_transaction
from .waiting import (
    TWINS,
    asks_database,
    at_once_or_in_thread,
    in_background,
    in_thread,
    refusal_in_event_loop,
)

__all__ = [
    "TWINS",
    "ClockSeconds",
    "DatabaseNow",
    "UTCDateTimeField",
    "asks_database",
    "at_once_or_in_thread",
    "despite_deadlock",
    "django_now",
    "durable",
    "fetch_one",
    "forget_readings",
    "has_clock",
    "host_lag",
    "in_background",
    "in_thread",
    "insert",
    "is_in_callers_transaction",
    "leaving_no_connection",
    "note_reading",
    "now",
    "pauses",
    "read_clock",
    "reading_age",
    "refusal_in_event_loop",
    "refuse_transaction",
    "steady",
    "update",
]
