"""Locks that a forked child process can acquire, whatever the threads of its parent had locked.

A fork copies the memory but only one thread. A lock that another thread had acquired stays locked in the
child permanently, because no thread is there to release it.
"""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Final

_locks: Final[weakref.WeakSet["Lock"]] = weakref.WeakSet()
_actions: Final[list[Callable[[], None]]] = []


class Lock:
    """A lock that is replaced by an open one in a forked child. Use it as `with lock.inner:`.

    `inner` is Python's own lock. It is acquired and released in C, so an exception that a signal or a
    time-out raises cannot leave it locked. `acquire` and `release` are its methods.
    """

    __slots__ = ("__weakref__", "acquire", "inner", "release")

    def __init__(self) -> None:
        self.renew()
        _locks.add(self)

    def renew(self) -> None:
        """Replace the lock by an open one. Only safe in a process with one thread."""
        self.inner = threading.Lock()
        self.acquire, self.release = self.inner.acquire, self.inner.release


def in_children(action: Callable[[], None]) -> Callable[[], None]:
    """Call `action` in each forked child, once the locks are open. Works as a decorator."""
    _actions.append(action)
    return action


def _renew_in_child() -> None:
    for lock in _locks:
        lock.renew()
    for action in _actions:
        action()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_in_child)
