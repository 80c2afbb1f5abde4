"""In a Django project: `authenticate()`, login and refresh, ours against simplejwt and knox.

Everybody uses HS256 and the same database, SQLite in memory, where a query costs the least.
"""

from collections.abc import Callable
from itertools import cycle

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import AuthToken
from rest_framework.authentication import BaseAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication as SimpleJWTAuthentication
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication

from . import stage
from .rounds import Comparison, Contender

POOL = 3000  # more tokens than anybody remembers


class Checking(JWTAuthentication):
    """What `CHECK_SESSION` makes of ours, without a settings change for each call."""

    def get_user(self, claims: dict[str, object]) -> AbstractBaseUser:
        return sessions.check(claims)


def comparisons() -> list[Comparison]:
    """All of this module."""
    user = stage.user()
    first = [tokens.issue(user, sid=None) for _ in range(POOL)]
    theirs = [str(AccessToken.for_user(user)) for _ in range(POOL)]
    return [
        verifying(first),
        authenticating(user, first, theirs),
        authenticating(user, first[:1], theirs[:1]),
        stateless(first, theirs),
        stateless(first[:1], theirs[:1]),
        checking(user),
        logging_in(user),
        refreshing(user),
        publishing(),
    ]


def verifying(texts: list[str]) -> Comparison:
    """`tokens.verify`: what a token costs that comes for the first time, and what one that came before."""
    pool, one = cycle(texts), texts[0]
    return Comparison(
        "tokens.verify",
        [
            Contender("django_jwtkit, a new token", lambda: tokens.verify(next(pool))),
            Contender("django_jwtkit, a repeated token", lambda: tokens.verify(one)),
        ],
    )


def authenticating(user: AbstractBaseUser, first: list[str], theirs: list[str]) -> Comparison:
    """`authenticate()` with its query for the user."""
    _, opaque = AuthToken.objects.create(user)
    return Comparison(
        f"authenticate() with user, {_which(first)}",
        [
            Contender("django_jwtkit", _asking(JWTAuthentication(), first)),
            Contender("simplejwt", _asking(SimpleJWTAuthentication(), theirs)),
            Contender("knox", _asking(KnoxAuthentication(), [opaque], "Token")),
        ],
    )


def stateless(first: list[str], theirs: list[str]) -> Comparison:
    """`authenticate()` without a query."""
    return Comparison(
        f"authenticate() stateless, {_which(first)}",
        [
            Contender("django_jwtkit", _asking(JWTStatelessAuthentication(), first)),
            Contender("simplejwt", _asking(JWTStatelessUserAuthentication(), theirs)),
        ],
    )


def checking(user: AbstractBaseUser) -> Comparison:
    """`authenticate()` that asks whether the session lives, against knox, which can't but ask."""
    pair = sessions.start(user)
    ours, (_, opaque) = _asking(Checking(), [pair.access]), AuthToken.objects.create(user)
    return Comparison(
        "authenticate() with CHECK_SESSION",
        [
            Contender("django_jwtkit", ours),
            Contender("knox", _asking(KnoxAuthentication(), [opaque], "Token")),
        ],
    )


def logging_in(user: AbstractBaseUser) -> Comparison:
    """A login over Django's test client; the password's hash costs nothing here (MD5)."""
    client, whom = Client(), {"username": user.get_username(), "password": stage.PASSWORD}
    return Comparison(
        "login",
        [
            Contender("django_jwtkit", lambda: _posted(client, "/ours/token/", whom)),
            Contender("simplejwt", lambda: _posted(client, "/simplejwt/token/", whom)),
            Contender("Django's authenticate() alone", lambda: authenticate(**whom)),
        ],
    )


def refreshing(user: AbstractBaseUser) -> Comparison:
    """A refresh over the test client, each with the token of the last; simplejwt rotates and blacklists."""
    client, whom = Client(), {"username": user.get_username(), "password": stage.PASSWORD}

    def chain(prefix: str) -> Callable[[], object]:
        held = _posted(client, prefix, whom)

        def refresh() -> object:
            held.update(_posted(client, f"{prefix}refresh/", {"refresh": held["refresh"]}))
            return held

        return refresh

    return Comparison(
        "refresh",
        [
            Contender("django_jwtkit", chain("/ours/token/")),
            Contender("simplejwt", chain("/simplejwt/token/")),
        ],
    )


def publishing() -> Comparison:
    """The JWK Set, over the test client."""
    client = Client()
    return Comparison(
        "JWKS", [Contender("django_jwtkit", lambda: client.get("/.well-known/jwks.json").content)]
    )


def _which(texts: list[str]) -> str:
    return "a repeated token" if len(texts) == 1 else "a new token"


def _asking(by: BaseAuthentication, texts: list[str], scheme: str = "Bearer") -> Callable[[], object]:
    """A call of `authenticate`, on another request each time, that must find a user."""
    requests = cycle([stage.asking(f"{scheme} {text}") for text in texts])
    if by.authenticate(next(requests)) is None:
        raise RuntimeError(f"{by} does not know its own token")
    return lambda: by.authenticate(next(requests))


def _posted(client: Client, path: str, body: dict[str, str]) -> dict[str, str]:
    answer = client.post(path, body, content_type="application/json")
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.content!r}")
    return answer.json()
