"""Ending sessions, telling receivers, log and cache, and forgetting the dead."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error as DatabaseError
from django.db.models import QuerySet

from django_jwtkit import keys, signals, tokens
from django_jwtkit.db import refuse_transaction
from django_jwtkit.logs import get_logger

from . import cache
from .models import Session
from .table import after_commit, despite_deadlock, living, rows, using

logger = get_logger("sessions")
MAX_REASON: Final = 64


class Actor(NamedTuple):
    """What the log says of an end: the user that ended the session, their address, and the session's user.

    `by` and `account` are primary keys of users. Empty where it is unknown.
    """

    by: str = ""
    address: str | None = None
    account: str = ""


NOBODY: Final = Actor()


def end(
    session_id: UUID | str,
    *,
    reason: str = "logout",
    by: str = "",
    address: str | None = None,
    account: str = "",
    now: datetime | None = None,
) -> bool:
    """End one session; return whether it was alive until now. Its refresh token is dead at once.

    The log names `by`, the primary key of the user that ended it, the `address` of the request, and
    `account`, the primary key of the session's user: where a caller has it at hand, that saves a query.
    """
    try:
        sid = UUID(str(session_id))
    except ValueError:
        return False
    now = keys.at(now)
    return bool(
        finish(living(now).filter(pk=sid), [str(sid)], reason, now, actor=Actor(by, address, account))
    )


def end_all(
    user: AbstractBaseUser,
    *,
    reason: str = "logout_all",
    by: str = "",
    address: str | None = None,
    now: datetime | None = None,
) -> int:
    """End all sessions of `user`; return how many. One UPDATE, plus one SELECT for the IDs it changed.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`.
    """
    now = keys.at(now)
    key = tokens.users.key_of(user)
    ended = _mark(living(now).filter(user_id=key), reason, now)
    if ended:
        met = rows().filter(user_id=key, ended_at=now, end_reason=reason[:MAX_REASON])
        _announce(
            [str(sid) for sid in met.values_list("pk", flat=True)], reason, Actor(by, address, str(key))
        )
    return ended


def finish(
    matching: QuerySet[Session], sids: Sequence[str], reason: str, now: datetime, *, actor: Actor = NOBODY
) -> int:
    """End the sessions `matching`, whose IDs are `sids`; return how many this very call has ended."""
    ended = _mark(matching, reason, now)
    if ended:
        _announce(sids, reason, actor)
    return ended


def _mark(matching: QuerySet[Session], reason: str, now: datetime) -> int:
    alive, end = matching.order_by().filter(ended_at=None), {"ended_at": now, "expires_at": now}
    return despite_deadlock(lambda: alive.update(**end, end_reason=reason[:MAX_REASON]))


def _announce(sids: Sequence[str], reason: str, actor: Actor) -> None:
    store = cache.store_of_tombstones()

    def tell() -> None:
        cache.bury(sids, store)
        if logger.isEnabledFor(logging.INFO):
            _log(sids, reason, actor)
        signals.session_ended.send_robust(Session, sids=list(sids), reason=reason)

    after_commit(tell)


def _account_of(sids: Sequence[str]) -> str:
    """Return the primary key of the user of these sessions: a query for the log, which fails nothing."""
    with suppress(DatabaseError, Session.DoesNotExist):
        return str(rows().values_list("user_id", flat=True).get(pk=sids[0]))
    return ""


def _log(sids: Sequence[str], reason: str, actor: Actor) -> None:
    account, by = actor.account or _account_of(sids) or None, actor.by or None
    common = {"account": account, "actor": by, "address": actor.address, "reason": reason}
    words = (account or "-", by or "-", actor.address or "-", reason)
    for sid in sids:
        fields = {"event": "session_ended", "sid": sid, **common}
        logger.info("Session %s of user %s ended by %s from %s: %s", sid, *words, extra=fields)


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
    before, count, reached = keys.at(now) - dead_for, 0, None
    while True:
        dead = rows().filter(expires_at__lte=before).order_by("expires_at")
        # Begin where the last batch ended: a database may not have cleared the index of what is gone.
        ahead = dead if reached is None else dead.filter(expires_at__gte=reached)
        batch_dates = list(ahead.values_list("pk", "expires_at")[:batch])
        if not batch_dates:
            return count
        (_, first), (_, reached) = batch_dates[0], batch_dates[-1]
        # Between two dates, for the index; and these alone, for a million may have ended at one moment.
        pks = [pk for pk, _ in batch_dates]
        batch_of_dead = rows().filter(expires_at__range=(first, reached), pk__in=pks)
        _, deleted = despite_deadlock(batch_of_dead.delete)
        count += deleted.get(Session._meta.label, 0)
        if progress is not None:
            progress(count)
