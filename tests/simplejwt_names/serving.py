"""The shop behind gunicorn with two workers, and clients that call it the whole time."""

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.simplejwt_names.moving import PASSWORD, Shop

CREDENTIALS = {"email": "ada@example.com", "password": PASSWORD}
PATIENCE = 60.0  # seconds in which the server must be up


class Server:
    """Two workers of gunicorn, which serve whatever `current` points to when they start."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.folder, self.port = folder, _free_port()
        self.current = folder / "current"
        self.current.symlink_to(shop.folder)
        self.env = {**shop.env, "SHOP_CURRENT": str(self.current), "PYTHONPATH": _path_of_launch(shop)}
        self.process = self._start()

    def release(self, shop: Shop) -> None:
        """Make `shop` the current release."""
        new = self.folder / "next"
        new.symlink_to(shop.folder)
        new.replace(self.current)

    def roll(self) -> float:
        """Replace the workers, the old ones being served out; return how long both kinds were there."""
        begun, before = time.monotonic(), _children(self.process.pid)
        self.process.send_signal(signal.SIGHUP)
        deadline = begun + PATIENCE
        while before & (now := _children(self.process.pid)) or len(now) < 2:
            assert time.monotonic() < deadline, "the old workers do not end"
            time.sleep(0.05)
        return time.monotonic() - begun

    def restart(self) -> float:
        """Stop and start; return how long nobody answered."""
        begun = time.monotonic()
        self.stop()
        self.process = self._start()
        return time.monotonic() - begun

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--log-level", "warning", "launch:application"]
        with (self.folder / "gunicorn.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not is_up(self.port):
            assert process.poll() is None, (self.folder / "gunicorn.log").read_text()
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)
        return process


class Client(threading.Thread):
    """Calls a view the whole time, and refreshes when its access token has expired.

    `patient`: while nobody listens, it waits; that is no failure.
    """

    def __init__(self, port: int, *, patient: bool) -> None:
        super().__init__(daemon=True)
        self.port, self.patient = port, patient
        self.counts: Counter[str] = Counter()
        self.failures: list[tuple[str, int, Any]] = []
        self.refreshes: list[str] = []  # the typ of each access token that a refresh gave
        self._stop_event = threading.Event()
        self.pair = self._post("/api/token/", CREDENTIALS)

    def run(self) -> None:
        while not self._stop_event.is_set():
            if time.time() >= _claims(self.pair["access"])["exp"]:
                self.pair |= self._post("/api/token/refresh/", {"refresh": self.pair["refresh"]}) or {}
                self.refreshes.append(_header(self.pair["access"])["typ"])
            self._ask("GET", "/api/me/", None)
            time.sleep(0.02)

    def end(self) -> None:
        self._stop_event.set()
        self.join(timeout=PATIENCE)

    def _post(self, path: str, body: dict[str, str]) -> Any:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: dict[str, str] | None) -> Any:
        token = {"Authorization": f"Bearer {self.pair['access']}"} if body is None else {}
        while True:
            try:
                status, answer = _send(self.port, method, path, body, token)
                break
            except (ConnectionError, http.client.HTTPException):
                if not self.patient:
                    self.failures.append((path, 0, "the connection was lost"))
                    return None
                self.counts["waited"] += 1
                time.sleep(0.05)
        self.counts[path] += 1
        if status != 200:
            self.failures.append((path, status, answer))
            return None
        return answer


def _send(port: int, method: str, path: str, body: dict[str, str] | None, token: dict[str, str]) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Content-Type": "application/json", **token})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] in b"{[" else text[:200].decode()
    finally:
        connection.close()


def _claims(token: str) -> dict[str, Any]:
    return _part(token, 1)


def _header(token: str) -> dict[str, Any]:
    return _part(token, 0)


def _part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def _path_of_launch(shop: Shop) -> str:
    root = Path(__file__).resolve().parents[2]
    return os.pathsep.join((str(Path(__file__).parent), str(root)))


def _children(pid: int) -> set[str]:
    """Return the process ids of the children of `pid`."""
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def is_up(port: int) -> bool:
    try:
        return bool(_send(port, "GET", "/api/me/", None, {})[0] == 401)
    except (ConnectionError, http.client.HTTPException):
        return False
