"""Tokens of users, and clients that send them."""

from datetime import timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.test import APIClient

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.conf import conf

LONG_AGO: Final = timedelta(days=1)


def token_for(user: AbstractBaseUser, **claims: object) -> str:
    """Return an access token of `user` with `claims` of your application.

    With `CHECK_SESSION` it belongs to a new session, as a login's does. Raises as `tokens.issue` does.
    """
    if conf().CHECK_SESSION:
        return sessions.start(user, claims=claims).access
    return tokens.issue(user, claims=claims)


def expired_token_for(user: AbstractBaseUser) -> str:
    """Return an access token of `user` that expired yesterday, otherwise good."""
    return tokens.issue(user, now=keys.now() - LONG_AGO, lifetime=timedelta(minutes=1))


def client_for(user: AbstractBaseUser, **claims: object) -> APIClient:
    """Return a client of the REST framework that sends a token of `user` with each request.

    Unlike `force_authenticate` it runs through your authentication class, so `request.auth` is what it is
    for a real client.
    """
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{conf().AUTH_SCHEMES[0]} {token_for(user, **claims)}")
    return client
