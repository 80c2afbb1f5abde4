"""A monotonic clock that stands until a test moves it."""

from types import SimpleNamespace

import pytest

from django_jwtkit import db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return the clock. Its `now` is before the real one, which dates the answers of a database."""
    clock = SimpleNamespace(now=-10_000.0)
    monkeypatch.setattr(db, "steady", lambda: clock.now)
    return clock
