"""Compare login and refresh with simplejwt and allauth, over Django's test client.

The password's hash costs nothing here (MD5). Each login stamps `last_login`. simplejwt rotates and blacklists
refresh tokens, since ours and allauth's always rotate.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.project import stage
from bench.rounds import Comparison, Contender

from .requests import ALLAUTH, SIMPLEJWT
from .tokens import OURS

Pair = dict[str, str]


class Package(NamedTuple):
    """Where a package logs in, what it calls a refresh token there, and in which part of an answer it is."""

    path: str
    token: str = "refresh"
    part: str = ""


PACKAGES: Final = {
    OURS: Package("/ours/token/"),
    SIMPLEJWT: Package("/simplejwt/token/"),
    ALLAUTH: Package("/allauth/token/", "refresh_token", "meta"),
}


def comparisons() -> list[Comparison]:
    """Both."""
    return [logging_in(stage.user()), refreshing(stage.user())]


def counts() -> dict[str, int]:
    """How many queries a refresh takes."""
    contenders = refreshing(stage.user()).contenders
    return {f"queries of a refresh, {each.name}": _queries(each.run) for each in contenders}


def logging_in(user: AbstractBaseUser) -> Comparison:
    """A login, and the part of it that is Django's."""
    client, credentials = Client(), _credentials(user)
    ways = [
        Contender(name, lambda path=each.path: stage.posted(client, path, credentials))
        for name, each in PACKAGES.items()
    ]
    alone = Contender("Django's authenticate() alone", lambda: authenticate(**credentials))
    return Comparison("login", [*ways, alone])


def refreshing(user: AbstractBaseUser) -> Comparison:
    """A refresh, each with the token that the last one has brought."""
    contenders = [Contender(name, _chain(each, user)) for name, each in PACKAGES.items()]
    return Comparison("refresh", contenders)


def _chain(package: Package, user: AbstractBaseUser) -> Callable[[], object]:
    path, name, part = package
    client = Client()
    login = stage.posted(client, path, _credentials(user))
    newest = {name: login[part][name] if part else login[name]}

    def refresh() -> object:
        answer = stage.posted(client, f"{path}refresh/", newest)
        newest[name] = answer["data"][name] if part else answer[name]
        return answer

    return refresh


def _credentials(user: AbstractBaseUser) -> dict[str, str]:
    return {"username": user.get_username(), "password": stage.PASSWORD}


def _queries(run: Callable[[], object]) -> int:
    run()  # keys are read, and the type of content, only once
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)
