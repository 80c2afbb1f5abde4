"""The browser of the tests of a whole project."""

from tests.project.conftest import chromium  # noqa: F401 - a fixture
