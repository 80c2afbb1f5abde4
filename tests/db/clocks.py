"""A host whose clock is wrong: as the tests' machine has only one, it is the database's that is moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

from django.db import connection

from django_jwtkit import keys
from django_jwtkit.db import clock

# SQLite has no clock of its own; as if it were a server that has one.
SQLITE = "((julianday('now') - 2440587.5) * 86400.0)"


@contextmanager
def host_is_behind(behind: timedelta) -> Iterator[None]:
    """Within, the database's clock is ahead of the host's by `behind`."""
    expression = f"({clock.CLOCKS.get(connection.vendor, SQLITE)} + {behind.total_seconds()})"
    with (
        mock.patch.dict(clock.CLOCKS, {connection.vendor: expression}),
        mock.patch.object(clock.ClockSeconds, "template", expression),
    ):
        keys.forget()
        yield
    keys.forget()
