"""Locks that a forked child can take, whatever the threads of its parent had locked.

A fork copies the memory and one thread. A lock that another thread had taken stays locked in the child for
good: nobody is left to release it.
"""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Final

_locks: Final[weakref.WeakSet["Lock"]] = weakref.WeakSet()
_actions: Final[list[Callable[[], None]]] = []


class Lock:
    """A lock that is replaced by an open one in a forked child: `with lock.inner:`.

    `inner` is Python's own lock, which is taken and released without a frame of Python's: an exception that
    comes from outside, of a signal or a time-out, never leaves it taken. `acquire` and `release` are its own.
    """

    __slots__ = ("__weakref__", "acquire", "inner", "release")

    def __init__(self) -> None:
        self.renew()
        _locks.add(self)

    def renew(self) -> None:
        """Replace the lock by an open one; only a process with one thread may do so."""
        self.inner = threading.Lock()
        self.acquire, self.release = self.inner.acquire, self.inner.release


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
