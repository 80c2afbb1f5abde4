"""A logout through Django, dj-rest-auth's say: it ends the login of the token that made the request.

Without this, another package says that the user has logged out, and their refresh token lives on.
"""

from collections import UserDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from django.contrib.auth import get_user_model, user_logged_out
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from django_jwtkit import tokens
from django_jwtkit.errors import TokenError

from .checking import session_id
from .ending import cut_off_simplejwt, end
from .exchanging import load_simplejwt_user
from .logins import client_of
from .table import live

UID: Final = "jwtkit.end_login_of_token"
ENDED: Final = "_jwtkit_login_has_ended"
"""Attribute of a request whose logout was ours: nothing is left to end."""


def follow_logouts() -> None:
    """Receive `user_logged_out`."""
    user_logged_out.connect(end_login_of_token, dispatch_uid=UID)


def send_logged_out(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Send Django's `user_logged_out`: robustly, for the session has ended, whatever a receiver says."""
    setattr(request, ENDED, True)
    user_logged_out.send_robust(sender=type(user), request=request, user=user)


def end_login_of_token(
    sender: object, request: HttpRequest | None = None, user: object = None, **_: object
) -> None:
    """End the session of the token that authenticated `request`; of simplejwt's, all tokens as old as it.

    A failure is raised: nobody may be told of a logout that has not happened.
    """
    auth = getattr(request, "auth", None)
    claims = getattr(auth, "claims", None) if isinstance(auth, UserDict) else auth  # of contrib.simplejwt
    if request is None or user is None or hasattr(request, ENDED):
        return
    if isinstance(claims, tokens.simplejwt.SimpleJWTClaims):
        cut_off_simplejwt(user if isinstance(user, get_user_model()) else load_simplejwt_user(claims))
    elif isinstance(claims, Mapping):
        _end(claims, request, user)


def _end(claims: Mapping[str, object], request: HttpRequest, user: object) -> None:
    """End the session that `claims` name, if it is the user's: claims of another package may have a `sid`."""
    sid = None
    with suppress(TokenError):
        sid = session_id(claims)
    if sid is None:
        return
    if isinstance(user, get_user_model()):
        is_theirs = live(user).filter(pk=sid).exists()
    else:
        is_theirs = isinstance(user, tokens.TokenUser)
    if is_theirs:
        account = str(getattr(user, "pk", ""))
        end(sid, by=account, account=account, address=client_of(request).address)
