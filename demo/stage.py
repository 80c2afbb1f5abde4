"""Set the stage: a fresh database and a running server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from demo import partner
from demo.story import BrokenPromiseError, Player
from demo.story.player import CHECKOUT

HOST: Final = "127.0.0.1"
START_UP: Final = 60  # seconds, on a very busy machine


class PortTakenError(Exception):
    """Another program listens on the port, or there is no such port."""


@contextmanager
def stage(port: int) -> Iterator[Player]:
    """Seed a database, serve on `port` (0 for a free one), and yield a player.

    Raises `PortTakenError`, and `BrokenPromiseError` if the database or the server can't be set up.
    """
    host = f"{HOST}:{free_port(port)}"
    with TemporaryDirectory(prefix="django_jwtkit_demo_") as directory:
        partner.make_key(Path(directory))
        player = Player(host, environment=environment_of(Path(directory), host))
        player.manage("seed_demo")
        with server(player, Path(directory) / "server.log"):
            yield player


def environment_of(directory: Path, host: str) -> dict[str, str]:
    """Return the variables with which `manage.py` works on this demo's database."""
    return {
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "JWTKIT_DATABASE": "sqlite",
        "JWTKIT_SQLITE": str(directory / "demo.sqlite3"),
        "JWTKIT_DEMO_URL": f"http://{host}",
        partner.FOLDER: str(directory),
    }


def free_port(port: int) -> int:
    """Return `port`, or for 0 a port that was free a moment ago. Raises `PortTakenError`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise PortTakenError(str(error)) from error
        return int(probe.getsockname()[1])


@contextmanager
def server(player: Player, log: Path) -> Iterator[None]:
    """Serve the demo's project at the player's address until the block ends."""
    command = [sys.executable, "manage.py", "runserver", player.host, "--noreload", "--insecure"]
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=CHECKOUT, env=os.environ | player.environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        await_answer(player, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def await_answer(player: Player, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when the server answers. Raises `BrokenPromiseError` if it never does."""
    deadline = time.monotonic() + START_UP
    while process.poll() is None and time.monotonic() < deadline:
        try:
            player.call("GET", "/.well-known/jwks.json")
        except (OSError, HTTPException):
            time.sleep(0.05)
        else:
            return
    said = log.read_text(errors="replace")
    raise BrokenPromiseError(f"the server does not answer at {player.url}:\n{said}")
