"""An optional extra that is missing or too old: one line that names the command."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from django_jwtkit.contrib.extras import EXTRAS, require

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
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


# Tells which neighbours our modules import, and what each module of contrib says where its own is missing.
ALONE = """
import importlib, json, pathlib, sys
import django, django_jwtkit

wanted, modules = [], {modules!r}

class Recorder:
    def find_spec(self, name, path=None, target=None):
        wanted.extend({{name.partition(".")[0]}} & set(modules.values()))

sys.meta_path.insert(0, Recorder())
django.setup()
root = pathlib.Path(django_jwtkit.__path__[0])
for file in root.rglob("*.py"):
    if "contrib" not in file.parts:
        importlib.import_module(".".join(["django_jwtkit", *file.relative_to(root).with_suffix("").parts]))
imported, words = list(wanted), {{}}
for extra, neighbour in modules.items():
    sys.modules[neighbour] = None
    try:
        importlib.import_module(f"django_jwtkit.contrib.{{extra}}")
    except ImportError as error:
        words[extra] = str(error)
print(json.dumps([imported, words]))
"""
MODULES = {
    "allauth": "allauth",
    "channels": "channels",
    "health_check": "health_check",
    "ninja": "ninja",
    "opentelemetry": "opentelemetry",
    "sentry": "sentry_sdk",
    "spectacular": "drf_spectacular",
}


def test_neighbours_are_imported_by_their_own_module_alone():
    """Nothing else of ours imports one; theirs says in one line what to install (sentry's at its use)."""
    command = [sys.executable, "-c", ALONE.format(modules=MODULES)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "testproject.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported, words = json.loads(done.stdout)
    assert imported == []
    assert MODULES.keys() == EXTRAS.keys()
    assert words.keys() == EXTRAS.keys() - {"sentry"}
    for extra, line in words.items():
        needed = f'django_jwtkit.contrib.{extra} needs {EXTRAS[extra]}: pip install "django-jwtkit[{extra}]"'
        assert line == needed
