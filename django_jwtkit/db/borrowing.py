"""Reading the database in a thread that belongs to somebody else, such as an exporter of metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def leaving_no_connection() -> Iterator[None]:
    """Close at the end the connections that were opened meanwhile: no request will end in this thread."""
    before = {connection.alias for connection in _open()}
    try:
        yield
    finally:
        for connection in _open():
            if connection.alias not in before:
                connection.close()


def _open() -> list[BaseDatabaseWrapper]:
    initialized = connections.all(initialized_only=True)
    return [connection for connection in initialized if connection.connection is not None]
