"""Serve the small project under gunicorn, on a database that is dropped when the block ends."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

WORKERS = 2
PATIENCE = 120.0  # seconds that it may take to start


class Server(NamedTuple):
    """A server on `database`, its port and process, and the lines that its clients send, again and again."""

    database: str
    port: int
    lines: Mapping[str, Iterator[str]]
    pid: int

    def spent(self) -> float:
        """Return the processor seconds of the workers so far."""
        return sum(map(_spent, _children(self.pid)))


@contextmanager
def serving(database: str, folder: str) -> Iterator[Server]:
    """Serve from `database`, "sqlite" (a file in `folder`), "postgresql" or "mariadb"."""
    name = os.path.join(folder, "bench.sqlite3") if database == "sqlite" else f"jwtkit_bench_{os.getpid()}"
    environment = {**os.environ, "BENCH_DATABASE": database, "BENCH_DATABASE_NAME": name}
    site = [sys.executable, "-m", "bench.throughput.site"]
    completed = subprocess.run(site, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    lines_of, port = json.loads(completed.stdout), _free_port()
    try:
        with _gunicorn(port, environment) as pid:
            yield Server(database, port, {name: cycle(lines) for name, lines in lines_of.items()}, pid)
    finally:
        subprocess.run([*site, "drop"], env=environment, check=True)


@contextmanager
def _gunicorn(port: int, environment: Mapping[str, str]) -> Iterator[int]:
    options = ["--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", *options, "bench.project.wsgi"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(port, process)
            yield process.pid
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it has answered so often that each worker has imported all that it needs."""
    ends, remaining = time.monotonic() + PATIENCE, 10 * WORKERS
    while remaining and time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/hello/nobody"):
                remaining -= 1
        except URLError:  # not listening yet
            time.sleep(0.1)
    if remaining:
        raise RuntimeError("gunicorn did not start; its messages are above")


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def _spent(pid: str) -> float:
    """Seconds of a process on a processor, of which Linux counts the nanoseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
