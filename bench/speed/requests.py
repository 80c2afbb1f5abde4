"""Compare `authenticate()`, login and refresh in a Django project with simplejwt and knox.

All use HS256, their own defaults and the same database, SQLite in memory, where a query costs the least.
simplejwt rotates and blacklists, since ours always rotates. Knox has a user of its own with one token,
since it reads all tokens of a user.
"""

from collections.abc import Callable
from itertools import cycle

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import AuthToken
from rest_framework.authentication import BaseAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication as SimpleJWTAuthentication
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from bench.project import stage
from bench.project.urls import Checking
from bench.rounds import Comparison, Contender
from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication

from .tokens import OURS

POOL = 3000  # more tokens than any package caches
SIMPLEJWT, KNOX = "simplejwt", "knox"


def comparisons() -> list[Comparison]:
    """All of this module."""
    user = stage.user()
    theirs = [str(AccessToken.for_user(user)) for _ in range(POOL)]
    return [
        authenticating("a new token", _issued(user), theirs),
        authenticating("a repeated token", _issued(user)[:1], theirs[:1]),
        stateless("a new token", _issued(user), theirs),
        stateless("a repeated token", _issued(user)[:1], theirs[:1]),
        checking(),
        logging_in(user),
        refreshing(user),
        publishing(),
    ]


def counts() -> dict[str, int]:
    """How many queries a refresh takes."""
    user = stage.user()
    return {f"queries of a refresh, {each.name}": _queries(each.run) for each in refreshing(user).contenders}


def authenticating(which: str, ours: list[str], theirs: list[str]) -> Comparison:
    """`authenticate()` with its query for the user."""
    return Comparison(
        f"authenticate() with user, {which}",
        [
            Contender(OURS, asking(JWTAuthentication(), ours)),
            Contender(SIMPLEJWT, asking(SimpleJWTAuthentication(), theirs)),
            _knox(),
        ],
    )


def stateless(which: str, ours: list[str], theirs: list[str]) -> Comparison:
    """`authenticate()` without a query."""
    return Comparison(
        f"authenticate() stateless, {which}",
        [
            Contender(OURS, asking(JWTStatelessAuthentication(), ours)),
            Contender(SIMPLEJWT, asking(JWTStatelessUserAuthentication(), theirs)),
        ],
    )


def checking() -> Comparison:
    """`authenticate()` that asks whether the login still stands, against knox, which can't but ask."""
    access = sessions.start(stage.user()).access
    return Comparison(
        "authenticate() with CHECK_SESSION", [Contender(OURS, asking(Checking(), [access])), _knox()]
    )


def logging_in(user: AbstractBaseUser) -> Comparison:
    """A login over Django's test client; the password's hash costs nothing here (MD5)."""
    client, credentials = Client(), {"username": user.get_username(), "password": stage.PASSWORD}
    return Comparison(
        "login",
        [
            Contender(OURS, lambda: _posted(client, "/ours/token/", credentials)),
            Contender(SIMPLEJWT, lambda: _posted(client, "/simplejwt/token/", credentials)),
            Contender("Django's authenticate() alone", lambda: authenticate(**credentials)),
        ],
    )


def refreshing(user: AbstractBaseUser) -> Comparison:
    """A refresh over the test client, each with the token of the last; simplejwt rotates and blacklists."""
    client, credentials = Client(), {"username": user.get_username(), "password": stage.PASSWORD}

    def chain(prefix: str) -> Callable[[], object]:
        pair = _posted(client, prefix, credentials)

        def refresh() -> object:
            pair.update(_posted(client, f"{prefix}refresh/", {"refresh": pair["refresh"]}))
            return pair

        return refresh

    return Comparison(
        "refresh",
        [Contender(OURS, chain("/ours/token/")), Contender(SIMPLEJWT, chain("/simplejwt/token/"))],
    )


def publishing() -> Comparison:
    """The JWK Set, over the test client."""
    client = Client()
    return Comparison("JWKS", [Contender(OURS, lambda: client.get("/.well-known/jwks.json").content)])


def asking(by: BaseAuthentication, texts: list[str], scheme: str = "Bearer") -> Callable[[], object]:
    """A call of `authenticate`, on another request each time, that must find a user."""
    requests = cycle([stage.asking(f"{scheme} {text}") for text in texts])
    if by.authenticate(next(requests)) is None:
        raise RuntimeError(f"{by} does not know its own token")
    return lambda: by.authenticate(next(requests))


def _issued(user: AbstractBaseUser) -> list[str]:
    """Tokens of one contender alone: what another one has verified a moment ago would be no new token."""
    return [tokens.issue(user) for _ in range(POOL)]


def _knox() -> Contender:
    _, text = AuthToken.objects.create(stage.user())
    return Contender(KNOX, asking(KnoxAuthentication(), [text], "Token"))


def _queries(run: Callable[[], object]) -> int:
    run()  # keys are read, and the type of content, only once
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)


def _posted(client: Client, path: str, body: dict[str, str]) -> dict[str, str]:
    answer = client.post(path, body, content_type="application/json")
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.content!r}")
    return answer.json()
