"""A refresh token that is presented, and the end of a session for one that was used again."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Never

from django_jwtkit import signals
from django_jwtkit.errors import RefreshReused
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.ending import Actor, finish
from django_jwtkit.sessions.logins import Client
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import rows

logger = get_logger("sessions")


class RefreshAttempt(NamedTuple):
    """A verified refresh token, with the client that presents it and the time.

    `by_clock`: the grace goes by the database's clock, and not by `now`: a caller's, or a frozen clock's.
    """

    claims: Mapping[str, object]
    counter: int
    client: Client | None
    now: datetime
    by_clock: bool


def end(session: Session, attempt: RefreshAttempt, reason: str) -> int:
    """End the session on account of `attempt`; return how many this call has ended."""
    actor = Actor(address=_address(attempt), account=str(session.user_id))
    return finish(rows().filter(pk=session.pk), [str(session.pk)], reason, attempt.now, actor=actor)


def end_reused(session: Session, attempt: RefreshAttempt, why: str) -> Never:
    """End the session, committed before the verdict is raised, and tell about it once."""
    if end(session, attempt, RefreshReused.code):
        tell(session, attempt, why)
    raise RefreshReused(why)


def tell(session: Session, attempt: RefreshAttempt, why: str) -> None:
    """Log that a token was used again, and send the signal."""
    level = logging.CRITICAL if attempt.counter > session.counter else logging.WARNING
    sid = str(session.pk)
    account, address = str(session.user_id), _address(attempt)
    common = {"account": account, "actor": None, "address": address, "reason": why}
    fields = {"event": "refresh_reused", "sid": sid, "sub": attempt.claims["sub"], **common}
    message = "Session %s of user %s: a refresh token was used again, from %s: %s"
    logger.log(level, message, sid, account, address or "-", why, extra=fields)
    signals.refresh_reused.send_robust(Session, sid=sid, reason=why)


def _address(attempt: RefreshAttempt) -> str | None:
    return None if attempt.client is None else attempt.client.address
