"""The session that an old refresh token becomes, as its row will have it."""

import logging
from datetime import UTC, datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from django_jwtkit import tokens
from django_jwtkit.conf import conf
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.logins import UNKNOWN, build_session, client_of, pack
from django_jwtkit.sessions.models import SIMPLEJWT, Session
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims

from .judging import origin_key

logger = get_logger("sessions")


def build_exchanged(
    claims: SimpleJWTClaims, user: AbstractBaseUser, request: HttpRequest | None, now: datetime
) -> Session:
    """Return the session that the old refresh token of `claims` becomes, not saved yet.

    Its absolute limit counts from the old login. Where the old token goes on, it lasts as long as that does.
    Its access tokens carry what the old ones did.
    """
    settings, client = conf(), UNKNOWN if request is None else client_of(request)
    ends_by = tokens.simplejwt.issued_at(claims) + settings.SESSION_LIFETIME
    stamp = tokens.password_stamps.auth_hash(user)
    session = build_session(user, client, now, ends_by, stamp=stamp, settings=settings)
    until = datetime.fromtimestamp(float(str(claims["exp"])), UTC)
    session.origin, session.origin_key, session.origin_until = SIMPLEJWT, origin_key(claims), until
    session.claims = _carried(claims)
    if not settings.ROTATE_REFRESH:
        session.expires_at = min(until, ends_by)
    return session


def _carried(claims: SimpleJWTClaims) -> str:
    """Return the old login's own claims as the row keeps them. Where they do not fit, a line says so."""
    try:
        return pack(tokens.simplejwt.login_claims(claims))
    except (TypeError, ValueError) as error:
        words = "The claims of a simplejwt login are left out of its session: %s. Use CLAIMS_FUNCTION"
        log_limited(logger, logging.WARNING, "simplejwt_claims_left_out", words, error)
        return ""
