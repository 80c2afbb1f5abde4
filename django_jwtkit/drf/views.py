"""The endpoints: each reads, asks the room below, and answers."""

import logging
from collections.abc import Sequence
from typing import Any, Final, cast
from uuid import UUID

from django.contrib.auth import authenticate, user_logged_in
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import MultipleObjectsReturned
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.status import HTTP_204_NO_CONTENT, HTTP_400_BAD_REQUEST

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import TokenError
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.clients import client_of

from .authentication import check_fully, session_id, verify_either
from .base import AccountView, MayIntrospect, PersonalView, PinnedView
from .challenges import Refused, answers, report
from .serializers import (
    SessionSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
    TokenSerializer,
)
from .throttles import LoginAttempt

logger = get_logger("drf")
MISFIT: Final = "login_misfit"

# RFC 7662 §2.2: of the claims these, and nothing that the application has put in for itself.
INTROSPECTED: Final = ("sub", "exp", "iat", "iss", "aud", "jti", "sid")


class TokenObtainPairView(PinnedView):
    """Log in. A subclass with a field more and another `authenticate_user` takes one-time passwords."""

    serializer_class = TokenObtainPairSerializer
    throttle_scope = "jwtkit_login"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        credentials = self.validated(request)
        with answers(), LoginAttempt(self.http_request, credentials) as attempt:
            attempt.user = user = self.authenticate_user(dict(credentials))
            if user is None or not _may_log_in(user, credentials.get("password")):
                raise Refused("No active account found with the given credentials")
            pair = sessions.start(user, request=self.http_request)
            user_logged_in.send(sender=type(user), request=self.http_request, user=user)
        return Response(self.get_response_data(user, pair))

    @sensitive_variables()
    def authenticate_user(self, credentials: dict[str, Any]) -> AbstractBaseUser | None:
        """Return the user that the serializer's fields prove, or None; that they name several is logged."""
        try:
            return authenticate(request=self.http_request, **credentials)
        except MultipleObjectsReturned as error:
            words = "Login refused: several users have one name"
            log_limited(logger, logging.ERROR, MISFIT, words, error=error)
            return None

    def get_response_data(self, user: AbstractBaseUser, pair: sessions.TokenPair) -> dict[str, object]:
        """Return the answer's members."""
        return {"refresh": pair.refresh, "access": pair.access}


@sensitive_variables()
def _may_log_in(user: AbstractBaseUser, password: str | None) -> bool:
    """Return whether a token can name `user`, who is active and whom `password` still proves.

    What is not an instance of `AUTH_USER_MODEL`, or is not saved, is a fault of the backend that returned it:
    the log names both.
    """
    try:
        tokens.users.subject(user)
    except (TypeError, ValueError) as error:
        backend = getattr(user, "backend", "authenticate_user()")
        words, by = "Login refused, by %s: %s", str(backend)
        log_limited(logger, logging.ERROR, MISFIT, words, backend, error, limit_by=by)
        return False
    return tokens.users.is_active(user) and sessions.is_proven(user, password)


class TokenRefreshView(PinnedView):
    serializer_class = TokenRefreshSerializer
    throttle_scope = "jwtkit_refresh"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.validated(request)["refresh"]
        with answers(text):
            pair = sessions.refresh(text, request=self.http_request)
        return Response(self.get_response_data(pair))

    def get_response_data(self, pair: sessions.TokenPair) -> dict[str, object]:
        """Return the answer's members."""
        return {"access": pair.access, "refresh": pair.refresh}


class TokenVerifyView(PinnedView):
    """Say whether a token would be accepted: signature, claims, user and session."""

    serializer_class = TokenSerializer
    throttle_scope = "jwtkit_verify"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.validated(request)["token"]
        with answers(text):
            check_fully(verify_either(text))
        return Response({})


class TokenRevokeView(PinnedView):
    """End the session of a token (RFC 7009), for whoever holds it."""

    serializer_class = TokenSerializer
    throttle_scope = "jwtkit_revoke"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        text = self.validated(request)["token"]
        with answers(text):
            try:
                claims = verify_either(text)
            except TokenError as error:  # §2.2: then nothing is left to revoke
                report(error, text)
                return Response({})
            sid = session_id(claims)
            if sid is None:
                return Response({"error": "unsupported_token_type"}, status=HTTP_400_BAD_REQUEST)
            sessions.end(sid, reason="revoked", address=client_of(self.http_request).address)
        return Response({})


class TokenIntrospectView(PinnedView):
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
        with answers(text):
            try:
                claims = tokens.verify(text)
                check_fully(claims)
            except TokenError as error:
                report(error, text)
                return Response({"active": False})
        told = {name: claims[name] for name in INTROSPECTED if name in claims}
        return Response({"active": True, **told, "token_type": "Bearer"})


class LogoutView(PersonalView):
    def post(self, request: Request, **kwargs: object) -> Response:
        sid = session_id(self.claims_of(request))
        if sid is None:
            return Response({"detail": "Token has no session"}, status=HTTP_400_BAD_REQUEST)
        with answers():
            sessions.end(sid, account=str(request.user.pk), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)


class LogoutAllView(AccountView):
    def post(self, request: Request, **kwargs: object) -> Response:
        with answers():
            sessions.end_all(self.user_of(request), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)


class SessionListView(AccountView):
    serializer_class = SessionSerializer

    def get(self, request: Request, **kwargs: object) -> Response:
        with answers():
            found = self.get_serializer(sessions.live(self.user_of(request)), many=True).data
        return Response(found)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "sid": self.claims_of(self.request).get("sid")}


class SessionDetailView(AccountView):
    def delete(self, request: Request, session_id: UUID, **kwargs: object) -> Response:
        with answers():
            if not sessions.live(self.user_of(request)).filter(pk=session_id).exists():
                raise NotFound
            sessions.end(session_id, account=str(request.user.pk), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)
