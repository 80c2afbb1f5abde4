"""The two browser cookies: read from a request, set on an answer, deleted from a browser.

Both are HttpOnly: no script reads a token. The access cookie goes to every path, the refresh cookie only
below the prefix of `cookie_urls`.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast
from urllib.parse import quote

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.conf import CookieSettings, conf
from django_jwtkit.errors import ClaimValueUnusable, CookieRefused
from django_jwtkit.wording import message as _

COOKIE_URLS: Final = "django_jwtkit.drf.cookie_urls"
MAX_FOLDERS: Final = 16  # of a path: a stranger may send thousands
MASK: Final = "********************"  # as Django's error pages mask what is secret
LONG_AGO: Final = "Thu, 01 Jan 1970 00:00:00 GMT"


def are_cookies_in_use() -> bool:
    """Whether `COOKIES` is set, also to an empty dict, or `cookie_urls` is included in the project's URLs."""
    return conf().has_cookies or _has_cookie_urls(get_resolver())


@lru_cache(maxsize=16)
def _has_cookie_urls(root: URLResolver) -> bool:
    resolvers = [root]
    while resolvers:
        resolver = resolvers.pop()
        if getattr(resolver.urlconf_module, "__name__", None) == COOKIE_URLS:
            return True
        resolvers += [each for each in resolver.url_patterns if isinstance(each, URLResolver)]
    return False


class Expiry(NamedTuple):
    """When the tokens of a pair expire, in UTC."""

    access: datetime
    refresh: datetime


class Cookie(NamedTuple):
    """A cookie to set until `expires`, or to delete without."""

    name: str
    text: str
    path: str
    expires: datetime | None

    def __repr__(self) -> str:
        return f"Cookie(name={self.name!r}, …)"  # it may stand on an error page


def hide_cookies(request: HttpRequest) -> None:
    """Mask our cookies in `request.COOKIES`, which Django's error pages show; the header itself they hide."""
    names = conf().cookies
    for name in (names.access, names.refresh):
        if request.COOKIES.get(name):
            request.COOKIES[name] = MASK


@sensitive_variables()
def read_cookie(request: HttpRequest, name: str) -> str | None:
    """Return the cookie `name` of `request`, None where it is absent or empty, as a deleted one may be.

    Raises `CookieRefused` where it comes twice: a sibling domain may have set the other one, and Django would
    believe the last (RFC 6265 §8.6).
    """
    hide_cookies(request)
    pairs = [chunk.partition("=") for chunk in request.META.get("HTTP_COOKIE", "").split(";")]
    values = [value.strip() for key, _, value in pairs if key.strip() == name]
    if len(values) > 1:
        raise CookieRefused(_("a cookie of ours comes twice"), [name])
    return values[0] if values and values[0] else None


@sensitive_variables()
def set_pair(request: HttpRequest, response: HttpResponseBase, pair: sessions.TokenPair) -> None:
    """Set the cookies of `pair` on `response`, each until its token expires; one that stays the same is left.

    Raises `ClaimValueUnusable` for a token that no browser would keep.
    """
    names, expiry = conf().cookies, expiry_of(pair)
    if (fault := tokens.find_cookie_fault(pair.access)) is not None:
        raise ClaimValueUnusable(fault)
    _set(response, Cookie(names.access, pair.access, "/", expiry.access), names)
    if pair.refresh != _current(request, names.refresh):
        _set(response, Cookie(names.refresh, pair.refresh, refresh_path(request), expiry.refresh), names)


def delete_cookies(request: HttpRequest, response: HttpResponseBase, doomed: Collection[str]) -> None:
    """Delete the cookies named `doomed`, with the attributes that they were set with: browsers compare."""
    names = conf().cookies
    if names.access in doomed:
        _set(response, Cookie(names.access, "", "/", None), names)
    if names.refresh in doomed:
        _set(response, Cookie(names.refresh, "", refresh_path(request), None), names)


@sensitive_variables()
def expiry_of(pair: sessions.TokenPair) -> Expiry:
    """Return when the tokens of `pair` expire. They are ours and fresh: verifying says the same of each."""
    access, refresh = tokens.verify(pair.access), tokens.verify(pair.refresh, kind=tokens.REFRESH)
    return Expiry(*(datetime.fromtimestamp(claims["exp"], UTC) for claims in (access, refresh)))


def doomed_by(error: BaseException | None) -> tuple[str, ...]:
    """Return the names of the cookies that the answer to `error` deletes: by default the access cookie."""
    return error.names if isinstance(error, CookieRefused) else (conf().cookies.access,)


def refresh_path(request: HttpRequest) -> str:
    """Return the prefix under which the refresh view of `cookie_urls` is included, as browsers compare it.

    The nearest one above the path of the request; without any, the folder of the path itself. It is quoted:
    a prefix may hold what a client has sent, and a semicolon would begin another attribute.
    """
    path = request.path_info
    script = request.path.removesuffix(path)
    folders = [path[: end + 1] for end, character in enumerate(path) if character == "/"][:MAX_FOLDERS]
    parent = path.rstrip("/").rpartition("/")[0] + "/"
    prefix = next(filter(_has_refresh_view, reversed(folders)), parent)
    return quote(script + prefix, safe="/:@&+$,~!*'()")


def _has_refresh_view(prefix: str) -> bool:
    try:
        match = resolve(f"{prefix}token/refresh/")
    except Resolver404:
        return False
    return bool(getattr(getattr(match.func, "cls", None), "reads_cookies", False))


@sensitive_variables()
def _current(request: HttpRequest, name: str) -> str | None:
    try:
        return read_cookie(request, name)
    except CookieRefused:
        return None


@sensitive_variables()
def _set(response: HttpResponseBase, cookie: Cookie, names: CookieSettings) -> None:
    lasts: dict[str, Any] = {"max_age": 0, "expires": LONG_AGO}
    if cookie.expires is not None:
        lasts = {"max_age": max(int((cookie.expires - keys.now()).total_seconds()), 0)}
    response.set_cookie(
        cookie.name,
        cookie.text,
        path=cookie.path,
        domain=names.domain,
        secure=names.is_secure,
        httponly=True,
        samesite=cast("Any", names.samesite),
        **lasts,
    )
