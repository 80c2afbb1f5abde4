"""Authentication by the access cookie, for browsers: header first, then cookie."""

from typing import Any

from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request

from django_jwtkit import transport

from .authentication import JWTAuthentication, OwnAudienceAuthentication
from .challenges import CSRFFailed, Refused, Unavailable, change_answer, limit_line_of_view, translated_errors


class JWTCookieAuthentication(JWTAuthentication):
    """Accepts an access token in the header, or else in the access cookie.

    An unsafe request (RFC 9110 §9.2.1) by cookie must pass Django's CSRF check. A refused cookie is a 401
    that deletes it, so that the next request is anonymous.
    """

    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[transport.User, Any] | None:
        """Return user and claims, None without a token of ours.

        Raises `Refused`, `CSRFFailed` or `Unavailable`.
        """
        http_request = getattr(request, "_request", request)  # Django's own, which its CSRF check reads
        transport.hide_cookies(http_request)
        change_answer(request, lambda response: patch_vary_headers(response, ["Cookie"]))
        authenticated = super().authenticate(request)
        if authenticated is not None:
            return authenticated
        try:
            return self._authenticate_cookie(http_request)
        except Refused as refused:
            names = transport.doomed_by(refused.__cause__)
            change_answer(request, lambda answer: transport.delete_cookies(http_request, answer, names))
            limit_line_of_view(request)
            raise
        except Unavailable:
            limit_line_of_view(request)
            raise

    @sensitive_variables()
    def _authenticate_cookie(self, request: HttpRequest) -> tuple[transport.User, Any] | None:
        with translated_errors():
            text = transport.read_access_cookie(request)
        if text is None:
            return None
        with translated_errors(text):
            identity = transport.identify_cookie(request, text, kind=self.kind, sources=self.sources)
            fault = transport.find_csrf_fault(request)
            if fault is not None:  # before any query
                raise CSRFFailed(fault)
            return self.get_user(identity.claims), identity.claims


class OwnAudienceCookieAuthentication(JWTCookieAuthentication, OwnAudienceAuthentication):
    """Accepts what `OwnAudienceAuthentication` accepts, also in the access cookie."""
