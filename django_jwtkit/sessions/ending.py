"""Ending sessions, telling who has to know, and forgetting the dead."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from django_jwtkit import keys, signals, tokens
from django_jwtkit.db import refuse_transaction
from django_jwtkit.logs import get_logger

from . import cache
from .models import Session
from .rows import after_commit, despite_deadlock, living, rows, using

logger = get_logger("sessions")
MAX_REASON: Final = 64


def end(session_id: UUID | str, *, reason: str = "logout", now: datetime | None = None) -> bool:
    """End one session; return whether it was alive until now. Its refresh token is dead at once."""
    try:
        sid = UUID(str(session_id))
    except ValueError:
        return False
    now = now or keys.now()
    return bool(finish(living(now).filter(pk=sid), [str(sid)], reason, now))


def end_all(user: AbstractBaseUser, *, reason: str = "logout_all", now: datetime | None = None) -> int:
    """End all sessions of `user`; return how many. One UPDATE, plus one SELECT for the ids it changed.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`.
    """
    now = now or keys.now()
    key = tokens.users.key_of(user)
    ended = _mark(living(now).filter(user_id=key), reason, now)
    if ended:
        met = rows().filter(user_id=key, ended_at=now, end_reason=reason[:MAX_REASON])
        _announce([str(sid) for sid in met.values_list("pk", flat=True)], reason)
    return ended


def finish(found: QuerySet[Session], sids: Sequence[str], reason: str, now: datetime) -> int:
    """End the sessions `found`, whose ids are `sids`; return how many this call, and no other, has ended."""
    ended = _mark(found, reason, now)
    if ended:
        _announce(sids, reason)
    return ended


def _mark(found: QuerySet[Session], reason: str, now: datetime) -> int:
    alive, end = found.order_by().filter(ended_at=None), {"ended_at": now, "expires_at": now}
    return despite_deadlock(lambda: alive.update(**end, end_reason=reason[:MAX_REASON]))


def _announce(sids: Sequence[str], reason: str) -> None:
    store = cache.store_of_tombstones()

    def tell() -> None:
        cache.bury(sids, store)
        for sid in sids:
            fields = {"event": "session_ended", "sid": sid, "reason": reason}
            logger.info("Session %s ended: %s", sid, reason, extra=fields)
        signals.session_ended.send_robust(Session, sids=list(sids), reason=reason)

    after_commit(tell)


def prune(
    *,
    dead_for: timedelta = timedelta(0),
    batch: int = 1000,
    progress: Callable[[int], None] | None = None,
    now: datetime | None = None,
) -> int:
    """Delete the sessions that ended or expired `dead_for` ago or longer; return how many.

    In batches along one index, each a short transaction of its own; `progress` is told the count after
    each. The dead never come back to life, so it may run beside any traffic. A token of a forgotten session
    stays refused. Raises `InsideTransaction`.
    """
    refuse_transaction(using(), "sessions.prune")
    before, count, reached = (now or keys.now()) - dead_for, 0, None
    while True:
        dead = rows().filter(expires_at__lte=before).order_by("expires_at")
        # Begin where the last batch ended: a database may not have cleared the index of what is gone.
        ahead = dead if reached is None else dead.filter(expires_at__gte=reached)
        found = list(ahead.values_list("pk", "expires_at")[:batch])
        if not found:
            return count
        (_, first), (_, reached) = found[0], found[-1]
        # Between two dates, for the index; and these alone, for a million may have ended at one moment.
        batch_of_dead = rows().filter(expires_at__range=(first, reached), pk__in=[pk for pk, _ in found])
        _, deleted = despite_deadlock(batch_of_dead.delete)
        count += deleted.get(Session._meta.label, 0)
        if progress is not None:
            progress(count)
