"""The bench runs: where its packages are installed, its modules are imported and its contenders called.

No time is judged here. `tox -e bench` installs all that this needs, and demands it.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import services

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
PEERS = ("allauth", "jwt", "joserfc", "knox", "rest_framework_simplejwt", "psycopg")
ALONE = ("bench.bad_input", "bench.hot", "bench.prune")  # which set Django up for themselves
MODULES = [
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for file in sorted(BENCH.rglob("*.py"))
    if file.name != "settings.py"
]
ROOMS = {
    "bench.scale.settings": [name for name in MODULES if name.startswith("bench.scale")],
    "bench.project.settings": [name for name in MODULES if not name.startswith(("bench.scale", *ALONE))],
}


def demanded():
    """Skip where the bench is not installed; fail where it was promised to be."""
    missing = [name for name in PEERS if find_spec(name) is None]
    if missing and os.environ.get("JWTKIT_DEMAND_BENCH") == "1":
        pytest.fail(f"the bench lacks {', '.join(missing)}")
    if missing:
        pytest.skip(f"the bench lacks {', '.join(missing)}; tox -e bench has all")


def python(*arguments):
    """Run Python in a process of its own, for settings differ; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("settings", ROOMS)
def test_every_module_can_be_imported(settings):
    """Each name that they take from the package exists."""
    demanded()
    setup = f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = {settings!r}; import django; django.setup()"
    python("-c", f"{setup}; import {', '.join(ROOMS[settings])}")


@pytest.mark.parametrize("module", ALONE)
def test_a_script_that_stands_alone_can_be_imported(module):
    """It sets Django up when it is."""
    demanded()
    python("-c", f"import {module}")


@pytest.fixture
def full_run():
    """Only where it was asked for: a minute."""
    if os.environ.get("JWTKIT_DEMAND_BENCH") != "1":
        pytest.skip("takes a minute: tox -e bench")
    demanded()


def test_the_main_table_is_measured(full_run):
    """One round of it all, printed, the docs left alone."""
    assert "| goal | bound |" in python("-m", "bench", "--rounds", "1", "--print")


def test_the_table_of_scale_is_measured(full_run):
    """One round, of a handful of sessions."""
    if not services.is_listening("127.0.0.1", 5432):
        services.missing("needs PostgreSQL on 127.0.0.1:5432")
    few = ["--few", "100", "--many", "200", "--rounds", "1", "--print"]
    assert "| logout |" in python("-m", "bench", "scale", *few)


def test_the_table_of_requests_is_measured(full_run):
    """One round of few requests to a server on SQLite, none of which may fail."""
    few = ["--databases", "sqlite", "--rounds", "1", "--requests", "10", "--print"]
    assert "| django_jwtkit, refresh |" in python("-m", "bench", "throughput", *few).replace("|  |", "|")
