"""Statements that are repeated where a deadlock has undone them."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import OperationalError

from .transactions import is_in_callers_transaction

T = TypeVar("T")
DEADLOCKS: Final = 2  # in a row
DEADLOCK_BACKOFF: Final = 0.05  # seconds, that give the surviving transaction time to commit


def despite_deadlock(using: str, write: Callable[[], T]) -> T:
    """Return what `write` returns, one statement on the database `using`, repeated after a deadlock.

    Statements that touch many rows meet in any order. A caller's own transaction is undone as a whole then,
    and is the caller's to repeat.
    """
    for _ in range(DEADLOCKS):
        try:
            return write()
        except OperationalError:
            if is_in_callers_transaction(using):
                raise
            time.sleep(DEADLOCK_BACKOFF)
    return write()
