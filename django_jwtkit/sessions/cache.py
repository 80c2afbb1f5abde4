"""`SESSION_CACHE`: a shortcut to the answer of the database, never an answer of its own.

A session's entry is its stamp while it lives, for ten seconds, and a tombstone once it has ended. Readers
only `add`: whoever read "alive" just before a logout can't write it over the tombstone. A cache that is
down knows nothing, and then the database is asked. One gap stays, and is bounded: if the cache was away
when a session ended and comes back with its memory, an entry of before is believed for what is left of its
ten seconds.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final

from django.core.cache import BaseCache, caches

from django_jwtkit.conf import conf

from .models import Session

logger = logging.getLogger("django_jwtkit.sessions")
ALIVE_FOR: Final = 10  # seconds
TOMBSTONE: Final = "ended"  # no stamp: those are hashes, or empty


def look(sid: str) -> str | None:
    """Return the stamp of a live session, `TOMBSTONE` for an ended one, None where nothing is known."""
    store = _store()
    if store is not None:
        with _MayBeDown():
            entry = store.get(_name(sid))
            return entry if isinstance(entry, str) else None
    return None


def remember(session: Session, now: datetime) -> None:
    """Note that `session` was alive when it was read, for no longer than it can be."""
    store, left = _store(), (session.expires_at - now) // timedelta(seconds=1)
    if store is not None and left > 0:
        with _MayBeDown():
            store.add(_name(str(session.pk)), session.auth_hash, min(ALIVE_FOR, left))


def bury(sids: Sequence[str]) -> None:
    """Write tombstones: after the commit, and for longer than a reader can lag or an access token lives."""
    store = _store()
    if store is not None:
        settings = conf()
        span = settings.ACCESS_TOKEN_LIFETIME + settings.LEEWAY + timedelta(minutes=1)
        with _MayBeDown():
            store.set_many({_name(sid): TOMBSTONE for sid in sids}, int(span.total_seconds()))


def _store() -> BaseCache | None:
    alias = conf().SESSION_CACHE
    return None if alias is None else caches[alias]


def _name(sid: str) -> str:
    return f"jwtkit:session:{sid}"


class _MayBeDown:
    """Goes on without the cache, whatever is wrong with it: cache clients share no root of errors."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        fields = {"event": "session_cache_down", "reason": type(error).__name__}
        logger.warning("SESSION_CACHE does not answer: %s", type(error).__name__, extra=fields)
        return True
