"""Work that must be committed when it returns, whatever its caller does next."""

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
    """A transaction that is the outermost one, or `InsideTransaction`."""
    refuse_transaction(using, what)
    with transaction.atomic(using=using, durable=True):
        yield


def refuse_transaction(using: str, what: str) -> None:
    """Raise `InsideTransaction` where a caller could still undo what must last; it says how to get out.

    `what` names the call for the message. A single statement needs no more than this: it commits itself.
    """
    if in_callers_transaction(using):
        raise InsideTransaction(
            f"{what} must commit by itself, but was called inside a transaction. Call it outside `atomic()`; "
            "under ATOMIC_REQUESTS decorate the view with `transaction.non_atomic_requests`."
        )


def in_callers_transaction(using: str) -> bool:
    """A `TestCase`'s own does not count: Django marks it, for `atomic(durable=True)` asks the same."""
    connection = transaction.get_connection(using)
    blocks = connection.atomic_blocks
    if not blocks:
        return not connection.get_autocommit()  # a caller who commits by hand may roll back as well
    return not getattr(blocks[-1], "_from_testcase", False)


def pauses(patience: float) -> Iterator[None]:
    """Yield, and at once again, then after each of several pauses, until `patience` (seconds) has run out.

    They grow, and nobody's are as long as another's: who has lost a race shall not hammer the database.
    """
    yield
    ends, longest = time.monotonic() + patience, SHORTEST
    yield
    while time.monotonic() < ends:
        time.sleep(longest * secrets.randbelow(1000) / 1000)
        longest = min(2 * longest, LONGEST)
        yield
