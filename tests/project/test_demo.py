"""`python -m testproject.demo`: the first thing that anybody sees of us."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from testproject.people import ADMIN, PASSWORDS
from testproject.stage import CHECKOUT
from testproject.story import STORY

COMMAND = (sys.executable, "-m", "testproject.demo")


def run(arguments: Sequence[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


def test_the_check_tells_the_whole_story_and_exits_0() -> None:
    """`--check`: each promise gets its tick, on a free port, without colours where there is no terminal."""
    done = run(["--check"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == len(STORY)
    assert "✗" not in done.stdout
    assert "\033" not in done.stdout
    assert done.stderr == ""


def test_a_taken_port_is_answered_with_the_mend() -> None:
    """Two lines: what is wrong, and a command to paste."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(["--port", str(taken.getsockname()[1])])
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert "is not free" in lines[0]
    assert "--port" in lines[1]


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_cannot_be_is_answered_too(port: str) -> None:
    """No traceback for a slip of the finger."""
    done = run([f"--port={port}"])
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2


def test_the_demo_serves_until_it_is_interrupted() -> None:
    """After the story: addresses, credentials, curl lines; Ctrl-C ends it and its server."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0"],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as demo:
        assert demo.stdout is not None
        told = ""
        while "Ctrl-C" not in told and (line := demo.stdout.readline()):
            told += line
        address = next(line.split()[-1] for line in told.splitlines() if "The story with buttons" in line)
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=30)
    assert demo.returncode == 0
    assert f"{ADMIN} / {PASSWORDS[ADMIN]}" in told
    assert "curl -i" in told
    assert gone(address)


def gone(address: str) -> bool:
    """Nobody listens there any more."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))):
                return True
        time.sleep(0.05)
    return False
