"""Ending sessions: one UPDATE says so, and receivers, log and cache are told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from django_jwtkit import keys, tokens
from django_jwtkit.db import asks_database, despite_deadlock, in_thread
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import living, rows, using

from .announcing import NOBODY, Actor, announce
from .cutoffs import cut_off_simplejwt

MAX_REASON: Final = 64


@asks_database("sessions.end")
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


aend = in_thread(end)


@asks_database("sessions.end_all")
def end_all(
    user: AbstractBaseUser,
    *,
    reason: str = "logout_all",
    by: str = "",
    address: str | None = None,
    now: datetime | None = None,
) -> int:
    """End all sessions of `user`; return how many. One UPDATE, plus one SELECT for the IDs it changed.

    While `ACCEPT_SIMPLEJWT` is set, the user's tokens of simplejwt are refused from now on too.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`.
    """
    now = keys.at(now)
    key = tokens.users.key_of(user)
    cut_off_simplejwt(user, now=now)
    ended = mark(living(now).filter(user_id=key), reason, now)
    if ended:
        met = rows().filter(user_id=key, ended_at=now, end_reason=reason[:MAX_REASON])
        announce([str(sid) for sid in met.values_list("pk", flat=True)], reason, Actor(by, address, str(key)))
    return ended


aend_all = in_thread(end_all)


def finish(
    matching: QuerySet[Session], sids: Sequence[str], reason: str, now: datetime, *, actor: Actor = NOBODY
) -> int:
    """End the sessions `matching`, whose IDs are `sids`; return how many this very call has ended."""
    ended = mark(matching, reason, now)
    if ended:
        announce(sids, reason, actor)
    return ended


def mark(matching: QuerySet[Session], reason: str, now: datetime) -> int:
    """Write the end of the sessions `matching`; return how many lived until now."""
    alive, end = matching.order_by().filter(ended_at=None), {"ended_at": now, "expires_at": now}
    return despite_deadlock(using(), lambda: alive.update(**end, end_reason=reason[:MAX_REASON]))
