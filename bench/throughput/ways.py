"""The requests to the servers: a plain view behind each kind of authentication, logins and refreshes."""

from typing import Final, NamedTuple


class Way(NamedTuple):
    """`kind` is what wrk.lua does, `lines` which lines of the site it sends."""

    name: str
    path: str
    kind: str
    lines: str


NOBODY: Final = "no authentication"
WAYS: Final = (
    Way(NOBODY, "/hello/nobody", "get", "nobody"),
    Way("django_jwtkit, user", "/hello/ours", "get", "ours"),
    Way("django_jwtkit, user, every token new", "/hello/ours", "get", "ours, new"),
    Way("django_jwtkit, CHECK_SESSION", "/hello/ours-checking", "get", "ours"),
    Way("django_jwtkit, stateless", "/hello/ours-stateless", "get", "ours"),
    Way("simplejwt, user", "/hello/simplejwt", "get", "simplejwt"),
    Way("simplejwt, stateless", "/hello/simplejwt-stateless", "get", "simplejwt"),
    Way("knox, user", "/hello/knox", "get", "knox"),
    Way("django_jwtkit, login", "/ours/token/", "post", "login"),
    Way("simplejwt, login", "/simplejwt/token/", "post", "login"),
    Way("django_jwtkit, refresh", "/ours/token/refresh/", "refresh", "login"),
    Way("simplejwt, refresh", "/simplejwt/token/refresh/", "refresh", "login"),
)
