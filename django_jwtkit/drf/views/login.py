"""The login: credentials in, a pair of tokens out."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth import authenticate, user_logged_in
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import MultipleObjectsReturned
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response

from django_jwtkit import sessions, tokens
from django_jwtkit.drf.bodies.serializers import TokenObtainPairSerializer
from django_jwtkit.drf.challenges import Refused, translated_errors
from django_jwtkit.drf.throttles import LoginAttempt
from django_jwtkit.errors import JWTKitError
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger

from .base import SerializerView

logger = get_logger("drf")
MISFIT: Final = "login_misfit"


class TokenObtainPairView(SerializerView):
    """Log in. Each step is a hook for subclasses, which gets the serializer's fields as `credentials`.

    A hook's `user` is any instance of `AUTH_USER_MODEL`: a subclass may name the project's own model there.
    """

    serializer_class = TokenObtainPairSerializer
    throttle_scope = "jwtkit_login"

    @sensitive_variables()
    def post(self, request: Request, **kwargs: object) -> Response:
        credentials = self.validated(request)
        with translated_errors(), LoginAttempt(self.http_request, credentials) as attempt:
            attempt.user = user = self.authenticate_user(dict(credentials))
            if user is None or not _may_log_in(user, credentials.get("password")):
                raise Refused("No active account found with the given credentials")
            pair = self._start_session(user, credentials)
            user_logged_in.send(sender=type(user), request=self.http_request, user=user)
        return self.respond(pair, self.get_response_data(user, pair))

    @sensitive_variables()
    def authenticate_user(self, credentials: dict[str, Any]) -> AbstractBaseUser | None:
        """Return the user that `credentials` prove, or None, which is a failed login."""
        try:
            return authenticate(request=self.http_request, **credentials)
        except MultipleObjectsReturned as error:
            words = "Login refused: several users have one name"
            log_limited(logger, logging.ERROR, MISFIT, words, error=error)
            return None

    def get_session_lifetime(self, credentials: dict[str, Any]) -> timedelta | None:
        """Return the absolute limit of this login's session, None for `SESSION_LIFETIME`."""
        return None

    def get_session_claims(self, user: Any, credentials: dict[str, Any]) -> dict[str, Any]:
        """Return claims that stay with the session and stand in each of its access tokens (2 KiB of JSON)."""
        return {}

    def get_response_data(self, user: Any, pair: sessions.TokenPair) -> dict[str, Any]:
        """Return the answer's members."""
        return {"refresh": pair.refresh, "access": pair.access}

    @sensitive_variables()
    def _start_session(self, user: AbstractBaseUser, credentials: Mapping[str, Any]) -> sessions.TokenPair:
        lifetime = self.get_session_lifetime(dict(credentials))
        claims = self.get_session_claims(user, dict(credentials))
        try:
            return sessions.start(user, request=self.http_request, lifetime=lifetime, claims=claims)
        except JWTKitError:
            raise
        except (TypeError, ValueError) as error:  # the user is a good one: only a hook can be wrong
            raise sessions.unusable(error, user, source=type(self).__qualname__) from error


@sensitive_variables()
def _may_log_in(user: AbstractBaseUser, password: str | None) -> bool:
    """Return whether a token can name `user`, and whether they are active and still have `password`.

    A user that is not saved, or not an instance of `AUTH_USER_MODEL`, is the fault of the backend that
    returned it: the log names both.
    """
    try:
        tokens.users.subject(user)
    except (TypeError, ValueError) as error:
        backend = getattr(user, "backend", "authenticate_user()")
        words, by = "Login refused, by %s: %s", str(backend)
        log_limited(logger, logging.ERROR, MISFIT, words, backend, error, limit_by=by)
        return False
    return tokens.users.is_active(user) and sessions.is_proven(user, password)
