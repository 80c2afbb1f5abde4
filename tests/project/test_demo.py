"""`python -m testproject.demo`: the first thing that anybody sees of us."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from shutil import which

import pytest

from testproject.people import ADMIN, ALICE, PASSWORDS
from testproject.stage import CHECKOUT
from testproject.story import STORY
from testproject.terminal import GREEN, paint

COMMAND = (sys.executable, "-m", "testproject.demo")


def run(arguments: Sequence[str], command: Sequence[str] = COMMAND) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*command, *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
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


BROKEN = """
import sys
from testproject import demo, story
demo.STORY = (("A promise", lambda cast: story.demand(False, "that nobody could keep")), *demo.STORY)
sys.exit(demo.main())
"""


def test_a_broken_promise_is_named_and_exits_1() -> None:
    """What and why; nothing is told after it, and the server is gone."""
    done = run(["--check"], command=(sys.executable, "-c", BROKEN))
    assert done.returncode == 1
    assert "✗ A promise" in done.stdout
    assert "that nobody could keep" in done.stdout
    assert "✓" not in done.stdout


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False)],
    ids=["a terminal", "a pipe", "NO_COLOR", "a dumb terminal"],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], coloured: bool
) -> None:
    """Escapes go to a terminal only, and to none that asks to be spared (no-color.org)."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert (paint("✓", GREEN) != "✓") is coloured


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_cannot_be_is_answered_too(port: str) -> None:
    """No traceback for a slip of the finger."""
    done = run([f"--port={port}"])
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.skipif(not (which("bash") and which("curl")), reason="pastes lines into bash that need curl")
def test_the_demo_serves_until_it_is_interrupted() -> None:
    """After the story: addresses, credentials, lines that work when pasted; Ctrl-C ends it and its server."""
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
        client, operator = (pasted(told, title) for title in ("Be a client", "Be the operator"))
        address = next(line.split()[-1] for line in told.splitlines() if "The story with buttons" in line)
        demo.send_signal(signal.SIGINT)
        try:
            demo.communicate(timeout=30)
        finally:
            demo.kill()  # where it does not listen: a failed test, not one that hangs
    assert demo.returncode == 0
    assert f"{ADMIN} / {PASSWORDS[ADMIN]}" in told
    assert "HTTP/1.1 200" in client
    assert f'"username":"{ALICE}"' in client
    assert '"keys"' in client
    assert "STANDBY" in operator
    assert gone(address)


def pasted(told: str, title: str) -> str:
    """What a shell says to the lines under a heading."""
    lines = told.partition(title)[2].partition("\n\n")[2].partition("\n\n")[0]
    assert lines
    shell = subprocess.run(
        ["bash", "-c", lines], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert shell.returncode == 0, shell.stderr
    return shell.stdout


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
