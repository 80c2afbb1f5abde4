"""`ROTATE_REFRESH = False`: the newest refresh token stays the same, for clients that never store another.

Counter and `expires_at` stay as they are, so that the token lasts until its own `exp`. A stolen one answers
its thief as well, which nobody can notice: that is the price, and a deploy check names it.
"""

from datetime import timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import tokens
from django_jwtkit.sessions.logins import TokenPair, access_of
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import rows

from .attempts import RefreshAttempt, admit_user, changes_of

USES_NOTED: Final = timedelta(minutes=1)
"""How old `last_used_at` may become before it is written anew: not each answer costs an UPDATE."""


@sensitive_variables()
def keep(text: str, session: Session, attempt: RefreshAttempt) -> TokenPair | None:
    """Return a new access token beside the refresh token `text`; None where the session has moved on."""
    user, stamp = admit_user(session, attempt), session.auth_hash
    pair = TokenPair(access_of(session, user, attempt.now, attempt.settings), text)
    return pair if _note_use(session, user, attempt, stamp) else None


def _note_use(session: Session, user: AbstractBaseUser, attempt: RefreshAttempt, stamp: str) -> bool:
    """Write down a use that the row does not tell yet; False where it met no row."""
    is_recent = abs(attempt.now - session.last_used_at) < USES_NOTED
    is_client_noted = attempt.recordable in {None, (session.address, session.user_agent)}
    if is_recent and is_client_noted and stamp == tokens.password_stamps.renewed(stamp, user):
        return True
    unmoved = rows().filter(pk=session.pk, counter=session.counter, ended_at=None)
    return bool(unmoved.update(**changes_of(stamp, user, attempt)))
