"""Compare `authenticate()` in a Django project with simplejwt, knox, allauth and Django's session.

All use HS256, their own defaults and the same database. Knox has a user of its own with one token, since it
reads all tokens of a user.
"""

from collections.abc import Callable, Sequence
from itertools import cycle

from allauth.headless.contrib.rest_framework.authentication import (
    JWTTokenAuthentication as AllauthAuthentication,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication as SimpleJWTAuthentication
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from bench.project import credentials, stage
from bench.project.urls import Checking
from bench.rounds import Comparison, Contender
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication

from .tokens import OURS

POOLS = {"a new token": 3000, "a repeated token": 1}  # more tokens than any package caches, and one
SIMPLEJWT, KNOX, ALLAUTH, SESSION = "simplejwt", "knox", "allauth", "Django's session"


def comparisons() -> list[Comparison]:
    """All of this module: those that ask the database first."""
    return [*asking_database(), *(_stateless(which, pool) for which, pool in POOLS.items())]


def asking_database() -> list[Comparison]:
    """`authenticate()` with its query for the user, and with that for the session."""
    return [*(_with_user(which, pool) for which, pool in POOLS.items()), _with_session()]


def _with_user(which: str, pool: int) -> Comparison:
    ways = (
        (OURS, JWTAuthentication(), credentials.ours),
        (SIMPLEJWT, SimpleJWTAuthentication(), credentials.simplejwt),
        (ALLAUTH, AllauthAuthentication(), credentials.allauth),
    )
    contenders = [Contender(name, asking(by, lines(make, pool))) for name, by, make in ways]
    return Comparison(f"authenticate() with user, {which}", [*contenders, _knox()])


def _stateless(which: str, pool: int) -> Comparison:
    """`authenticate()` without a query; allauth asks as soon as somebody looks at its user."""
    ways = (
        (OURS, JWTStatelessAuthentication(), credentials.ours),
        (SIMPLEJWT, JWTStatelessUserAuthentication(), credentials.simplejwt),
    )
    contenders = [Contender(name, asking(by, lines(make, pool))) for name, by, make in ways]
    return Comparison(f"authenticate() stateless, {which}", contenders)


def _with_session() -> Comparison:
    """`authenticate()` that asks whether the login still stands, against those who can't but ask."""
    ours = Contender(OURS, asking(Checking(), lines(credentials.ours, 1)))
    return Comparison("authenticate() with CHECK_SESSION", [ours, _knox(), _session()])


def _knox() -> Contender:
    return Contender(KNOX, asking(KnoxAuthentication(), lines(credentials.knox, 1)))


def _session() -> Contender:
    """Django's session, by the two middlewares and the class of Django REST framework that find its user."""
    request, by = stage.asking(*lines(credentials.session, 1)), SessionAuthentication()
    http = request._request  # noqa: SLF001 - on which Django keeps session and user
    layers = [layer(lambda _: None) for layer in (SessionMiddleware, AuthenticationMiddleware)]

    def ask() -> object:
        vars(http).pop("_cached_user", None)  # as in another request
        for layer in layers:
            layer.process_request(http)
        user, _ = by.authenticate(request)
        return user.pk

    return Contender(SESSION, ask)


def asking(by: BaseAuthentication, lines: Sequence[str]) -> Callable[[], object]:
    """A call of `authenticate`, on another request each time, that must find a user, and looks at it."""
    requests = cycle([stage.asking(line) for line in lines])

    def ask() -> object:
        user, _ = by.authenticate(next(requests))
        return user.pk  # allauth's is lazy

    if ask() is None:
        raise RuntimeError(f"{by} does not know its own token")
    return ask


def lines(maker: Callable[[AbstractBaseUser], credentials.Make], count: int) -> list[str]:
    """Return `count` lines of one new user."""
    make = maker(stage.user())
    return [make() for _ in range(count)]
