"""django-ninja with our tokens: `NinjaAPI(auth=JWTAuth())`, for sync and async operations alike."""

import asyncio
import json
from collections.abc import Awaitable
from inspect import getclosurevars
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import tokens, transport
from django_jwtkit.errors import TokenError

from .extras import require

with require("ninja"):
    from ninja.errors import HttpError
    from ninja.security.base import AuthBase


class Refused(HttpError):
    """A request that is refused, with the whole answer to it."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code, json.loads(response.content)["detail"])
        self.response = response


class JWTAuth(AuthBase):
    """Accepts an access token in the header or, where cookies are in use, in the access cookie.

    `request.user` is its user, `request.auth` its verified claims. Without a token of ours the next class of
    the operation is asked. A subclass may name another `kind` of token, or find the token elsewhere with
    `get_token`.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"
    kind: ClassVar[tokens.TokenKind] = tokens.ACCESS

    def __init__(self) -> None:
        super().__init__()
        self.openapi_security_schema["bearerFormat"] = "JWT"
        self.is_async = True  # so ninja awaits an awaitable, and takes what is none as it is

    def __call__(self, request: HttpRequest) -> Any | Awaitable[Any]:
        """Return the claims of the request's token, None without one. Raises `Refused`."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._authenticate(request)
        return sync_to_async(self._authenticate)(request)

    def get_token(self, request: HttpRequest) -> str | None:
        """Return the token that `request` carries, None where it carries none of ours.

        What this returns is verified as any token is. A `TokenError` that this raises becomes a 401.
        """
        return transport.read_header(request.headers.get("Authorization"))

    @sensitive_variables()
    def _authenticate(self, request: HttpRequest) -> Any:
        text: str | None = None
        if transport.are_cookies_in_use():
            transport.hide_cookies(request)
        try:
            text = self.get_token(request)
            if text is None:
                return self._authenticate_cookie(request)
            return _log_in(request, transport.identify(text, kind=self.kind))
        except transport.REFUSALS as error:
            raise _refused(request, transport.answer(error, text)) from error

    @sensitive_variables()
    def _authenticate_cookie(self, request: HttpRequest) -> Any:
        """Return the claims of the access cookie. Ninja's views are exempt from Django's own CSRF check."""
        text: str | None = None
        if not transport.are_cookies_in_use():
            return None
        try:
            text = transport.read_access_cookie(request)
            if text is None:
                return None
            identity = transport.identify_cookie(request, text, kind=self.kind)
            if (fault := transport.find_csrf_fault(request)) is not None:  # before any query
                raise _refused(request, _csrf_failed(fault))
            return _log_in(request, identity)
        except TokenError as error:
            response = transport.answer(error, text)
            transport.delete_cookies(request, response, transport.doomed_by(error))
            raise _refused(request, response) from error


def _log_in(request: HttpRequest, identity: transport.Identity) -> Any:
    transport.log_in(request, identity)
    return identity.claims


def _csrf_failed(fault: str) -> HttpResponse:
    response = JsonResponse({"detail": fault, "code": "csrf_failed"}, status=403)
    transport.vary(response)
    return response


def _refused(request: HttpRequest, response: HttpResponse) -> Refused:
    """Return the exception that ninja turns into `response`.

    Ninja does not tell an authentication class which API it works for, and its own handler of an `HttpError`
    leaves out code and challenge. So the API, found by the view, learns here how to answer ours.
    """
    match = getattr(request, "resolver_match", None)  # older test clients of ninja's have none
    view = getclosurevars(match.func).nonlocals.get("self") if match is not None else None
    for operation in getattr(view, "operations", ()):
        operation.api.add_exception_handler(Refused, _answer)
    return Refused(response)


def _answer(request: HttpRequest, refused: Refused) -> HttpResponse:
    return refused.response
