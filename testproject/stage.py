"""Where the story is played: a fresh database, a really running server, and `manage.py` beside it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from testproject.exchange import Exchange, call

HERE: Final = "127.0.0.1"
CHECKOUT: Final = Path(__file__).resolve().parent.parent
START_UP: Final = 60  # seconds, on a very busy machine


class BrokenPromiseError(Exception):
    """A promise was not kept; the message says what and why."""


class PortTakenError(Exception):
    """Somebody else listens there."""


@dataclass(frozen=True)
class Stage:
    """One demo: its address and its database."""

    host: str
    directory: Path

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make `manage.py` work on this demo's database."""
        return {
            "DJANGO_SETTINGS_MODULE": "testproject.demo_settings",
            "JWTKIT_DATABASE": "sqlite",
            "JWTKIT_SQLITE": str(self.directory / "demo.sqlite3"),
            "JWTKIT_DEMO_URL": self.url,
        }

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def call(
        self, method: str, path: str, *, token: str = "", body: dict[str, object] | None = None
    ) -> Exchange:
        """Return one real HTTP exchange with the running server."""
        return call(self.host, method, path, token=token, body=body)

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run this Python with `arguments` beside the server, as an operator would; its output is text."""
        return subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=os.environ | self.environment | {"PYTHONIOENCODING": "utf-8"},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Return what a command printed; raise `BrokenPromiseError` with its complaint where it failed."""
        done = self.run("manage.py", *arguments, stdin=stdin)
        if done.returncode:
            raise BrokenPromiseError(
                f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr or done.stdout}"
            )
        return done.stdout


@contextmanager
def stage(port: int) -> Iterator[Stage]:
    """Yield a stage on `port` (0: a free one), its database seeded.

    Raises `PortTakenError`; `BrokenPromiseError` where there is no seeding it.
    """
    free = reserve(port)
    with TemporaryDirectory(prefix="django_jwtkit_demo_") as directory:
        here = Stage(f"{HERE}:{free}", Path(directory))
        here.manage("seed_demo")
        yield here


def reserve(port: int) -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except (OSError, OverflowError) as fault:
            raise PortTakenError(str(fault)) from fault
        return int(probe.getsockname()[1])


@contextmanager
def server(here: Stage) -> Iterator[None]:
    """Let the test project answer at `here` until the block ends."""
    command = [sys.executable, "manage.py", "runserver", here.host, "--noreload", "--insecure"]
    with here.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=CHECKOUT, env=os.environ | here.environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        await_answer(here, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def await_answer(here: Stage, process: "subprocess.Popen[bytes]") -> None:
    """Return when the server answers; raise `BrokenPromiseError` with its log where it never does."""
    deadline = time.monotonic() + START_UP
    while process.poll() is None and time.monotonic() < deadline:
        try:
            here.call("GET", "/.well-known/jwks.json")
        except (OSError, HTTPException):
            time.sleep(0.05)
        else:
            return
    raise BrokenPromiseError(
        f"the server does not answer at {here.url}:\n{here.log.read_text(errors='replace')}"
    )
