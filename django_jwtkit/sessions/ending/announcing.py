"""Telling of ended sessions, once the end is committed: the cache, the log and the signal."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from django.db import Error as DatabaseError

from django_jwtkit import signals
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions import cache
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import after_commit, rows

logger = get_logger("sessions")


class Actor(NamedTuple):
    """What the log says of an end: the user that ended the session, their address, and the session's user.

    `by` and `account` are primary keys of users. Empty where it is unknown.
    """

    by: str = ""
    address: str | None = None
    account: str = ""


NOBODY: Final = Actor()


def announce(sids: Sequence[str], reason: str, actor: Actor) -> None:
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
