"""Verify a Promela model with Spin, where it and a C compiler are installed."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

HERE: Final = Path(__file__).resolve().parent
COMPILE: Final = ("gcc", "-w", "-DSAFETY", "-DMEMLIM=3000", "-DVECTORSZ=2048", "-DCOLLAPSE")
SEARCH: Final = ("./pan", "-m200000", "-n")
LONGEST: Final = 1800  # seconds; the longest takes four minutes on an idle machine

IS_DEMANDED: Final = os.environ.get("JWTKIT_DEMAND_SERVICES") == "1"
IS_HERE: Final = bool(shutil.which("spin") and shutil.which("gcc"))

needed = pytest.mark.skipif(not (IS_HERE or IS_DEMANDED), reason="needs spin and gcc: apt install spin gcc")


class Outcome(NamedTuple):
    """Whether the property holds in all states, how many there were until then, and how long that took."""

    holds: bool
    states: int
    seconds: float


def verify(model: str, defines: Mapping[str, int], *, optimise: bool) -> Outcome:
    """Search all states of `model`, or those up to the first that breaks a property.

    To `optimise` takes three seconds, and a search of a million states one second less.
    """
    began = time.perf_counter()
    options = [f"-D{name}={value}" for name, value in defines.items()]
    compiler = (*COMPILE, "-O2" if optimise else "-O0", "-o", "pan", "pan.c")
    with tempfile.TemporaryDirectory() as folder:
        for command in (("spin", "-a", *options, str(HERE / model)), compiler, SEARCH):
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
    return _outcome(done.stdout, time.perf_counter() - began)


def _outcome(said: str, seconds: float) -> Outcome:
    states, errors = re.search(r"(\d+) states, stored", said), re.search(r"errors: (\d+)", said)
    assert states is not None, said
    assert errors is not None, said
    broken = errors[1] != "0"
    complete = "Search not completed" not in said and "too small" not in said
    assert broken or complete, said
    return Outcome(not broken, int(states[1]), seconds)
