"""What clients of each package send, as a line of a request's header: calls that make another each time."""

from collections.abc import Callable, Mapping
from typing import Final

from allauth.headless.tokens.strategies.jwt.internal import create_access_token
from django.contrib.auth import login
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from knox.models import AuthToken
from rest_framework_simplejwt.tokens import AccessToken

from django_jwtkit import sessions, tokens

from . import stage

Make = Callable[[], str]


def bearer(text: object) -> str:
    return f"Authorization: Bearer {text}"


def ours(user: AbstractBaseUser) -> Make:
    """Access tokens of one login."""
    sid = str(tokens.verify(sessions.start(user).access)["sid"])
    return lambda: bearer(tokens.issue(user, sid=sid))


def simplejwt(user: AbstractBaseUser) -> Make:
    return lambda: bearer(AccessToken.for_user(user))


def allauth(user: AbstractBaseUser) -> Make:
    """Access tokens of one login."""
    session = _logged_in(user)
    return lambda: bearer(create_access_token(user, session, {}))


def knox(user: AbstractBaseUser) -> Make:
    return lambda: f"Authorization: Token {AuthToken.objects.create(user)[1]}"


def session(user: AbstractBaseUser) -> Make:
    return lambda: f"Cookie: sessionid={_logged_in(user).session_key}"


MAKERS: Final[Mapping[str, Callable[[AbstractBaseUser], Make]]] = {
    "ours": ours,
    "simplejwt": simplejwt,
    "allauth": allauth,
    "knox": knox,
    "session": session,
}


def _logged_in(user: AbstractBaseUser) -> SessionBase:
    """Log `user` in by Django's session, and return it."""
    request = stage.FACTORY.get("/")
    request.session = SessionStore()
    login(request, user)
    request.session.save()
    return request.session
