"""A refresh token that is presented: its user, its trace in the row, and the end for one used again."""

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Never

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Case, F, Value, When

from django_jwtkit import signals, tokens
from django_jwtkit.conf import Settings
from django_jwtkit.errors import RefreshReused, UserInactive
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.checking import admit
from django_jwtkit.sessions.ending import Actor, finish
from django_jwtkit.sessions.logins import Client, recordable
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import rows

logger = get_logger("sessions")


class RefreshAttempt(NamedTuple):
    """A verified refresh token, with the client that presents it, the time and the settings.

    `by_clock`: the grace goes by the database's clock, and not by `now`: a caller's, or a frozen clock's.
    """

    claims: Mapping[str, object]
    sid: uuid.UUID
    counter: int
    client: Client | None
    now: datetime
    by_clock: bool
    settings: Settings

    @property
    def recordable(self) -> Client | None:
        """What the row may keep of the client; None where no request has played a part."""
        return None if self.client is None else recordable(self.client, self.settings)


def admit_user(session: Session, attempt: RefreshAttempt) -> AbstractBaseUser:
    """Return the session's user. An inactive one is logged out: made active again, they log in anew."""
    try:
        return admit(session, attempt.claims, attempt.settings)
    except UserInactive:
        end(session, attempt, UserInactive.code)
        raise


def changes_of(stamp: str, user: AbstractBaseUser, attempt: RefreshAttempt) -> dict[str, object]:
    """Return what each use changes in the row: when, from where, and the stamp by today's `SECRET_KEY`.

    `stamp`, the row's, is renewed where it is by an old `SECRET_KEY`, unless a hasher's upgrade has stamped
    the row anew meanwhile.
    """
    changes: dict[str, object] = {"last_used_at": attempt.now}
    if (client := attempt.recordable) is not None:
        changes |= client._asdict()
    if stamp != (current := tokens.password_stamps.renewed(stamp, user)):
        changes["auth_hash"] = Case(When(auth_hash=stamp, then=Value(current)), default=F("auth_hash"))
    return changes


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
