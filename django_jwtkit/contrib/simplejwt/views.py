"""simplejwt's views: each asks its serializer, and answers with what that has validated."""

from typing import Any, ClassVar

from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from django_jwtkit.drf.challenges import translated_errors
from django_jwtkit.drf.throttles import LoginAttempt
from django_jwtkit.drf.views.base import PinnedView, SerializerView

from .authentication import auth_header_types, tell
from .exceptions import InvalidToken, TokenError
from .settings import api_settings
from .standins.sliding import NO_SLIDING


class TokenViewBase(SerializerView):
    """A view of `serializer_class`, or else of the serializer that `_serializer_setting` names."""

    serializer_class: type[BaseSerializer[Any]] | None = None
    _serializer_class: ClassVar[str] = ""
    _serializer_setting: ClassVar[str] = ""
    www_authenticate_realm: ClassVar[str] = "api"

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.serializer_class is not None:
            return self.serializer_class
        path = self._serializer_class or getattr(api_settings, self._serializer_setting or "_", "")
        try:
            return import_string(path)  # type: ignore[no-any-return]
        except ImportError as error:
            raise ImportError(f"Could not import serializer '{path}'") from error

    def get_authenticate_header(self, request: Request) -> str:
        return f'{auth_header_types()[0]} realm="{self.www_authenticate_realm}"'

    @sensitive_variables()
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        serializer = self.get_serializer(data=request.data)
        with translated_errors():
            try:
                self.validate(serializer)
            except TokenError as error:
                tell(error, _presented(serializer.initial_data))
                raise InvalidToken(error.args[0]) from error
        return Response(serializer.validated_data)

    def validate(self, serializer: BaseSerializer[Any]) -> None:
        """Have the serializer do its work. Raises as it does: `ValidationError` (400), `TokenError`."""
        serializer.is_valid(raise_exception=True)


class TokenObtainPairView(TokenViewBase):
    """Log in."""

    _serializer_setting = "TOKEN_OBTAIN_SERIALIZER"
    throttle_scope = "jwtkit_login"

    @sensitive_variables()
    def validate(self, serializer: BaseSerializer[Any]) -> None:
        credentials = serializer.to_internal_value(serializer.initial_data)  # a missing field is no attempt
        with LoginAttempt(self.http_request, credentials) as attempt:
            try:
                super().validate(serializer)
            finally:
                attempt.user = getattr(serializer, "user", None)


class TokenRefreshView(TokenViewBase):
    _serializer_setting = "TOKEN_REFRESH_SERIALIZER"
    throttle_scope = "jwtkit_refresh"


class TokenVerifyView(TokenViewBase):
    _serializer_setting = "TOKEN_VERIFY_SERIALIZER"
    throttle_scope = "jwtkit_verify"


class TokenBlacklistView(TokenViewBase):
    """Log out: the session of a refresh token ends."""

    _serializer_setting = "TOKEN_BLACKLIST_SERIALIZER"
    throttle_scope = "jwtkit_revoke"


def _presented(body: Any) -> str:
    """Return the token in a body that has passed its fields' rules."""
    return str(body.get("refresh") or body.get("token") or "")


class NoSlidingTokens(APIException):
    status_code = status.HTTP_501_NOT_IMPLEMENTED
    default_detail = NO_SLIDING
    default_code = "no_sliding_tokens"


class NoSlidingView(PinnedView):
    """A url of a project that had sliding tokens: it says what to use instead."""

    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        raise NoSlidingTokens


TokenObtainSlidingView = TokenRefreshSlidingView = NoSlidingView

token_obtain_pair = TokenObtainPairView.as_view()
token_refresh = TokenRefreshView.as_view()
token_verify = TokenVerifyView.as_view()
token_blacklist = TokenBlacklistView.as_view()
token_obtain_sliding = TokenObtainSlidingView.as_view()
token_refresh_sliding = TokenRefreshSlidingView.as_view()
