"""A database that goes away."""

import pytest
from django.db import OperationalError

from django_jwtkit.keys.snapshots import memory


@pytest.fixture
def away(monkeypatch):
    """The database is away."""

    def fail(*_):
        raise OperationalError("away")

    return lambda: monkeypatch.setattr(memory, "read", fail)
