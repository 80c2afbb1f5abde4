"""Renewing a login: by a refresh token of ours, or by one of simplejwt, which becomes a session first.

An old token is the refresh token of counter 0 of its session: from there on all that holds for ours holds for
it. Ten at once give one session and one line of descent, a retry within the grace is answered, a later use is
reuse. With `ROTATE_REFRESH` off the session stays at counter 0, and the old token goes on answering.
"""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens
from django_jwtkit.conf import conf
from django_jwtkit.db import asks_database, despite_deadlock, in_thread, insert, refuse_transaction
from django_jwtkit.errors import SessionEnded, UserNotFound
from django_jwtkit.sessions import refreshing
from django_jwtkit.sessions.logins import TokenPair, client_of, settle
from django_jwtkit.sessions.models import SIMPLEJWT, Session
from django_jwtkit.sessions.table import after_commit, lock_user, using
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims
from django_jwtkit.wording import message as _
from django_jwtkit.wording import words_of

from .building import build_exchanged
from .judging import find_exchanged, load_simplejwt_user, refuse_blacklisted, refuse_cut_off


@sensitive_variables()
@asks_database("sessions.refresh")
def refresh(text: str, *, request: HttpRequest | None = None, now: datetime | None = None) -> TokenPair:
    """Return the successors of the refresh token in `text`. The decision is committed when this returns.

    With `ROTATE_REFRESH` off, `refresh` of the pair is `text` itself. While `ACCEPT_SIMPLEJWT` is set, a
    refresh token of simplejwt becomes a session, once. `now`, for tests and simulations, stands for the
    database's clock as well.

    Raises `TokenError`: `RefreshReused` where that has just ended the session, `SessionEnded`, a
    `UserRefused`, or what `tokens.verify` raises; `InsideTransaction`, `ServiceUnavailable`.
    """
    settings = conf()
    if tokens.simplejwt.is_accepted(settings) and tokens.simplejwt.is_simplejwt(text):
        return _exchange(text, request, now)
    return refreshing.refresh(text, request=request, now=now, settings=settings)


arefresh = in_thread(refresh)


@sensitive_variables()
def _exchange(text: str, request: HttpRequest | None, now: datetime | None) -> TokenPair:
    """Return the pair of the session that the old refresh token `text` is, or becomes now."""
    refuse_transaction(using(), "sessions.refresh")
    claims = tokens.simplejwt.verify(text, token_type=tokens.simplejwt.REFRESH, now=now)
    user = load_simplejwt_user(claims, now=now)
    refuse_blacklisted(claims)
    named = _name_user(user)
    session = find_exchanged(claims) or _begin(claims, user, request, keys.at(now))
    claims_of_ours = {**named, "sid": str(session.pk), "cnt": 0}
    return refreshing.answer(text, claims_of_ours, session.pk, 0, request=request, now=now)


def _name_user(user: AbstractBaseUser) -> dict[str, object]:
    """Return the claims of ours that name `user`, as a refresh token of ours would. Raises `UserNotFound`."""
    try:
        return tokens.users.name_user(user)
    except ValueError as error:
        raise UserNotFound(_("USER_ID_FIELD names nobody: {error}", error=words_of(error))) from error


def _begin(
    claims: SimpleJWTClaims, user: AbstractBaseUser, request: HttpRequest | None, now: datetime
) -> Session:
    """Return the one session of verified `claims`: made now, or by another request at the same time."""
    session = build_exchanged(claims, user, request, now)
    if session.expires_at <= now:
        raise SessionEnded(_("the login is over its absolute limit"))
    try:
        despite_deadlock(using(), lambda: _insert(session, claims))
    except IntegrityError:
        winner = find_exchanged(claims)
        if winner is None:
            raise
        return winner
    address = None if request is None else client_of(request).address
    after_commit(lambda: settle(session, user, now, address, SIMPLEJWT))
    return session


def _insert(session: Session, claims: SimpleJWTClaims) -> None:
    """Store the session, unless the user has been logged out everywhere since the token was judged.

    A logout waits for this, and ends the session, or this waits for the logout, and finds the cut-off.
    """
    with transaction.atomic(using=using()):
        lock_user(session.user_id)
        refuse_cut_off(claims, session.user_id)
        insert(session, using())
