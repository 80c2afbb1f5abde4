"""One daemon thread a process, which fetches ahead of time so that no request waits.

It starts with the first request that finds a set due, also in a forked child, and ends with the process.
"""

import os
import queue
import threading
from collections.abc import Callable
from typing import Final

from django_jwtkit import forks

Work = Callable[[], object]

_lock: Final = forks.Lock()


class _Worker:
    """The thread, and the sets that wait for it. In a forked child it is dead."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._waiting: set[int] = set()
        self._jobs: queue.SimpleQueue[tuple[int, Work] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="jwtkit-refresher", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self.pid == os.getpid() and self._thread.is_alive()

    def add(self, key: int, work: Work) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            self._jobs.put((key, work))

    def end(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            key, work = job
            self._waiting.discard(key)  # a request from now on starts another job
            work()


_worker: _Worker | None = None


def request(owner: object, work: Work) -> None:
    """Have `work` done soon. While work of `owner` waits, no other of it is queued."""
    global _worker  # noqa: PLW0603 - one thread a process
    with _lock.inner:
        if _worker is None or not _worker.is_alive():
            _worker = _Worker()
        _worker.add(id(owner), work)


def stop() -> None:
    """End the thread and wait for it; the next request starts another."""
    global _worker
    with _lock.inner:
        worker, _worker = _worker, None
    if worker is not None and worker.is_alive():
        worker.end()
