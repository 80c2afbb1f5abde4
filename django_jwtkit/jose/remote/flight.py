"""Work that one thread does for all that ask for it at the same time."""

import os
import threading
from collections.abc import Callable

from django_jwtkit import forks


class Flight:
    """Work under way. In a forked child nobody does it."""

    def __init__(self) -> None:
        self.pid, self.landed = os.getpid(), threading.Event()


class SingleFlight:
    """Of all threads that ask, one works, and the others wait for it."""

    def __init__(self) -> None:
        self._lock = forks.Lock()
        self._flight: Flight | None = None

    def is_under_way(self) -> bool:
        flight = self._flight
        return flight is not None and flight.pid == os.getpid()

    def fly(self, work: Callable[[], None], timeout: float) -> None:
        """Do `work`, or wait `timeout` seconds at most for the thread that is at work."""
        with self._lock.inner:
            flight = self._flight
            if leads := flight is None or flight.pid != os.getpid():
                flight = self._flight = Flight()
        if not leads:
            flight.landed.wait(timeout)
            return
        try:
            work()
        finally:
            self._flight = None
            flight.landed.set()
