"""A demo that really runs: its own process, its own database, a year of keys behind it."""

from collections.abc import Iterator

import pytest

from demo.stage import stage
from demo.story import Player


@pytest.fixture(scope="session")
def demo() -> Iterator[Player]:
    """Return a player at the running demo. Tests share its keys."""
    with stage(0) as player:
        yield player
