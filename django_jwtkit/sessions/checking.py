"""Whether the login that a token belongs to still lives, and its user."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from django_jwtkit import keys, tokens
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import DatabaseNow, asks_database, fetch_one, in_thread
from django_jwtkit.errors import InvalidClaim, MissingClaim, PasswordChanged, SessionEnded, TokenError
from django_jwtkit.wording import Code
from django_jwtkit.wording import message as _

from . import cache
from .models import Session
from .table import rows_in, using

Claims = Mapping[str, object]
Build = Callable[[str], QuerySet[Session]]


@asks_database("sessions.check")
def check(claims: Claims, *, now: datetime | None = None) -> AbstractBaseUser:
    """Return the user of verified `claims`, whose session lives: one query, session joined with user.

    With `SESSION_CACHE` an entry of it saves the session's part; the stamp is compared with the user's row
    each time anyway. Raises `SessionEnded`, `PasswordChanged`, `UserNotFound`, `UserInactive`,
    `MissingClaim`, `InvalidClaim`.
    """
    key = session_id(claims)
    try:
        return _checked(claims, key, keys.at(now))
    except TokenError as error:
        error.sid = str(key)
        raise


acheck = in_thread(check)


def _checked(claims: Claims, key: uuid.UUID, now: datetime) -> AbstractBaseUser:
    sid = str(key)
    entry = cache.look(sid, now)
    if entry == cache.TOMBSTONE:
        raise SessionEnded(_("the session has ended (a tombstone says so)"))
    if entry is not None and tokens.password_stamps.has_stamp(entry, user := tokens.users.load(claims)):
        return user
    # Unknown, or stamped anew since: the database decides.
    state: SessionState = _find(claims, key, now, _states_in, SessionState)
    user = admit(state, claims)
    cache.remember(sid, state.auth_hash, state.expires_at, now)
    return user


def session_id(claims: Claims) -> uuid.UUID:
    """Return the session that `claims` name, in its one spelling. Raises `MissingClaim`, `InvalidClaim`."""
    # The sid of an old token, if it has one, is the project's own.
    sid = None if isinstance(claims, tokens.simplejwt.SimpleJWTClaims) else claims.get("sid")
    if sid is None:
        raise MissingClaim(_("the token belongs to no session"), "sid")
    try:
        key = uuid.UUID(sid if isinstance(sid, str) else "")
    except ValueError as error:
        raise InvalidClaim(_("not a session's ID"), "sid") from error
    if str(key) != sid:
        raise InvalidClaim(_("not a session's ID in its one spelling"), "sid")
    return key


@asks_database("sessions.find")
def find(claims: Claims, now: datetime) -> Session:
    """Return the live session that `claims` name, with its user.

    Raises `SessionEnded`, and `UserNotFound` where the session is gone because its user is.
    """
    session: Session = _find(claims, session_id(claims), now, _with_users_in)
    return session


@asks_database("sessions.find")
def find_dated(claims: Claims, key: uuid.UUID, now: datetime) -> Session:
    """Return the same for the session `key` of `claims`, with `read_at`, the database's time."""
    session: Session = _find(claims, key, now, _dated_in)
    return session


class SessionState(NamedTuple):
    """What a check reads of a session. A model of it would take longer to make than the user's."""

    user_id: Any
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str
    auth_hash: str
    user: AbstractBaseUser


def _find(claims: Claims, key: uuid.UUID, now: datetime, build: Build, into: type | None = None) -> Any:
    try:
        session = fetch_one(build, using(), get_user_model(), into, pk=key)
    except Session.DoesNotExist:
        tokens.users.load(claims)
        raise SessionEnded(_("there is no such session")) from None
    if session.ended_at is not None:
        raise SessionEnded(_("the session has ended: {reason}", reason=Code(session.end_reason)))
    if session.expires_at <= now:
        raise SessionEnded(_("the session has expired"))
    return session


def _with_users_in(alias: str) -> QuerySet[Session]:
    """Return the sessions with their users, without those of users that the project's manager hides."""
    sessions, visible = rows_in(alias).select_related("user"), tokens.users.visible()
    return sessions.filter(user__in=visible) if visible.query.where else sessions


def _dated_in(alias: str) -> QuerySet[Session]:
    return _with_users_in(alias).annotate(read_at=DatabaseNow())


def _states_in(alias: str) -> QuerySet[Session]:
    return _with_users_in(alias).only("user", "expires_at", "ended_at", "end_reason", "auth_hash")


def admit(
    session: Session | SessionState, claims: Claims, settings: Settings | None = None
) -> AbstractBaseUser:
    """Return the user of `session`, named by `claims`, active, and still with the password of the login.

    Raises `UserNotFound`, `UserInactive`, `PasswordChanged`.
    """
    settings = settings or conf()
    if "cnt" in claims:  # a refresh token: the row knows its user, whatever USER_ID_FIELD was
        claims = tokens.users.rename(claims, session.user, settings)
    user = tokens.users.load(claims, joined=session.user, settings=settings)
    # A USER_LOADER may have found another one.
    if user is not session.user and tokens.users.key_of(user) != session.user_id:
        raise SessionEnded(_("the session is another user's"))
    if not tokens.password_stamps.has_stamp(session.auth_hash, user):
        raise PasswordChanged(_("the password has been changed since this login"))
    return user
