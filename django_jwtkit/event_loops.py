"""Running event loops. What waits in one, for a database or another host, holds up every other task.

Our functions answer there from memory, or raise an error and leave the work to a thread. Where a caller says
that the call is an attempt, it will repeat the call in a thread itself, and nothing else is to be started.
"""

import asyncio
import os
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

WAIVER: Final = "DJANGO_ALLOW_ASYNC_UNSAFE"
"""Django's own environment variable: in a notebook, or under Playwright, waiting harms nobody."""

_is_attempt: Final[ContextVar[bool]] = ContextVar("jwtkit_is_attempt", default=False)


def is_running() -> bool:
    """Return whether the caller is in a running event loop, where it must not wait."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return not os.environ.get(WAIVER)


def is_attempt() -> bool:
    """Return whether the caller will repeat the call in a thread, if it cannot be answered here."""
    return _is_attempt.get()


def attempt(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what `function` answers in this event loop, or raise what it raises there."""
    token = _is_attempt.set(True)
    try:
        return function(*args, **kwargs)
    finally:
        _is_attempt.reset(token)
