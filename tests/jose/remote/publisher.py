"""A server on loopback that publishes a JWK Set, well or badly."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django_jwtkit.jose import KeySet

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        publisher = self.server.publisher
        publisher.requests.append((self.path, dict(self.headers)))
        publisher.behaviour(self)

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    publisher: "Publisher"

    def handle_error(self, *_: object) -> None:
        """Clients that go away are what some tests are about."""


class Publisher:
    """`publish` what keys you like, or set a `behaviour`; `requests` are paths and headers."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/jwks.json"
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.behaviour: Behaviour = lambda handler: handler.answer(b"", 404)

    def publish(self, *keys: Any, **headers: str) -> None:
        body = json.dumps(KeySet([key.public() for key in keys]).to_dict()).encode()
        self.behaviour = lambda handler: handler.answer(body, **headers)

    def fail(self) -> None:
        self.behaviour = lambda handler: handler.answer(b"out of order", 500)

    @property
    def fetches(self) -> int:
        return len(self.requests)


@contextmanager
def publisher() -> Iterator[Publisher]:
    with _Server(("127.0.0.1", 0), Handler) as server:
        server.publisher = Publisher(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.publisher
        finally:
            server.shutdown()
            thread.join()


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
