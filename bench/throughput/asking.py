"""Run wrk once: some seconds of requests of one way."""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from .serving import Server
from .ways import Way

CONNECTIONS = 8
REFRESHING = 64  # logins whose refresh tokens are used in turns
SCRIPT = Path(__file__).with_name("wrk.lua")


class Load(NamedTuple):
    """The counts of wrk: requests per second, and the median and 99th percentile in milliseconds.

    `work` is the processor time of a request in the workers, in milliseconds. Other programs affect it much
    less.
    """

    per_second: float
    median: float
    slow: float
    work: float


def find() -> str:
    """Return the path of wrk, or stop and say how to get it."""
    path = shutil.which("wrk")
    if path is None:
        raise SystemExit("bench: wrk is missing; it is a package of most systems. Try: apt install wrk")
    return path


def ask(server: Server, way: Way, seconds: float) -> Load:
    """Send requests for about `seconds`. Raises `RuntimeError` if any of them fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(_lines(server, way)) + "\n")
        file.flush()
        load = ["-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds:g}s", "--timeout", "10s"]
        command = [find(), *load, "-s", str(SCRIPT), server.url + way.path, "--", way.kind, file.name]
        before = server.spent()
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    report = next(line.split()[1:] for line in said.splitlines() if line.startswith("told "))
    requests, span, median, slow, refused, broken = map(int, report)
    if refused or broken or not requests:
        raise RuntimeError(f"{way.name} on {server.database}: {refused} refused, {broken} broken\n{said}")
    work = (server.spent() - before) / requests
    return Load(requests / span * 1e6, median / 1000, slow / 1000, work * 1000)


def _lines(server: Server, way: Way) -> list[str]:
    lines = server.lines[way.lines]
    if way.kind != "refresh":
        return lines
    login = server.url + way.path.removesuffix("refresh/")
    return [_logged_in(login, body) for body in islice(cycle(lines), REFRESHING)]


def _logged_in(url: str, body: str) -> str:
    """Return the refresh token of a new login."""
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)) as answer:
        return str(json.load(answer)["refresh"])
