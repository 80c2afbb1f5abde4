"""Plain Django views behind a token: sync and async, without the REST framework."""

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import transport
from django_jwtkit.errors import TokenError

Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class JWTMiddleware:
    """Puts the user of an access token into `request.user`, and its claims into `request.auth`.

    The token comes in the header, or else, where cookies are in use, in the access cookie. A refused one is a
    401 with the challenge, never a redirect. Without a token the request stays as it was. For another
    transport override `get_token`. It stands behind `AuthenticationMiddleware`.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._acall(request)
        refusal = self._authenticate(request)
        return refusal or transport.vary(cast("HttpResponseBase", self.get_response(request)))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        # Only a token is worth a thread, in which the database may be asked.
        refusal = await sync_to_async(self._authenticate)(request) if self._has_token(request) else None
        return refusal or transport.vary(
            await cast("Awaitable[HttpResponseBase]", self.get_response(request))
        )

    def get_token(self, request: HttpRequest) -> str | None:
        """Return the token that `request` carries, None where it carries none of ours.

        What this returns is verified as any token is. A `TokenError` that this raises becomes a 401.
        """
        return transport.read_header(request.META.get("HTTP_AUTHORIZATION"))

    def _has_token(self, request: HttpRequest) -> bool:
        """Return whether a thread must look at the request; also after an error, which occurs again there."""
        try:
            return self.get_token(request) is not None or _read_cookie(request) is not None
        except (*transport.REFUSALS, SynchronousOnlyOperation):
            return True

    @sensitive_variables()
    def _authenticate(self, request: HttpRequest) -> HttpResponse | None:
        """Return the refusal of the request's token; None where it is good or absent."""
        text: str | None = None
        if transport.are_cookies_in_use():
            transport.hide_cookies(request)
        try:
            text = self.get_token(request)
            if text is None:
                return self._authenticate_cookie(request)
            transport.log_in(request, transport.identify(text))
        except transport.REFUSALS as error:
            return transport.answer(error, text)
        transport.exempt_from_csrf(request, text)
        return None

    @sensitive_variables()
    def _authenticate_cookie(self, request: HttpRequest) -> HttpResponse | None:
        """Return the refusal of the access cookie. The CSRF check is the work of Django's own middleware."""
        text: str | None = None
        try:
            text = _read_cookie(request)
            if text is not None:
                transport.log_in(request, transport.identify_cookie(request, text))
        except transport.REFUSALS as error:
            response = transport.answer(error, text)
            if isinstance(error, TokenError):
                transport.delete_cookies(request, response, transport.doomed_by(error))
            return response
        return None


def _read_cookie(request: HttpRequest) -> str | None:
    return transport.read_access_cookie(request) if transport.are_cookies_in_use() else None
