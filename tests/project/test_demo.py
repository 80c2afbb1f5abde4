"""`python -m demo`: the first thing that a visitor sees of us."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from shutil import which

import pytest

from demo.people import ADMIN, ALICE, PASSWORDS
from demo.story import STORY
from demo.story.player import CHECKOUT
from demo.terminal import GREEN, paint

COMMAND = (sys.executable, "-m", "demo")


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


def test_a_taken_port_is_answered_with_a_remedy() -> None:
    """Two lines: the problem, and a command to paste."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(["--port", str(taken.getsockname()[1])])
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert "is not free" in lines[0]
    assert "--port" in lines[1]


BROKEN = """
import sys
from demo import __main__ as demo
from demo.story.acts import demand
broken = demo.STORY[0]._replace(title="A promise", act=lambda _: [demand(False, "that nobody could keep")])
demo.STORY = (broken, *demo.STORY)
sys.exit(demo.main())
"""


def test_a_broken_promise_is_named_and_exits_1() -> None:
    """The story stops there, and the server with it."""
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
        output = ""
        while "Ctrl-C" not in output and (line := demo.stdout.readline()):
            output += line
        client, operator = (pasted(output, title) for title in ("Be a client", "Be the operator"))
        address = next(line.split()[-1] for line in output.splitlines() if "The story with buttons" in line)
        demo.send_signal(signal.SIGINT)
        try:
            demo.communicate(timeout=30)
        finally:
            demo.kill()  # where it does not listen: a failed test, not one that hangs
    assert demo.returncode == 0
    assert f"{ADMIN} / {PASSWORDS[ADMIN]}" in output
    assert "HTTP/1.1 200" in client
    assert f'"username":"{ALICE}"' in client
    assert '"keys"' in client
    assert "STANDBY" in operator
    assert is_gone(address)


def pasted(output: str, title: str) -> str:
    """What a shell says to the lines under a heading."""
    lines = output.partition(title)[2].partition("\n\n")[2].partition("\n\n")[0]
    assert lines
    shell = subprocess.run(
        ["bash", "-c", lines], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert shell.returncode == 0, shell.stderr
    return shell.stdout


def is_gone(address: str) -> bool:
    """Return whether nothing listens there any more."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))):
                return True
        time.sleep(0.05)
    return False
