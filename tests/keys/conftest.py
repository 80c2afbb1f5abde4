"""A clock that the test moves, and a database that goes away."""

import pytest
from django.db import OperationalError

from django_jwtkit import db
from django_jwtkit.keys.snapshots import memory


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that the test moves."""

    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(db, "steady", clock)
    return clock


@pytest.fixture
def away(monkeypatch):
    """The database is away."""

    def fail(*_):
        raise OperationalError("away")

    return lambda: monkeypatch.setattr(memory, "read", fail)
