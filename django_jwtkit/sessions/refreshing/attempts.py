"""A refresh token that is presented, and the end of a session for one that was used again."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Never

from django_jwtkit import signals
from django_jwtkit.errors import RefreshReused
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.clients import Client
from django_jwtkit.sessions.ending import finish
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.rows import rows

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


def end_reused(session: Session, attempt: RefreshAttempt, why: str) -> Never:
    """End the session, committed before the verdict is raised, and tell about it once."""
    if finish(rows().filter(pk=session.pk), [str(session.pk)], RefreshReused.code, attempt.now):
        tell(session, attempt, why)
    raise RefreshReused(why)


def tell(session: Session, attempt: RefreshAttempt, why: str) -> None:
    """Log that a token was used again, and send the signal."""
    level = logging.CRITICAL if attempt.counter > session.counter else logging.WARNING
    sid = str(session.pk)
    fields = {"event": "refresh_reused", "sid": sid, "reason": why, "sub": attempt.claims["sub"]}
    logger.log(level, "Session %s: a refresh token was used again: %s", sid, why, extra=fields)
    signals.refresh_reused.send_robust(Session, sid=sid, reason=why)
