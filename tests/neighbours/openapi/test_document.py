"""The OpenAPI document that drf-spectacular makes of our endpoints, by its own command."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from django_jwtkit.apps import describe_endpoints

ROOT = Path(__file__).parents[3]
SETTINGS = "tests.neighbours.openapi"
pytestmark = pytest.mark.once

pytest.importorskip("drf_spectacular", reason="drf-spectacular is not installed: tox -e neighbours-api")


@pytest.mark.parametrize("project", ["settings", "small_settings"])
def test_the_command_finds_no_fault(project):
    """It finds our extensions by itself, in the test project and in one of nothing but our endpoints."""
    command = [sys.executable, "-W", "error", "-m", "django", "spectacular", "--validate", "--fail-on-warn"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": f"{SETTINGS}.{project}"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "JWTPair" in done.stdout


def test_an_old_neighbour_is_one_warning_at_the_start(monkeypatch):
    """The site works without the document, so it starts."""
    monkeypatch.setattr(metadata, "version", lambda distribution: "0.1")
    monkeypatch.delitem(sys.modules, "django_jwtkit.contrib.spectacular", raising=False)
    with pytest.warns(UserWarning, match=r'needs drf-spectacular>=0.28: pip install "django-jwtkit\[spectac'):
        describe_endpoints()


def test_without_it_nothing_of_it_is_imported():
    """A project that has it not in INSTALLED_APPS pays nothing."""
    code = "import django, sys; django.setup(); print('drf_spectacular' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
