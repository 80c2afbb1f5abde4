"""Send a burst of requests of one way over a few connections, and measure what it cost the workers."""

import json
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from .serving import Server
from .ways import Way

CONNECTIONS = 4


class Load(NamedTuple):
    """The processor time of a request in the workers, in microseconds, and requests per second.

    Other programs affect the first much less. The second includes the client, on the same processor.
    """

    work: float
    per_second: float


def ask(server: Server, way: Way, count: int) -> Load:
    """Send `count` requests. Raises `RuntimeError` if any of them fails."""
    send = _refreshing(server, way) if way.token else partial(SENDERS[way.method], server.port, way.path)
    lines = list(islice(server.lines[way.lines], count))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        before, began = server.spent(), time.perf_counter()
        for _ in pool.map(send, lines):
            pass
        seconds = time.perf_counter() - began
    return Load((server.spent() - before) / count * 1e6, count / seconds)


def _refreshing(server: Server, way: Way) -> Callable[[str], None]:
    """Log in a few times, and return a call that refreshes one of these logins with its newest token."""
    logins = islice(server.lines[way.lines], 2 * CONNECTIONS)
    answers = deque(_post(server.port, way.path, line) for line in logins)

    def refresh(_: str) -> None:
        body = json.dumps({way.token: answers.popleft()[way.token]})
        answers.append(_post(server.port, f"{way.path}refresh/", body))

    return refresh


def _get(port: int, path: str, line: str) -> Any:
    return _answer(port, _message(f"GET {path}", line))


def _post(port: int, path: str, body: str) -> Any:
    lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    return _answer(port, _message(f"POST {path}", *lines) + body.encode())


SENDERS: Final[Mapping[str, Callable[[int, str, str], Any]]] = {"GET": _get, "POST": _post}


def _message(start: str, *lines: str) -> bytes:
    """Return the head of a request; HTTP/1.0, so that the answer is no more than its body."""
    return "\r\n".join([f"{start} HTTP/1.0", "Host: 127.0.0.1", *filter(None, lines), "", ""]).encode()


def _answer(port: int, message: bytes) -> Any:
    """Send `message` over a connection of its own, as gunicorn's usual workers want it; return the JSON."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(message)
        answer = b"".join(iter(partial(connection.recv, 65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise RuntimeError(f"{message!r} was answered by {answer!r}")
    return json.loads(body)
