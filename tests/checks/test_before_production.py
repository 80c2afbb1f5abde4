"""The settings that docs/before-production.md gives are all that `check --deploy` asks for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^## The settings$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python$(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def check(tmp_path):
    """Run `check --deploy` in a process with the page's settings, changed by a few more lines."""

    def check(more: str = "") -> "subprocess.CompletedProcess[str]":
        section = SECTION.search((ROOT / "docs" / "before-production.md").read_text(encoding="utf-8"))[1]
        lines = [
            "import os",
            'os.environ["SEALING_KEY"] = "Zk3v-9QmXw7_tR2pLs8Yb4NcHj6Fd1Ga0UeKiOo5Vx3"',
            "from testproject.settings import *",
            BLOCK.search(section)[1],
            more,
        ]
        (tmp_path / "production.py").write_text("\n".join(lines))
        command = [
            sys.executable,
            "-m",
            "django",
            "check",
            "--deploy",
            "--tag",
            "jwtkit",
            "--fail-level",
            "DEBUG",
        ]
        return subprocess.run(
            [*command, "--settings", "production", "--pythonpath", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return check


def test_the_settings_of_the_page_leave_nothing_to_say(check):
    done = check()
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
        "",
    )


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('del REST_FRAMEWORK["NUM_PROXIES"]', "W027"),
        ("del CACHES", "W026"),
        ('REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = {}', "W025"),
        ('del JWTKIT["AUDIENCE"]', "W040"),
    ],
)
def test_each_of_them_is_needed(check, line, number):
    assert f"jwtkit.{number}" in check(line).stderr
