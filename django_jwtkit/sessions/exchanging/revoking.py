"""Revoking an old refresh token: its session ends, or it can never become one."""

from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens
from django_jwtkit.db import asks_database, insert
from django_jwtkit.sessions.ending import end
from django_jwtkit.sessions.table import using
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims

from .building import build_exchanged
from .judging import find_exchanged


@sensitive_variables()
@asks_database("sessions.revoke_simplejwt")
def revoke_simplejwt(
    text: str,
    *,
    reason: str = "revoked",
    by: str = "",
    address: str | None = None,
    now: datetime | None = None,
) -> None:
    """End the session that the old refresh token `text` has become; one that has not never becomes one.

    In the place of its session the row of an ended one is left then: no exchange goes past that. Raises
    `TokenError` for a text that is not such a token, or whose user is not there.
    """
    claims = tokens.simplejwt.verify(text, token_type=tokens.simplejwt.REFRESH, now=now)
    if find_exchanged(claims) is None:
        _bar(claims, reason, keys.at(now))
    session = find_exchanged(claims)
    if session is not None:
        end(session.pk, reason=reason, by=by, address=address, account=str(session.user_id), now=now)


def _bar(claims: SimpleJWTClaims, reason: str, now: datetime) -> None:
    """Store an ended session in the place of the exchange, unless that has come first."""
    session = build_exchanged(claims, tokens.simplejwt.find_user(claims), None, now)
    session.ended_at, session.expires_at, session.end_reason = now, now, reason
    with suppress(IntegrityError), transaction.atomic(using=using()):
        insert(session, using())
