"""Work that must be committed when it returns, whatever its caller does next."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from django_jwtkit.errors import InsideTransaction


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
