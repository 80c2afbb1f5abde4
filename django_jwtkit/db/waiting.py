"""Functions that wait for the database: refused in a running event loop, where their twins are awaited.

The twin of a function takes the same arguments, and returns and raises the same. It runs the function in the
thread that Django's own asynchronous methods use, with the database connections of the request or the test.
"""

import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, Final, Generic, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import event_loops
from django_jwtkit.errors import InsideEventLoop

P = ParamSpec("P")
R = TypeVar("R")
Twin = Callable[P, Coroutine[Any, Any, R]]

TWINS: Final[Mapping[str, str]] = {
    "issuers.verify": "issuers.averify",
    "sessions.check": "sessions.acheck",
    "sessions.end": "sessions.aend",
    "sessions.end_all": "sessions.aend_all",
    "sessions.refresh": "sessions.arefresh",
    "sessions.start": "sessions.astart",
    "tokens.issue": "tokens.aissue",
    "tokens.verify": "tokens.averify",
}


def asks_database(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a function, publicly called `name`, raise `InsideEventLoop` in a running event loop.

    It does so each time, also when it could have answered from memory: a call that fails now and then would
    pass the tests of a project, and fail in production.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if event_loops.is_running():
                raise refusal_in_event_loop(name)
            return function(*args, **kwargs)

        return call

    return decorate


def refusal_in_event_loop(name: str) -> InsideEventLoop:
    """Return the error for a call of the function `name` in a running event loop."""
    instead = f"{TWINS[name]}(…)" if name in TWINS else f"sync_to_async({name})(…)"
    return InsideEventLoop(
        f"{name} must not wait for the database in a running event loop. Use: await {instead}"
    )


def in_thread(function: Callable[P, R]) -> Twin[P, R]:
    """Return the twin of `function`."""

    @wraps(function)
    @sensitive_variables()
    async def twin(*args: P.args, **kwargs: P.kwargs) -> R:
        call: Callable[[], R] = _Call(function, *args, **kwargs)
        return await sync_to_async(call, thread_sensitive=True)()

    return _named_after(function, twin)


def at_once_or_in_thread(function: Callable[P, R]) -> Twin[P, R]:
    """Return the twin of a `function` that mostly answers from memory: then it takes no thread."""
    in_other_thread = in_thread(function)

    @wraps(function)
    @sensitive_variables()
    async def twin(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return event_loops.attempt(function, *args, **kwargs)
        except InsideEventLoop:
            pass
        return await in_other_thread(*args, **kwargs)

    return _named_after(function, twin)


def in_background(work: Callable[[], object], *, name: str) -> threading.Thread:
    """Do `work` in a thread of its own, and close the database connections of that thread behind it."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


class _Call(Generic[R]):
    """A call that another thread makes. The frames in between do not show its arguments, which are secret."""

    def __init__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> None:
        self._call: Callable[[], R] = lambda: function(*args, **kwargs)

    @sensitive_variables()
    def __call__(self) -> R:
        return self._call()


def _named_after(function: Callable[P, R], twin: Twin[P, R]) -> Twin[P, R]:
    twin.__name__ = twin.__qualname__ = f"a{function.__name__}"
    twin.__doc__ = f"Await `{function.__name__}`, with the same arguments, result and errors."
    return twin
