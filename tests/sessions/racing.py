"""What the racing processes of the tests here do."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import RefreshReused, TokenError

THREADS = 5  # clients in a process, each with a connection of its own

_pool = ThreadPoolExecutor(THREADS)
_newest: dict[int, str] = {}


def refresh(first: str | None) -> list[dict[str, Any]]:
    """Let each client refresh the token that it was given last, `first` in the first round."""
    if first is not None:
        _newest.update(dict.fromkeys(range(THREADS), first))
    return list(_pool.map(_refresh, range(THREADS)))


def _refresh(client: int) -> dict[str, Any]:
    try:
        pair = sessions.refresh(_newest[client])
    except TokenError as error:
        return {"refused": error.code}
    except DatabaseError as error:  # a deadlock, a lock that came too late
        return {"failed": str(error)}
    _newest[client] = pair.refresh
    return {"counter": tokens.verify(pair.refresh, kind=tokens.REFRESH)["cnt"]}


def reuse_and_die(spent: str) -> None:
    """Show a spent token, and be killed as soon as the verdict is there."""
    try:
        sessions.refresh(spent)
    except RefreshReused:
        os.kill(os.getpid(), signal.SIGKILL)


def log_in(pk: int, most: int, inside: bool) -> list[str]:
    """Log a user in with each client, inside a transaction of the caller's or not; return what failed."""
    with override_settings(JWTKIT={"MAX_SESSIONS": most}):
        return [failure for failure in _pool.map(_log_in, [pk] * THREADS, [inside] * THREADS) if failure]


def _log_in(pk: int, inside: bool) -> str:
    user = get_user_model().objects.get(pk=pk)
    if connection.vendor == "sqlite":  # as Django advises where transactions read before they write
        connection.transaction_mode = "IMMEDIATE"
    try:
        with transaction.atomic() if inside else nullcontext():
            sessions.start(user)
    except DatabaseError as error:
        return str(error)
    return ""
