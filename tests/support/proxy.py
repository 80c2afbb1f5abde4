"""A way to a server that can be cut and restored, or fall silent: `with Proxy(port) as way:`."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Proxy:
    """Passes on what comes to its own `port` on loopback, and what is answered."""

    port: int

    def __init__(self, to: int) -> None:
        self._to, self._ends, self._silent = to, list[socket.socket](), threading.Event()
        self.port = 0
        self.restore()

    def restore(self) -> None:
        """Take what comes to the same port again, after a cut."""
        self._ends.clear()
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        self._threads = list[threading.Thread]()
        self._doorkeeper = threading.Thread(target=self._let_in)
        self._doorkeeper.start()

    def fall_silent(self) -> None:
        """Take what comes from now on, and answer nothing."""
        self._silent.set()

    def cut(self) -> None:
        """End all connections in the middle of whatever they do, and take no more."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._doorkeeper.join()
        for end in self._ends:
            with suppress(OSError):  # the other side was quicker
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._door.fileno() >= 0:
            self.cut()

    def _let_in(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:  # the door is closed
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                thread = threading.Thread(target=self._pass_on, args=(source, sink))
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while octets := source.recv(65536):
                if not self._silent.is_set():
                    sink.sendall(octets)
        except OSError:  # it was cut
            return
