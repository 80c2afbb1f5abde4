"""The endpoints to which a body brings a token: refresh, verify, revoke, introspect."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, cast

from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.status import HTTP_400_BAD_REQUEST
from rest_framework.views import APIView

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.drf.bodies.serializers import (
    TokenRefreshSerializer,
    TokenRevokeSerializer,
    TokenSerializer,
)
from django_jwtkit.drf.challenges import translated_errors
from django_jwtkit.errors import TokenError, UserNotFound
from django_jwtkit.sessions import client_of
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims

from .base import SerializerView

# RFC 7662 §2.2: of the claims these, and nothing that the application has put in for itself.
INTROSPECTED: Final = ("sub", "exp", "iat", "iss", "aud", "jti", "sid", "client_id", "scope")


class TokenRefreshView(SerializerView):
    serializer_class = TokenRefreshSerializer
    throttle_scope = "jwtkit_refresh"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.get_refresh_token(request)
        with translated_errors(text):
            pair = sessions.refresh(text, request=self.http_request)
        data = self.get_response_data(pair)
        if pair.refresh == text:  # ROTATE_REFRESH is off: the client keeps the token that it has
            data.pop("refresh", None)
        return self.respond(pair, data)

    def get_refresh_token(self, request: Request) -> str:
        """Return the refresh token that `request` brings."""
        return str(self.validated(request)["refresh"])

    def get_response_data(self, pair: sessions.TokenPair) -> dict[str, Any]:
        """Return the answer's members."""
        return {"access": pair.access, "refresh": pair.refresh}


class TokenVerifyView(SerializerView):
    """Say whether a token would be accepted: signature, claims, user and session."""

    serializer_class = TokenSerializer
    throttle_scope = "jwtkit_verify"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.validated(request)["token"]
        with translated_errors(text):
            transport.check_fully(transport.verify_either(text))
        return Response({})


class TokenRevokeView(SerializerView):
    """End the session of a token (RFC 7009), for anybody who holds it."""

    serializer_class = TokenRevokeSerializer
    throttle_scope = "jwtkit_revoke"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.validated(request)["token"]
        with translated_errors(text):
            try:
                claims = transport.verify_either(text)
            except TokenError as error:  # §2.2: then nothing is left to revoke
                transport.report(error, text)
                return Response({})
            return self._revoke(text, claims)

    @sensitive_variables()
    def _revoke(self, text: str, claims: Mapping[str, object]) -> Response:
        """End the session of a verified token."""
        address, sid = client_of(self.http_request).address, transport.session_id(claims)
        if sid is not None:
            sessions.end(sid, reason="revoked", address=address)
        elif isinstance(claims, SimpleJWTClaims) and tokens.simplejwt.is_refresh(claims):
            with suppress(UserNotFound):  # then nothing is left to revoke either
                sessions.revoke_simplejwt(text, address=address)
        else:
            return Response({"error": "unsupported_token_type"}, status=HTTP_400_BAD_REQUEST)
        return Response({})


class MayIntrospect(BasePermission):
    """The caller proves itself (RFC 7662 §2.1): not everybody who finds a token may read it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.has_perm("jwtkit.introspect_token"))


class TokenIntrospectView(SerializerView):
    """Say what a live access token holds (RFC 7662); for any other token only that it is not active."""

    serializer_class = TokenSerializer
    permission_classes = (MayIntrospect,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the project's own, as they are set now."""
        classes = cast("Sequence[type[BaseAuthentication]]", api_settings.DEFAULT_AUTHENTICATION_CLASSES)
        return [authentication() for authentication in classes]

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.validated(request)["token"]
        with translated_errors(text):
            try:
                claims = transport.identify(text, sources=("simplejwt",)).claims
                transport.check_fully(claims)
            except TokenError as error:
                transport.report(error, text)
                return Response({"active": False})
        claims_shown = {name: claims[name] for name in INTROSPECTED if name in claims}
        if isinstance(claims, SimpleJWTClaims):  # whose sid, if any, is no session here
            claims_shown = {**claims_shown, "sub": tokens.simplejwt.id_of(claims)}
            claims_shown.pop("sid", None)
        return Response({"active": True, **claims_shown, "token_type": "Bearer"})
