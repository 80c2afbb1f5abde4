"""The table: each view of ours, and what the document says of it to the programmer of a client."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rest_framework.views import APIView

from .components import ACCESS_COOKIE, BEARER, CSRF, REFRESH_COOKIE, dotted_name


class Answer(NamedTuple):
    """What a status means, and the bodies that it may have."""

    description: str
    bodies: Sequence[str] = ()


Answers = Mapping[int, Answer]
Requirements = Sequence[Sequence[str]]


class Operation(NamedTuple):
    """What a view does; of its body and of a list the view's own serializer is described."""

    summary: str
    description: str
    answers: Answers
    security: Requirements | None = None  # None: the view's authentication classes say it
    reads_body: bool = False
    lists: bool = False
    headers: Mapping[str, str] = {}


OPEN: Final[Requirements] = [[]]

DETAIL, INVALID, REFUSAL, EMPTY = ["JWTDetail"], ["JWTInvalid"], ["JWTRefusal"], ["JWTEmpty"]

DONE: Final[Answers] = {204: Answer("Done.")}
UNAVAILABLE: Final[Answers] = {503: Answer("The service is unavailable. Try again later.", DETAIL)}
READ: Final[Answers] = {
    400: Answer("A field is missing or wrong, or the body can't be read.", INVALID),
    415: Answer("The body has another media type.", DETAIL),
    **UNAVAILABLE,
}
LIMITED: Final[Answers] = {429: Answer("Too many requests. `Retry-After` says when to try again.", DETAIL)}
NO_LOGIN: Final[Answers] = {401: Answer("No active account has these credentials.", DETAIL)}
REFUSED: Final[Answers] = {401: Answer("The token is refused, or its session has ended.", REFUSAL)}
UNAUTHENTICATED: Final[Answers] = {
    401: Answer("There is no access token, or it is refused, or its session has ended.", REFUSAL)
}
CSRF_FAILED: Final[Answers] = {403: Answer("The CSRF token is missing or wrong.", REFUSAL)}


LOGIN: Final = Operation(
    "Log in",
    "Exchanges a name and a password for an access token and a refresh token, and starts a session.",
    {200: Answer("The tokens.", ["JWTPair"]), **READ, **LIMITED, **NO_LOGIN},
    OPEN,
    reads_body=True,
)
REFRESH: Final = Operation(
    "Refresh the tokens",
    "Exchanges a refresh token for a new access token. A refresh token in the answer replaces it.",
    {200: Answer("The tokens.", ["JWTRefreshed"]), **READ, **LIMITED, **REFUSED},
    OPEN,
    reads_body=True,
)
VERIFY: Final = Operation(
    "Verify a token",
    "Says whether an access or refresh token would be accepted: its signature, claims, user and session.",
    {200: Answer("The token would be accepted.", EMPTY), **READ, **LIMITED, **REFUSED},
    OPEN,
    reads_body=True,
)
REVOKE: Final = Operation(
    "Revoke a token",
    "Ends the session of an access or refresh token (RFC 7009). `refresh` is another name of `token`.",
    {
        200: Answer("The session has ended, or the token was not a valid one.", EMPTY),
        **READ,
        **LIMITED,
        400: Answer("No token was sent, or it has no session.", ["JWTUnsupported", *INVALID]),
    },
    OPEN,
    reads_body=True,
)
INTROSPECT: Final = Operation(
    "Introspect a token",
    "Says what a live access token holds (RFC 7662), to callers with the permission to ask.",
    {
        200: Answer("The claims, or only that the token is not active.", ["JWTActive", "JWTInactive"]),
        **READ,
        401: Answer("The caller is not authenticated.", REFUSAL),
        403: Answer("The caller may not introspect tokens.", REFUSAL),
    },
    reads_body=True,
)
BLACKLIST: Final = Operation(
    "Log out",
    "Ends the session of a refresh token, which is refused from then on.",
    {200: Answer("The session has ended.", EMPTY), **READ, **LIMITED, **REFUSED},
    OPEN,
    reads_body=True,
)
SLIDING: Final = Operation(
    "Sliding tokens",
    "Sliding tokens are not served. Log in for an access token and a refresh token instead.",
    {501: Answer("Always.", DETAIL)},
    OPEN,
)
LOGOUT: Final = Operation(
    "Log out",
    "Ends the session of the access token. Its refresh token is refused from then on.",
    {**DONE, 400: Answer("The token has no session.", DETAIL), **UNAUTHENTICATED, **UNAVAILABLE},
)
LOGOUT_ALL: Final = Operation(
    "Log out everywhere",
    "Ends all sessions of the user.",
    {**DONE, **UNAUTHENTICATED, **UNAVAILABLE},
)
SESSIONS: Final = Operation(
    "List the logins",
    "All live sessions of the user, newest first.",
    {200: Answer("The sessions."), **UNAUTHENTICATED, **UNAVAILABLE},
    lists=True,
)
SESSION: Final = Operation(
    "End one login",
    "Ends a session of the user, which may be the current one.",
    {
        **DONE,
        **UNAUTHENTICATED,
        404: Answer("The user has no live session of this ID.", DETAIL),
        **UNAVAILABLE,
    },
)


