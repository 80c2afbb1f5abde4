"""Whether the login that a token belongs to still stands, and who it is."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from django_jwtkit import keys, tokens
from django_jwtkit.db import DatabaseNow
from django_jwtkit.errors import InvalidClaim, MissingClaim, PasswordChanged, SessionEnded, TokenError

from . import cache
from .models import Session
from .rows import rows

Claims = Mapping[str, object]


def check(claims: Claims, *, now: datetime | None = None) -> AbstractBaseUser:
    """Return the user of verified `claims`, whose session lives: one query, session joined with user.

    With `SESSION_CACHE` a look into it saves the session's part; the stamp is compared with the user's row
    each time all the same. Raises `SessionEnded`, `PasswordChanged`, `UserNotFound`, `UserInactive`,
    `MissingClaim`, `InvalidClaim`.
    """
    sid = str(session_id(claims))
    try:
        return _checked(claims, sid, keys.at(now))
    except TokenError as error:
        error.sid = sid
        raise


def _checked(claims: Claims, sid: str, now: datetime) -> AbstractBaseUser:
    entry = cache.look(sid, now)
    if entry == cache.TOMBSTONE:
        raise SessionEnded("the session has ended (a tombstone says so)")
    if entry is not None and tokens.users.has_stamp(entry, user := tokens.users.load(claims)):
        return user
    # Unknown, or stamped anew since: the database decides.
    session = find(claims, now)
    user = admit(session, claims)
    cache.remember(session, now)
    return user


def session_id(claims: Claims) -> uuid.UUID:
    """Return the session that `claims` name, in its one spelling. Raises `MissingClaim`, `InvalidClaim`."""
    sid = claims.get("sid")
    if sid is None:
        raise MissingClaim("the token belongs to no session", "sid")
    try:
        found = uuid.UUID(sid if isinstance(sid, str) else "")
    except ValueError as error:
        raise InvalidClaim("not a session's id", "sid") from error
    if str(found) != sid:
        raise InvalidClaim("not a session's id in its one spelling", "sid")
    return found


def find(claims: Claims, now: datetime, *, dated: bool = False) -> Session:
    """Return the live session that `claims` name, with its user and, if `dated`, `asked_at`: the database's
    time.

    Raises `SessionEnded`, and `UserNotFound` where the session is gone because its user is.
    """
    found = rows().select_related("user")
    if dated:
        found = found.annotate(asked_at=DatabaseNow())
    # A manager that hides users, those marked as deleted say, hides them from us as well.
    if (shown := tokens.users.visible()).query.where:
        found = found.filter(user__in=shown)
    try:
        session = found.get(pk=session_id(claims))
    except Session.DoesNotExist:
        tokens.users.load(claims)
        raise SessionEnded("there is no such session") from None
    if session.ended_at is not None:
        raise SessionEnded(f"the session has ended: {session.end_reason}")
    if session.expires_at <= now:
        raise SessionEnded("the session has expired")
    return session


def admit(session: Session, claims: Claims) -> AbstractBaseUser:
    """Return the user of `session`: whom `claims` name, active, with the password of the login still.

    Raises `UserNotFound`, `UserInactive`, `PasswordChanged`.
    """
    if "cnt" in claims:  # a refresh token: the row knows its user, whatever USER_ID_FIELD was
        claims = tokens.users.rename(claims, session.user)
    user = tokens.users.load(claims, joined=session.user)
    if tokens.users.key_of(user) != session.user_id:
        raise SessionEnded("the session is another user's")
    if not tokens.users.has_stamp(session.auth_hash, user):
        raise PasswordChanged("the password has been changed since this login")
    return user
