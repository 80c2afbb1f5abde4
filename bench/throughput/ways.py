"""The requests to the servers: a plain view behind each kind of authentication, logins and refreshes."""

from typing import Final, NamedTuple


class Way(NamedTuple):
    """`method` and `path` of the requests, and which lines of the site they send in turns.

    The lines of a GET are headers, those of a POST are bodies. With `token`, they are bodies of logins, and
    refreshes are measured: each sends the newest refresh token, which has that name in the answers.
    """

    name: str
    path: str
    lines: str
    method: str = "GET"
    token: str = ""


NOBODY: Final = "no authentication"
OURS: Final = "django_jwtkit, user"
WAYS: Final = (
    Way(NOBODY, "/hello/nobody", "nobody"),
    Way(OURS, "/hello/ours", "ours"),
    Way("django_jwtkit, user, every token new", "/hello/ours", "ours, new"),
    Way("django_jwtkit, CHECK_SESSION", "/hello/ours-checking", "ours"),
    Way("django_jwtkit, stateless", "/hello/ours-stateless", "ours"),
    Way("simplejwt, user", "/hello/simplejwt", "simplejwt"),
    Way("simplejwt, stateless", "/hello/simplejwt-stateless", "simplejwt"),
    Way("allauth, user", "/hello/allauth", "allauth"),
    Way("knox, user", "/hello/knox", "knox"),
    Way("Django's session, user", "/hello/session", "session"),
    Way("django_jwtkit, login", "/ours/token/", "login", "POST"),
    Way("simplejwt, login", "/simplejwt/token/", "login", "POST"),
    Way("django_jwtkit, refresh", "/ours/token/", "login", "POST", "refresh"),
    Way("simplejwt, refresh", "/simplejwt/token/", "login", "POST", "refresh"),
)
