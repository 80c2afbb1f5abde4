"""Refreshing: one conditional UPDATE decides, and there is exactly one line of descent.

With n the counter that a refresh token shows and c the row's:
    - n = c: the newest. Whoever moves the row from n to n + 1 has rotated it.
    - n = c - 1, within REFRESH_GRACE of the rotation: the loser of a race or a retry gets the same successor.
    - else: spent, or never issued. Somebody else has the token too, and the session ends for good.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Never

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, signals, tokens
from django_jwtkit.conf import conf
from django_jwtkit.db import DatabaseNow, refuse_transaction
from django_jwtkit.errors import InvalidClaim, RefreshReused, TokenError, UserInactive
from django_jwtkit.logs import get_logger

from .checking import admit, find, session_id
from .clients import Client, client_of
from .ending import finish
from .models import Session
from .rows import rows, using
from .starting import TokenPair, idle_limit, tokens_of

logger = get_logger("sessions")

# A thief who shadows the owner inside the window makes every generation a stray; a phone that changes
# networks between a request and its retry makes one.
MAX_STRAYS: Final = 3
MAX_COUNTER: Final = 2**31 - 1


class _Asked(NamedTuple):
    """A refresh token, proven, and who shows it when. `by_clock`: the database's clock judges the grace."""

    claims: Mapping[str, object]
    counter: int
    client: Client | None
    now: datetime
    by_clock: bool


@sensitive_variables()
def refresh(text: str, *, request: HttpRequest | None = None, now: datetime | None = None) -> TokenPair:
    """Return the successors of the refresh token in `text`. What was decided is committed when this returns.

    Two queries: session with user, and the UPDATE or, for a retry, another look; three where a race was
    lost, a fourth where another client has won it. `now`, for tests and simulations, stands in for the
    database's clock as well.

    Raises `TokenError`: `RefreshReused` where that has just ended the session, `SessionEnded`, a
    `UserRefused`, or what `tokens.verify` raises; `InsideTransaction`, `ServiceUnavailable`.
    """
    # Each step is one statement and commits itself: no transaction of our own is needed.
    refuse_transaction(using(), "sessions.refresh")
    claims = tokens.verify(text, kind=tokens.REFRESH, now=now)
    counter, sid = _counter(claims), str(session_id(claims))
    client = None if request is None else client_of(request)
    asked = _Asked(claims, counter, client, now or keys.now(), now is None)
    try:
        return _refreshed(asked)
    except TokenError as error:
        error.sid = sid
        raise


@sensitive_variables()
def _refreshed(asked: _Asked) -> TokenPair:
    session = find(asked.claims, asked.now)
    if session.counter == asked.counter:
        user, seen = _admitted(session, asked), session.auth_hash
        session.counter, session.expires_at = asked.counter + 1, idle_limit(asked.now, session.ends_by)
        # Before the row moves: where no key signs, the token that was shown must stay the newest.
        pair = tokens_of(session, user, asked.now)
        if _rotate(session, user, asked, seen):
            return pair
    if session.counter == asked.counter + 1:  # a retry, or a race was lost: how long ago, the database knows
        session = find(asked.claims, asked.now, dated=True)
    _judge(session, asked)
    return tokens_of(session, _admitted(session, asked), asked.now)


def _counter(claims: Mapping[str, object]) -> int:
    counter = claims.get("cnt")
    if not isinstance(counter, int) or isinstance(counter, bool) or not 0 <= counter < MAX_COUNTER:
        raise InvalidClaim("not the counter of a refresh token", "cnt")
    return counter


def _admitted(session: Session, asked: _Asked) -> AbstractBaseUser:
    """Return the session's user. An inactive one is logged out: made active again, he logs in anew."""
    try:
        return admit(session, asked.claims)
    except UserInactive:
        finish(rows().filter(pk=session.pk), [str(session.pk)], UserInactive.code, asked.now)
        raise


def _rotate(session: Session, user: AbstractBaseUser, asked: _Asked, seen_hash: str) -> bool:
    """Move the row from the counter that was shown to the next; False where somebody else has."""
    changes: dict[str, object] = {
        "counter": session.counter,
        "expires_at": session.expires_at,
        "last_used_at": asked.now,
        "rotated_at": DatabaseNow() if asked.by_clock else asked.now,
    }
    if asked.client is not None:
        changes |= asked.client._asdict()
    current = tokens.users.auth_hash(user)
    # A stamp by an old SECRET_KEY. An equal one is not written: `rehash` may just have stamped it anew.
    if seen_hash != current:
        changes["auth_hash"] = current
    mine = rows().filter(pk=session.pk, counter=asked.counter, ended_at=None)
    return bool(mine.update(**changes))


def _judge(session: Session, asked: _Asked) -> None:
    """Raise `RefreshReused` unless the token shown is the one before the newest, and within grace."""
    if asked.counter > session.counter:
        _end_reused(session, asked, "a counter that was never issued: a leaked key, or a restored database")
    if asked.counter < session.counter - 1 or _age(session, asked) >= conf().REFRESH_GRACE:
        _end_reused(session, asked, "a spent token")
    here = Client(session.address, session.user_agent)
    if asked.client is not None and asked.client != here and session.stray_counter != session.counter:
        _note_stray(session, asked)


def _age(session: Session, asked: _Asked) -> timedelta:
    """How long ago the newest token was made, by one clock; if that was set back, no time has passed."""
    read_at: datetime = vars(session)["asked_at"] if asked.by_clock else asked.now
    made_at: datetime = session.rotated_at or session.created_at
    return max(read_at - made_at, timedelta(0))


def _note_stray(session: Session, asked: _Asked) -> None:
    """Mark a generation that a second client has come for; too many in a row are reuse."""
    in_a_row = session.stray_counter == session.counter - 1
    strays = session.strays + 1 if in_a_row else 1
    if strays >= MAX_STRAYS:
        _end_reused(session, asked, "each refresh is shadowed by another client")
    same = rows().filter(pk=session.pk, counter=session.counter)
    same.update(strays=strays, stray_counter=session.counter)


def _end_reused(session: Session, asked: _Asked, why: str) -> Never:
    """End the session, committed before the verdict is raised, and tell about it once."""
    sid = str(session.pk)
    if finish(rows().filter(pk=session.pk), [sid], RefreshReused.code, asked.now):
        level = logging.CRITICAL if asked.counter > session.counter else logging.WARNING
        fields = {"event": "refresh_reused", "sid": sid, "reason": why, "sub": asked.claims["sub"]}
        logger.log(level, "Session %s: a refresh token was used again: %s", sid, why, extra=fields)
        signals.refresh_reused.send_robust(Session, sid=sid, reason=why)
    raise RefreshReused(why)
