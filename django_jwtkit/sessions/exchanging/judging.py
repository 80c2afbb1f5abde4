"""Whether an old token is still good for its user: common to views, refresh and introspection."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final, cast

from django.contrib.auth.base_user import AbstractBaseUser

from django_jwtkit import keys, tokens
from django_jwtkit.db import asks_database
from django_jwtkit.errors import SessionEnded
from django_jwtkit.sessions.models import Session, SimpleJWTCutoff
from django_jwtkit.sessions.table import rows, using
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims
from django_jwtkit.wording import message as _

from .blacklist import is_blacklisted
from .sightings import note_sighting

CUTOFF: Final[str] = "jwtkit_simplejwt_cutoff"


@asks_database("sessions.load_simplejwt_user")
def load_simplejwt_user(
    claims: SimpleJWTClaims, *, now: datetime | None = None, is_presented: bool = True
) -> AbstractBaseUser:
    """Return the user of an old token's verified `claims`, who has not been logged out since: one query.

    That the token was seen is noted, unless it is only looked at and not presented. Raises `UserNotFound`,
    `UserInactive`, `PasswordChanged`, `SessionEnded`.
    """
    user = tokens.simplejwt.load_user(claims, tokens.users.visible().select_related(CUTOFF))
    _refuse_cut_off(claims, cast("SimpleJWTCutoff | None", getattr(user, CUTOFF, None)))
    if is_presented:
        note_sighting(keys.at(now))
    return user


@asks_database("sessions.check_simplejwt")
def check_simplejwt(
    claims: SimpleJWTClaims, *, now: datetime | None = None, is_presented: bool = True
) -> AbstractBaseUser:
    """Return the user of verified `claims`, if a token of theirs, of either type, would be accepted now.

    Of a refresh token that has become a session, this never says whether it is spent. Raises `TokenError`.
    """
    user = load_simplejwt_user(claims, now=now, is_presented=is_presented)
    if tokens.simplejwt.is_refresh(claims):
        refuse_blacklisted(claims)
        session = find_exchanged(claims)
        if session is not None and (session.ended_at is not None or session.expires_at <= keys.at(now)):
            raise SessionEnded(_("the session of this token has ended"))
    return user


def refuse_blacklisted(claims: SimpleJWTClaims) -> None:
    """Raise `SessionEnded` for a refresh token that simplejwt has blacklisted."""
    if is_blacklisted(_jti(claims)):
        raise SessionEnded(_("simplejwt has blacklisted this token"))


def find_exchanged(claims: SimpleJWTClaims) -> Session | None:
    """Return the session that the refresh token of verified `claims` has become, None where it has not."""
    return rows().filter(origin_key=origin_key(claims)).first()


def origin_key(claims: SimpleJWTClaims) -> str:
    """Return the name of an old token in the row: a digest, since an ID would be enough to blacklist it."""
    return hashlib.sha256(_jti(claims).encode()).hexdigest()


def _jti(claims: SimpleJWTClaims) -> str:
    return str(claims[tokens.simplejwt.read_policy().jti_claim])


def refuse_cut_off(claims: SimpleJWTClaims, user_key: Any) -> None:
    """Raise `SessionEnded` for a token of a user who has been logged out since; asks the row again."""
    _refuse_cut_off(claims, SimpleJWTCutoff.objects.using(using()).filter(user_id=user_key).first())


def _refuse_cut_off(claims: SimpleJWTClaims, cutoff: SimpleJWTCutoff | None) -> None:
    """Raise `SessionEnded` for a token of before the cut-off, or of its second: `iat` has no fractions."""
    if cutoff is None:
        return
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or datetime.fromtimestamp(int(issued), UTC) <= cutoff.issued_until:
        raise SessionEnded(_("the user was logged out after this token was issued"))
