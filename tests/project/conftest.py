"""A demo that really runs: its own process, its own database, a year of keys behind it."""

from collections.abc import Iterator

import pytest

from testproject.stage import Stage, server, stage


@pytest.fixture(scope="session")
def demo() -> Iterator[Stage]:
    """The running demo; tests may log in and look, and share what they do to its keys."""
    with stage(0) as here, server(here):
        yield here
