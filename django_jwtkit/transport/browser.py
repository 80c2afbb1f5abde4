"""The identity behind a browser's cookies, and Django's CSRF check of what they do."""

from collections.abc import Collection
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import CookieRefused, TokenError
from django_jwtkit.wording import escape
from django_jwtkit.wording import message as _

from .cookies import read_cookie
from .identity import Identity, identify

# Headers that a page of another site can set without CORS's permission (Fetch Standard §2.2.2), client hints
# of older browsers, and those that a browser adds by itself.
FORGEABLE: Final = frozenset(
    f"HTTP_{name}"
    for name in (
        *("ACCEPT", "ACCEPT_LANGUAGE", "CONTENT_LANGUAGE", "RANGE", "COOKIE", "REFERER", "LAST_EVENT_ID"),
        *("DEVICE_MEMORY", "DOWNLINK", "DPR", "ECT", "RTT", "SAVE_DATA", "VIEWPORT_WIDTH", "WIDTH"),
    )
)
EXEMPT: Final = "_jwtkit_exempt_from_csrf"
MAX_REASON: Final = 200  # characters: an Origin that does not match is quoted in it


@sensitive_variables()
def read_access_cookie(request: HttpRequest) -> str | None:
    """Return the text of the access cookie, None without one. Raises `CookieRefused` for a repeated one."""
    names = conf().cookies
    read_cookie(request, names.refresh)
    return read_cookie(request, names.access)


@sensitive_variables()
def identify_cookie(
    request: HttpRequest,
    text: str,
    *,
    kind: tokens.TokenKind = tokens.ACCESS,
    sources: Collection[str] | None = None,
) -> Identity:
    """Return the identity of `text`, the access cookie of `request`.

    Raises as `identify` does, and `CookieRefused` where a refresh cookie of another session comes with it:
    one of the two was planted.
    """
    names = conf().cookies
    identity = identify(text, kind=kind, sources=sources)
    refresh = read_cookie(request, names.refresh)
    if refresh is not None and _session_of(refresh) != identity.claims.get("sid"):
        raise CookieRefused(_("the cookies are of two sessions"), [names.access, names.refresh])
    return identity


@sensitive_variables()
def _session_of(refresh: str) -> object:
    try:
        return tokens.verify(refresh, kind=tokens.REFRESH).get("sid")
    except TokenError:
        return ""  # no session's id


class _Check(CsrfViewMiddleware):
    """Django's check, which returns its reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def find_csrf_fault(request: HttpRequest) -> str | None:
    """Return why `request` fails Django's CSRF check, None where it passes or its method is safe."""
    if getattr(request, EXEMPT, False):  # by our middleware, for the user of another token than the cookie's
        request._dont_enforce_csrf_checks = request.csrf_processing_done = False  # type: ignore[attr-defined]  # noqa: SLF001
    check = _Check(_nothing)
    check.process_request(request)
    reason = check.process_view(request, _nothing, (), {})
    return None if reason is None else f"CSRF Failed: {escape(reason, MAX_REASON)}"


def has_own_origin(request: HttpRequest) -> bool:
    """Whether `request` names an `Origin`: this site, or one of `CSRF_TRUSTED_ORIGINS`, as Django compares.

    For a WebSocket: its handshake is a GET that brings the cookies from every site, and nothing forbids that.
    """
    check: Any = _Check(_nothing)
    return "HTTP_ORIGIN" in request.META and bool(check._origin_verified(request))  # noqa: SLF001


@sensitive_variables()
def exempt_from_csrf(request: HttpRequest, text: str) -> None:
    """Let Django's middleware pass `request`, if its token `text` came in a header that no page can forge.

    A page of another site can send a token of its own in a query string, a form or a header such as `Accept`,
    and the request may act on a cookie besides. A cookie of ours is checked anyway. The token must stand by
    itself: a proxy's `X-Original-URI` repeats the query string.
    """
    headers = [name for name in request.META if name.startswith("HTTP_") and name not in FORGEABLE]
    if not any(text in str(request.META[name]).split() for name in headers):
        return
    if not getattr(request, "_dont_enforce_csrf_checks", False):
        setattr(request, EXEMPT, True)
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001


def set_csrf_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the CSRF cookie and `X-CSRFToken` to one value, also where Django's middleware is not installed."""
    middleware = CsrfViewMiddleware(_nothing)
    middleware.process_request(request)
    masked = get_token(request)
    response["X-CSRFToken"] = request.META.get("CSRF_COOKIE", masked)
    middleware.process_response(request, response)
