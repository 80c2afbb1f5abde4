"""Refreshing: one conditional UPDATE decides, and there is exactly one line of descent.

With n the counter that a refresh token shows and c the row's:
    - n = c: the newest. The request that moves the row from n to n + 1 has turned the session.
    - n = c, and c was younger than REFRESH_GRACE: the session rests, and c answers again, in a new text.
    - n = c - 1, within REFRESH_GRACE of the turn: the loser of a race or a retry gets the same successor.
    - else: spent, or never issued. Somebody else has the token too, and the session ends permanently.

A session that turned with each request would log honest users out: of two tabs one refreshes twice within
a second while a request of the other, with the first token, still waits for a worker. The tests check every
interleaving (docs/what-has-been-checked.md).
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import DatabaseNow, django_now, refuse_transaction, update
from django_jwtkit.errors import InvalidClaim, RefreshReused, ServiceUnavailable, TokenError
from django_jwtkit.sessions.checking import admit, find_dated, session_id
from django_jwtkit.sessions.logins import TokenPair, client_of, idle_limit, tokens_of
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import rows_in, using
from django_jwtkit.wording import Message
from django_jwtkit.wording import message as _

from .attempts import RefreshAttempt, admit_user, changes_of, end_reused
from .keeping import keep
from .strays import is_stray, note_stray
from .verdicts import Verdict, judge

MAX_COUNTER: Final = 2**31 - 1
DATABASE_NOW: Final = DatabaseNow()
KEPT: Final = "the newest token, which stays the same: ROTATE_REFRESH is off"
MOST_LOOKS: Final = 10
"""Each look but the first follows another client's turn, of which there is one within REFRESH_GRACE."""


@sensitive_variables()
def refresh(
    text: str,
    *,
    request: HttpRequest | None = None,
    now: datetime | None = None,
    settings: Settings | None = None,
) -> TokenPair:
    """Return the successors of the refresh token of ours in `text`.

    A turn is two statements: session with user, and the UPDATE. The answer to a retry, or of a session that
    rests, is one. Each race that was lost costs two more, and the first client from elsewhere an UPDATE.
    Raises as `sessions.refresh` does.
    """
    # Each step is one statement and commits itself: no transaction of our own is needed.
    refuse_transaction(using(), "sessions.refresh")
    settings = settings or conf()
    claims = tokens.verify(text, kind=tokens.REFRESH, now=now, settings=settings)
    counter, sid = _counter(claims), session_id(claims)
    return answer(text, claims, sid, counter, request=request, now=now, settings=settings)


def foresee(claims: Mapping[str, object], *, now: datetime | None = None) -> str:
    """Return in words what `refresh` would do now with a token of verified `claims`. Nothing is done.

    Raises the `TokenError` of a refresh that would be refused, but ends no session by it.
    """
    by_clock = now is None and django_now()[1]
    counter, sid = _counter(claims), session_id(claims)
    attempt = RefreshAttempt(claims, sid, counter, None, keys.at(now), by_clock, conf())
    session = find_dated(claims, sid, attempt.now)
    verdict = judge(counter, session.counter, _age(session, attempt), attempt.settings.REFRESH_GRACE)
    if verdict.is_reuse:
        raise RefreshReused(
            _(
                "{verdict}: its counter is {counter}, that of its session {expected}",
                verdict=Message(verdict.value),
                counter=counter,
                expected=session.counter,
            )
        )
    admit(session, claims, attempt.settings)
    is_kept = counter == session.counter and not attempt.settings.ROTATE_REFRESH
    return KEPT if is_kept else verdict.value


@sensitive_variables()
def answer(
    text: str,
    claims: Mapping[str, object],
    sid: uuid.UUID,
    counter: int,
    *,
    request: HttpRequest | None,
    now: datetime | None,
    settings: Settings | None = None,
) -> TokenPair:
    """Return the answer to the refresh token `text`, whose verified `claims` name the user.

    `sid` is its session, and `counter` says which of the session's refresh tokens it is. Raises as `refresh`
    does.
    """
    client = None if request is None else client_of(request)
    by_clock = now is None and django_now()[1]
    attempt = RefreshAttempt(claims, sid, counter, client, keys.at(now), by_clock, settings or conf())
    try:
        return _refresh(text, attempt)
    except TokenError as error:
        error.sid = str(sid)
        raise


@sensitive_variables()
def _refresh(text: str, attempt: RefreshAttempt) -> TokenPair:
    for look in range(MOST_LOOKS):
        session = find_dated(attempt.claims, attempt.sid, attempt.now)
        grace = attempt.settings.REFRESH_GRACE
        verdict = judge(attempt.counter, session.counter, _age(session, attempt), grace)
        if look and verdict is Verdict.SPENT:
            verdict = Verdict.REPEAT  # it was good when it came: a request that we delay is no reuse
        if verdict.is_reuse:
            end_reused(session, attempt, verdict.value)
        if (pair := _answer(verdict, text, session, attempt)) is not None:
            return pair
    raise ServiceUnavailable("the session changes with each look at it: try again")


@sensitive_variables()
def _answer(verdict: Verdict, text: str, session: Session, attempt: RefreshAttempt) -> TokenPair | None:
    """Return the pair for a token that is good; None where the session has moved on or ended since."""
    if attempt.counter == session.counter and not attempt.settings.ROTATE_REFRESH:
        return keep(text, session, attempt)
    return _turn(session, attempt) if verdict is Verdict.TURN else _repeat(session, attempt)


@sensitive_variables()
def _turn(session: Session, attempt: RefreshAttempt) -> TokenPair | None:
    """Return the next pair; None where the session has moved on or ended since it was read."""
    user, stamp = admit_user(session, attempt), session.auth_hash
    session.counter = attempt.counter + 1
    session.expires_at = idle_limit(attempt.now, session.ends_by, attempt.settings)
    # Before the row moves: where no key signs, the token that was presented must stay the newest.
    pair = tokens_of(session, user, attempt.now, attempt.settings)
    return pair if _move(session, user, attempt, stamp) else None


@sensitive_variables()
def _repeat(session: Session, attempt: RefreshAttempt) -> TokenPair | None:
    """Return the newest pair again; None where the session has moved on or ended since it was read."""
    if is_stray(session, attempt) and not note_stray(session, attempt):
        return None  # a note that meets no row would be lost, and with it the count of a thief's visits
    return tokens_of(session, admit_user(session, attempt), attempt.now, attempt.settings)


def _counter(claims: Mapping[str, object]) -> int:
    counter = claims.get("cnt")
    if not isinstance(counter, int) or isinstance(counter, bool) or not 0 <= counter < MAX_COUNTER:
        raise InvalidClaim(_("not the counter of a refresh token"), "cnt")
    return counter


def _move(session: Session, user: AbstractBaseUser, attempt: RefreshAttempt, stamp: str) -> bool:
    """Move the row from the counter that was presented to the next; False where another request has."""
    turn = {
        "counter": session.counter,
        "expires_at": session.expires_at,
        "rotated_at": DATABASE_NOW if attempt.by_clock else attempt.now,
    }
    changes = turn | changes_of(stamp, user, attempt)
    unmoved = {"pk": session.pk, "counter": attempt.counter, "ended_at": None}
    return bool(update(rows_in, using(), unmoved, changes))


def _age(session: Session, attempt: RefreshAttempt) -> timedelta | None:
    """Return how long ago the session turned, by one clock; None where it has not turned since the login."""
    turned_at: datetime | None = session.rotated_at
    read_at: datetime = vars(session)["read_at"] if attempt.by_clock else attempt.now
    return None if turned_at is None else read_at - turned_at
