"""Transactions that are committed when they return, whatever the caller does next."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction

from django_jwtkit.errors import InsideTransaction

SHORTEST: Final = 0.01  # seconds
LONGEST: Final = 1.0


@contextmanager
def durable(using: str, what: str) -> Iterator[None]:
    """Open an outermost transaction. Raises `InsideTransaction` inside another one."""
    refuse_transaction(using, what)
    with transaction.atomic(using=using, durable=True):
        yield


def refuse_transaction(using: str, what: str) -> None:
    """Raise `InsideTransaction` where a caller could still roll back work that must last.

    `what` names the call in the message. A single statement needs only this check, since it commits itself.
    """
    if is_in_callers_transaction(using):
        raise InsideTransaction(
            f"{what} must commit by itself, but was called inside a transaction. Call it outside `atomic()`; "
            "under ATOMIC_REQUESTS decorate the view with `transaction.non_atomic_requests`."
        )


def is_in_callers_transaction(using: str) -> bool:
    """Return whether a caller has opened a transaction.

    Ignores the transaction that `TestCase` opens; `atomic(durable=True)` makes the same exception.
    """
    connection = transaction.get_connection(using)
    blocks = connection.atomic_blocks
    if not blocks:
        return not connection.get_autocommit()  # a caller that commits by hand can also roll back
    return not getattr(blocks[-1], "_from_testcase", False)


def pauses(patience: float) -> Iterator[None]:
    """Yield twice at once, then after each of several pauses, until `patience` (seconds) has passed.

    Pauses grow and are jittered, so that processes that lost the race do not hammer the database.
    """
    yield
    ends, longest = time.monotonic() + patience, SHORTEST
    yield
    while time.monotonic() < ends:
        time.sleep(longest * secrets.randbelow(1000) / 1000)
        longest = min(2 * longest, LONGEST)
        yield
