"""The admin's pages work under the themes that projects put over Django's own: the real packages."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.neighbours.themes import APPS

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.once


@pytest.mark.parametrize("theme", APPS)
def test_the_pages_are_there_under_a_theme(theme):
    if find_spec(APPS[theme][0]) is None:
        pytest.skip(f"{theme} is not installed: tox -e neighbours-themes")
    command = [sys.executable, "-W", "ignore", "-m", "tests.neighbours.themes", theme]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert set(answer["statuses"].values()) == {200}, answer
    assert answer["names the key"]
    assert answer["names the user"]
