"""`SESSION_CACHE`: a shortcut to the answer of the database, never an answer of its own.

A session's entry is its stamp while it lives, for ten seconds, and a tombstone once it has ended, each
under a MAC (see `entries`). Readers only `add`: one that read "alive" just before a logout can't write it
over the tombstone. A cache that is down knows nothing, and then the database is asked: at once, for some
seconds from a failure on, so that a server that is silent costs a process one time-out now and then, and no
request two. One gap stays, and is bounded: if the cache was away when a session ended and comes back with
its memory, an entry of before is believed for what is left of its ten seconds. The same holds where a
writer of the cache takes a tombstone away and puts such an entry back.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final

from django.core.cache import caches

from django_jwtkit.conf import conf
from django_jwtkit.errors import ScopeUnknown
from django_jwtkit.keys import Store
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.table import current_store

from . import entries

logger = get_logger("sessions")
_failed: Final[dict[str, float]] = {}  # alias: when its cache last failed, in seconds of time.monotonic()
LEFT_ALONE_FOR: Final = 5.0  # seconds, after a failure; tombstones are tried anyway


def look(sid: str, now: datetime) -> str | None:
    """Return the stamp of a live session, `TOMBSTONE` for an ended one, None where nothing is known."""
    alias = _answering()
    if alias is not None:
        name = _name(sid, current_store())
        with _MayBeDown(alias):
            return entries.read(name, caches[alias].get(name), now)
    return None


def remember(sid: str, stamp: str, expires_at: datetime, now: datetime) -> None:
    """Note that a session was alive when it was read, for no longer than it can be."""
    alias, rest = _answering(), (expires_at - now) // timedelta(seconds=1)
    if alias is not None and rest > 0:
        name, span = _name(sid, current_store()), min(entries.ALIVE_FOR, rest)
        entry = entries.alive(name, stamp, now.timestamp() + span)
        with _MayBeDown(alias):
            caches[alias].add(name, entry, span)


def store_of_tombstones() -> Store | None:
    """Return the store for `bury`, or None where there is nothing to write, or no saying where.

    To be asked when a session ends: when the caller's transaction commits, another tenant may be current.
    """
    if conf().SESSION_CACHE is None:
        return None
    try:
        return current_store()
    except ScopeUnknown as error:  # the session has ended anyway
        fields = {"event": "session_cache_down", "reason": error.code}
        logger.error("SESSION_CACHE is told of no ending: %s", error, extra=fields)
        return None


def bury(sids: Sequence[str], store: Store | None) -> None:
    """Write tombstones: after the commit, and for longer than a reader can lag or an access token lives."""
    settings = conf()
    alias = settings.SESSION_CACHE
    if alias is not None and store is not None:
        span = settings.ACCESS_TOKEN_LIFETIME + settings.LEEWAY + timedelta(minutes=1)
        names = [_name(sid, store) for sid in sids]
        with _MayBeDown(alias):
            caches[alias].set_many({name: entries.ended(name) for name in names}, int(span.total_seconds()))


def _answering() -> str | None:
    """Return the alias of the cache, or None if there is none or it has just failed."""
    alias = conf().SESSION_CACHE
    if alias is None or time.monotonic() - _failed.get(alias, -LEFT_ALONE_FOR) < LEFT_ALONE_FOR:
        return None
    return alias


def _name(sid: str, store: Store) -> str:
    return f"jwtkit:session:{store.tag}:{sid}"


class _MayBeDown:
    """Goes on without the cache on any error of it: cache clients share no root of errors."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        _failed[self.alias] = time.monotonic()
        name = type(error).__name__
        message = "SESSION_CACHE does not answer: %s"
        log_limited(logger, logging.WARNING, "session_cache_down", message, name, fields={"reason": name})
        return True