def _by_cookie(operation: Operation, answers: Answers = CSRF_FAILED, **changes: Any) -> Operation:
    return operation._replace(answers={**operation.answers, **answers}, **changes)


COOKIE_LOGIN: Final = _by_cookie(
    LOGIN,
    {200: Answer("Both cookies are set.", ["JWTExpiry"]), **CSRF_FAILED},
    description="Exchanges a name and a password for two cookies, which hold the tokens.",
    security=[[CSRF]],
)
COOKIE_REFRESH: Final = Operation(
    "Refresh the cookies",
    "Renews the access cookie by the refresh cookie. A refused one deletes both cookies.",
    {
        200: Answer("The cookies are renewed.", ["JWTExpiry"]),
        **REFUSED,
        **CSRF_FAILED,
        **LIMITED,
        **UNAVAILABLE,
    },
    [[REFRESH_COOKIE, CSRF]],
)
COOKIE_LOGOUT: Final = _by_cookie(
    LOGOUT,
    description="Ends the sessions of the cookies, and deletes both, also when they have expired.",
    security=[[BEARER], [REFRESH_COOKIE, CSRF], [ACCESS_COOKIE, CSRF], [CSRF]],
)
CSRF_TOKEN: Final = Operation(
    "Get a CSRF token",
    "Sets the CSRF cookie, and sends its value in a header for pages that can't read the cookie.",
    DONE,
    OPEN,
    headers={"X-CSRFToken": "The value to send back with each unsafe request."},
)

_DRF: Final = "django_jwtkit.drf.views"
_SIMPLEJWT: Final = "django_jwtkit.contrib.simplejwt.views"

# By dotted name: to import contrib.simplejwt here would tell `check` that the project uses it.
OPERATIONS: Final[Mapping[str, Operation]] = {
    f"{_DRF}.login.TokenObtainPairView": LOGIN,
    f"{_DRF}.tokens.TokenRefreshView": REFRESH,
    f"{_DRF}.tokens.TokenVerifyView": VERIFY,
    f"{_DRF}.tokens.TokenRevokeView": REVOKE,
    f"{_DRF}.tokens.TokenIntrospectView": INTROSPECT,
    f"{_DRF}.sessions.LogoutView": LOGOUT,
    f"{_DRF}.sessions.LogoutAllView": LOGOUT_ALL,
    f"{_DRF}.sessions.SessionListView": SESSIONS,
    f"{_DRF}.sessions.SessionDetailView": SESSION,
    f"{_DRF}.browser.CSRFView": CSRF_TOKEN,
    f"{_DRF}.browser.CookieObtainView": COOKIE_LOGIN,
    f"{_DRF}.browser.CookieRefreshView": COOKIE_REFRESH,
    f"{_DRF}.browser.CookieLogoutView": COOKIE_LOGOUT,
    f"{_DRF}.browser.CookieLogoutAllView": _by_cookie(LOGOUT_ALL),
    f"{_DRF}.browser.CookieSessionListView": SESSIONS,
    f"{_DRF}.browser.CookieSessionDetailView": _by_cookie(SESSION),
    f"{_SIMPLEJWT}.TokenObtainPairView": LOGIN,
    f"{_SIMPLEJWT}.TokenRefreshView": REFRESH,
    f"{_SIMPLEJWT}.TokenVerifyView": VERIFY,
    f"{_SIMPLEJWT}.TokenBlacklistView": BLACKLIST,
    f"{_SIMPLEJWT}.NoSlidingView": SLIDING,
}


def operation_of(view: type[APIView]) -> Operation | None:
    """Return the row of `view`, or of the nearest of its base classes that has one."""
    rows = (OPERATIONS.get(dotted_name(each)) for each in view.__mro__)
    return next((row for row in rows if row is not None), None)
