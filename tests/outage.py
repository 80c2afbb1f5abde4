"""A database server that can be switched off: a TCP proxy in front of it, cut and restored by the test."""

import socket
import threading
from contextlib import suppress
from typing import Self


class Proxy:
    """Passes on what comes to `port` of loopback to the server on `server`, until it is cut.

    Cut, it breaks every connection and refuses new ones, as a server does that has died.
    """

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.port = 0
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(timeout=10)

    def restore(self) -> None:
        """Listen on the port it had before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def cut(self) -> None:
        """Break what is open, and refuse what comes."""
        broken, self._open = [self._listener, *self._open], []
        for one in filter(None, broken):
            with suppress(OSError):  # not connected any more
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(self.server)
                self._open += [here, there]
                self._start(self._pump, here, there)
                self._start(self._pump, there, here)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
