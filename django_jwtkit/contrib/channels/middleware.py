"""The user of a WebSocket, from the handshake until the token is over."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar, Final, NamedTuple, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens, transport
from django_jwtkit.conf import conf
from django_jwtkit.contrib.extras import require
from django_jwtkit.errors import ServiceUnavailable, TokenError

from .connection import Connection, Receive, Send
from .handshake import Offer, Scope, read_offer, request_of, without_token

with require("channels"):
    from channels.db import database_sync_to_async

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

REFUSED: Final = 4401  # close codes from 4000 on are an application's own (RFC 6455 §7.4.2)
WRONG_ORIGIN: Final = 4403
INTERNAL_ERROR: Final = 1011
TRY_AGAIN_LATER: Final = 1013  # as IANA's registry has it
CODES: Final = {401: REFUSED, 403: WRONG_ORIGIN, 503: TRY_AGAIN_LATER}
DENIAL: Final = "websocket.http.response"  # ASGI's extension for an answer of one's own to a handshake


class Login(NamedTuple):
    """The user and the claims of a token, and for how many seconds it is still good."""

    user: transport.User
    claims: Any
    text: str
    seconds: float
    is_rechecked: bool

    def __repr__(self) -> str:
        return "Login(…)"


class JWTAuthMiddleware:
    """Puts the user of an access token into `scope["user"]`, and its claims into `scope["auth"]`.

    The token comes in the header, as a subprotocol, or else, where cookies are in use, in the access cookie:
    then the `Origin` must be this site or one of `CSRF_TRUSTED_ORIGINS`. It is never read from the URL. A
    refused handshake never becomes a WebSocket. Without a token `scope["user"]` stays as it was, or is
    anonymous.

    The WebSocket ends with its token. Under `CHECK_SESSION` the token is judged again every `recheck_every`,
    so a logout ends it too. A subclass may name another `kind`, or find the token elsewhere with `get_token`.
    """

    kind: ClassVar[tokens.TokenKind] = tokens.ACCESS
    recheck_every: ClassVar[timedelta] = timedelta(seconds=30)

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.inner(scope, receive, send)
            return
        result, offer = await database_sync_to_async(self._authenticate)(scope)
        if isinstance(result, HttpResponse):
            await _deny(scope, receive, send, result)
            return
        scope = without_token(scope, offer)
        if result is None:
            scope.setdefault("user", AnonymousUser())
            await self.inner(scope, receive, send)
            return
        scope |= {"user": result.user, "auth": result.claims}
        await self._run(scope, Connection(receive, send, offer.marker), result)

    def get_token(self, request: HttpRequest) -> str | None:
        """Return the token that the handshake `request` carries in another place than those above.

        What this returns is verified as any token is. A `TokenError` that this raises refuses the handshake.
        """
        return transport.read_header(request.META.get("HTTP_AUTHORIZATION"))

    @sensitive_variables()
    def _authenticate(self, scope: Scope) -> tuple[Login | HttpResponse | None, Offer]:
        """Return the login of a handshake, or the answer that refuses it, or None; and its subprotocols."""
        request, offer, text = request_of(scope), Offer(()), None
        try:
            offer = read_offer(scope.get("subprotocols", ()))
            text = self.get_token(request) or offer.token
            result = self._authenticate_cookie(request) if text is None else self._judge(text)
        except transport.REFUSALS as error:
            return transport.answer(error, text), offer
        return result, offer

    @sensitive_variables()
    def _authenticate_cookie(self, request: HttpRequest) -> Login | HttpResponse | None:
        text = transport.read_access_cookie(request) if transport.are_cookies_in_use() else None
        if text is None:
            return None
        if not transport.has_own_origin(request):
            return JsonResponse({"detail": "Origin is not allowed", "code": "csrf_failed"}, status=403)
        transport.identify_cookie(request, text, kind=self.kind)
        return self._judge(text)

    @sensitive_variables()
    def _judge(self, text: str) -> Login:
        identity, settings = transport.identify(text, kind=self.kind), conf()
        claims = getattr(identity.claims, "claims", identity.claims)  # of another issuer they are inside
        seconds = claims["exp"] + settings.LEEWAY.total_seconds() - keys.now().timestamp()
        return Login(identity.load_user(), identity.claims, text, seconds, settings.CHECK_SESSION)

    async def _run(self, scope: Scope, connection: Connection, login: Login) -> None:
        watch = asyncio.ensure_future(self._watch(connection, login))
        try:
            await self.inner(scope, connection.receive, connection.send)
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            await connection.release()

    async def _watch(self, connection: Connection, login: Login) -> None:
        """End `connection` when its token is over, or when nobody can watch it any more."""
        code, reason = INTERNAL_ERROR, ""
        try:
            code, reason = await self._wait_for_end(login)
        finally:
            await connection.end(code, reason)

    async def _wait_for_end(self, login: Login) -> tuple[int, str]:
        """Return the code and reason of the end, once the token expires or is refused before."""
        loop, every = asyncio.get_running_loop(), self.recheck_every.total_seconds()
        expires = loop.time() + login.seconds
        while login.is_rechecked and loop.time() + every < expires:
            await asyncio.sleep(every)
            end = await database_sync_to_async(self._recheck)(login)
            if end is not None:
                return cast("tuple[int, str]", end)
        await asyncio.sleep(expires - loop.time())
        return REFUSED, "Token is expired"

    @sensitive_variables()
    def _recheck(self, login: Login) -> tuple[int, str] | None:
        try:
            self._judge(login.text)
        except TokenError as error:
            transport.report(error, login.text)
            return REFUSED, error.detail
        except transport.REFUSALS as error:
            transport.refuse(error)
            return TRY_AGAIN_LATER, ServiceUnavailable.detail
        return None


async def _deny(scope: Scope, receive: Receive, send: Send, response: HttpResponse) -> None:
    """Answer the handshake with `response`; a server that cannot do so makes a 403 of the close code."""
    await receive()  # websocket.connect
    if DENIAL not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": CODES[response.status_code]})
        return
    headers = [(name.lower().encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    await send({"type": f"{DENIAL}.start", "status": response.status_code, "headers": headers})
    await send({"type": f"{DENIAL}.body", "body": response.content})
