"""An optional extra that is missing or too old: one line that names the command."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from django_jwtkit.contrib.extras import EXTRAS, require

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REMEDY = 'django_jwtkit.contrib.sentry needs sentry-sdk>=2: pip install "django-jwtkit[sentry]"'


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_package_promises_the_same_versions(extra):
    """The versions that are checked here are those that pip installs."""
    assert str(EXTRAS[extra]) in PROJECT["optional-dependencies"][extra]


def test_a_missing_neighbour_is_one_line(monkeypatch):
    """It names the module, the distribution and the command; the reason stays its cause."""
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ImportError) as caught, require("sentry"):
        import sentry_sdk  # noqa: F401
    assert str(caught.value) == REMEDY
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize(
    ("version", "is_enough"), [("1.45.1", False), ("2", True), ("2.0rc1", True), ("10.1", True)]
)
def test_a_neighbour_must_be_new_enough(monkeypatch, version, is_enough):
    """The numbers are compared, not the text."""
    monkeypatch.setattr(metadata, "version", lambda distribution: version)
    if is_enough:
        with require("sentry"):
            pass
        return
    with pytest.raises(ImportError, match=re.escape(f"{REMEDY} (installed: {version})")), require("sentry"):
        pytest.fail("an old neighbour was imported")


def test_a_neighbour_without_a_version_is_tried(monkeypatch):
    """A copy in the project's own tree has no metadata."""
    monkeypatch.setattr(
        metadata, "version", lambda distribution: metadata.distribution("no-such-distribution").version
    )
    with require("sentry"):
        import sentry_sdk  # noqa: F401
