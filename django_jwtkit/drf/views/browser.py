"""The endpoints for browsers: the tokens ride in cookies, and no body holds one.

Login, refresh and logout never authenticate by the access cookie, so that a stale one spoils none of them.
"""

from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.conf import conf
from django_jwtkit.drf.authentication import LiveSessionAuthentication
from django_jwtkit.drf.challenges import CSRFFailed, Refused, translated_errors
from django_jwtkit.drf.cookies import OwnAudienceCookieAuthentication
from django_jwtkit.errors import ClaimValueUnusable, TokenError
from django_jwtkit.wording import iso

from .base import PinnedView
from .login import TokenObtainPairView
from .sessions import LogoutAllView, LogoutView, SessionDetailView, SessionListView, end_session
from .tokens import TokenRefreshView


class BrowserView(PinnedView):
    """A view whose tokens ride in cookies: its answers vary by them."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        headers = super().default_response_headers
        return {**headers, "Vary": f"{headers['Vary']}, Cookie"}

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        transport.hide_cookies(request)
        return super().initialize_request(request, *args, **kwargs)

    def respond(self, pair: sessions.TokenPair, members: dict[str, object]) -> Response:
        response = Response(members)
        with translated_errors():
            try:
                transport.set_pair(self.http_request, response, pair)
            except ClaimValueUnusable:  # no browser would keep the login
                sessions.end(sessions.session_id(tokens.verify(pair.access)), reason="cookie_too_long")
                raise
        return response

    def check_csrf(self) -> None:
        """Raise `CSRFFailed` unless the request passes Django's check, whose token is in a header.

        A body that nobody has read stays unread: Django would parse any form for the token.
        """
        self.http_request.read(0)
        fault = transport.find_csrf_fault(self.http_request)
        if fault is not None:
            raise CSRFFailed(fault)

    def delete_cookies(self, response: Response) -> Response:
        """Delete both cookies on `response`."""
        names = conf().cookies
        transport.delete_cookies(self.http_request, response, [names.access, names.refresh])
        return response


def _expiry_members(pair: sessions.TokenPair) -> dict[str, object]:
    expiry = transport.expiry_of(pair)
    return {
        "access_expires_at": iso(expiry.access),
        "session_expires_at": iso(expiry.refresh),
    }


class CookieObtainView(BrowserView, TokenObtainPairView):
    """Log a browser in: both cookies, and when they expire."""

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        _ = request.data  # by our strict parsers
        self.check_csrf()
        return super().post(request, **kwargs)

    def get_response_data(self, user: Any, pair: sessions.TokenPair) -> dict[str, Any]:
        return _expiry_members(pair)


class CookieRefreshView(BrowserView, TokenRefreshView):
    """Renew the access cookie by the refresh cookie; a refused one deletes both."""

    reads_cookies: ClassVar[bool] = True

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        self.check_csrf()
        return super().post(request, **kwargs)

    def get_refresh_token(self, request: Request) -> str:
        with translated_errors():
            text = transport.read_cookie(self.http_request, conf().cookies.refresh)
        if text is None:
            raise Refused("Authentication credentials were not provided.")
        return text

    def get_response_data(self, pair: sessions.TokenPair) -> dict[str, Any]:
        return _expiry_members(pair)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        return self.delete_cookies(response) if isinstance(exc, Refused) else response


class CookieLogoutView(BrowserView, LogoutView):
    """End the sessions of both cookies, and delete them; with a header of ours, the session of its token."""

    authentication_classes = (LiveSessionAuthentication,)
    permission_classes = ()

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        if request.auth is not None:
            return self.delete_cookies(super().post(request, **kwargs))
        self.check_csrf()
        for claims in self._claims_of_cookies():
            self._end_session(claims)
        return self.delete_cookies(Response(status=HTTP_204_NO_CONTENT))

    def _end_session(self, claims: dict[str, Any]) -> None:
        """End the session of a cookie, whose token may be spent or of a user who has become inactive."""
        with translated_errors():
            sid = transport.session_id(claims)
            if sid is None:
                return
            session = sessions.rows().select_related("user").filter(pk=sid).first()
            if session is not None:
                end_session(self.http_request, session.pk, session.user)

    @sensitive_variables()
    def _claims_of_cookies(self) -> list[tokens.Claims]:
        """Return the claims in either cookie: possession is enough to end a session (RFC 7009 §2)."""
        names, claims = conf().cookies, []
        for name, kind in ((names.refresh, tokens.REFRESH), (names.access, tokens.ACCESS)):
            with translated_errors(), suppress(TokenError):
                text = transport.read_cookie(self.http_request, name)
                if text is not None:
                    claims.append(tokens.verify(text, kind=kind))
        return claims


class CookieLogoutAllView(BrowserView, LogoutAllView):
    """End all sessions of the user, and delete both cookies."""

    authentication_classes = (OwnAudienceCookieAuthentication,)

    def post(self, request: Request, **kwargs: object) -> Response:
        return self.delete_cookies(super().post(request, **kwargs))


class CookieSessionListView(BrowserView, SessionListView):
    """The user's logins."""

    authentication_classes = (OwnAudienceCookieAuthentication,)


class CookieSessionDetailView(BrowserView, SessionDetailView):
    """End one login; of this one, delete both cookies too."""

    authentication_classes = (OwnAudienceCookieAuthentication,)

    def delete(self, request: Request, session_id: UUID, **kwargs: object) -> Response:
        response = super().delete(request, session_id, **kwargs)
        is_current = self.claims_of(request).get("sid") == str(session_id)
        return self.delete_cookies(response) if is_current else response


class CSRFView(BrowserView):
    """Hand out the CSRF cookie, and its value in `X-CSRFToken` for a page that can't read cookies."""

    def get(self, request: Request, **kwargs: object) -> Response:
        response = Response(status=HTTP_204_NO_CONTENT)
        transport.set_csrf_cookie(self.http_request, response)
        return response
