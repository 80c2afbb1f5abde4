"""Work that must be committed when it returns, whatever its caller does next."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from django_jwtkit.errors import InsideTransaction


@contextmanager
def durable(using: str, what: str) -> Iterator[None]:
    """A transaction that is the outermost one, or `InsideTransaction`, which says how to get out.

    `what` names the call for the message. A `TestCase`'s own transaction does not count: Django knows it.
    """
    block = transaction.atomic(using=using, durable=True)
    try:
        block.__enter__()
    except RuntimeError as error:
        message = (
            f"{what} must commit by itself, but was called inside a transaction. Call it outside `atomic()`; "
            "under ATOMIC_REQUESTS decorate the view with `transaction.non_atomic_requests`."
        )
        raise InsideTransaction(message) from error
    with _entered(block):
        yield


@contextmanager
def _entered(block: transaction.Atomic) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        block.__exit__(type(error), error, error.__traceback__)
        raise
    block.__exit__(None, None, None)
