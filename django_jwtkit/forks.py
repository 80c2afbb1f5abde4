"""Locks that a forked child can take, whatever the threads of its parent had locked.

A fork copies the memory and one thread. A lock that another thread had taken stays locked in the child for
good: nobody is left to release it.
"""

import os
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Final

_locks: Final[weakref.WeakSet["Lock"]] = weakref.WeakSet()
_actions: Final[list[Callable[[], None]]] = []


class Lock:
    """A `threading.Lock` that is replaced by an open one in a forked child."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _locks.add(self)

    def acquire(self, *, blocking: bool = True) -> bool:
        """Take the lock, and return whether that was possible without waiting, if not `blocking`."""
        return self._lock.acquire(blocking=blocking)

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def renew(self) -> None:
        """Replace the lock by an open one; only a process with one thread may do so."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


def in_children(action: Callable[[], None]) -> Callable[[], None]:
    """Have `action` called in each forked child, once the locks are open. A decorator."""
    _actions.append(action)
    return action


def _begin_anew() -> None:
    for lock in _locks:
        lock.renew()
    for action in _actions:
        action()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_begin_anew)
