"""Authentication in simplejwt's steps, each of which a project may override; `request.auth` is the token."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from django_jwtkit import errors, tokens
from django_jwtkit.drf.challenges import limit_line_of_view, translated_errors
from django_jwtkit.transport import load_user, report

from .exceptions import AuthenticationFailed, InvalidToken, TokenError, translate
from .models import TokenUser
from .settings import api_settings
from .standins.users import load_by_payload, refuse_user
from .tokens import Token

Payload = Mapping[str, Any]


def auth_header_types() -> tuple[str, ...]:
    """Return the schemes of the header that carry our tokens."""
    types = api_settings.AUTH_HEADER_TYPES
    return (types,) if isinstance(types, str) else tuple(types)


AUTH_HEADER_TYPES = auth_header_types()


class JWTAuthentication(BaseAuthentication):
    """Accepts an access token in the Authorization header."""

    www_authenticate_realm: ClassVar[str] = "api"
    media_type: ClassVar[str] = "application/json"

    def __init__(self) -> None:
        self.user_model = get_user_model()

    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        """Return the user and the token, None without one."""
        header = self.get_header(request)
        raw_token = None if header is None else self.get_raw_token(header)
        if raw_token is None:
            return None
        try:
            with translated_errors():  # a 503, where no token can be judged
                validated_token = self.get_validated_token(raw_token)
                return self.get_user(validated_token), validated_token
        except APIException:
            limit_line_of_view(request)
            raise

    def authenticate_header(self, request: Request) -> str:
        return f'{auth_header_types()[0]} realm="{self.www_authenticate_realm}"'

    def get_header(self, request: Request) -> bytes | None:
        """Return the header that holds the token, None where there is none."""
        header = request.META.get(api_settings.AUTH_HEADER_NAME)
        return header.encode("iso-8859-1", "replace") if isinstance(header, str) else header

    @sensitive_variables()
    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token in `header`, None under another scheme; raise `AuthenticationFailed`."""
        parts = header.split()
        schemes = {scheme.lower().encode() for scheme in auth_header_types()}
        if not parts or parts[0].lower() not in schemes:
            return None
        if len(parts) != 2:
            detail = "Authorization header must contain two space-delimited values"
            raise AuthenticationFailed(detail, code="bad_authorization_header")
        return parts[1]

    @sensitive_variables()
    def get_validated_token(self, raw_token: bytes | str) -> Token:
        """Return the token, read by the first class of `AUTH_TOKEN_CLASSES` that knows it."""
        messages = []
        for kind in api_settings.AUTH_TOKEN_CLASSES:
            try:
                return kind(raw_token)  # type: ignore[no-any-return]
            except TokenError as error:
                tell(error, raw_token)
                messages.append(
                    {"token_class": kind.__name__, "token_type": kind.token_type, "message": error.args[0]}
                )
        raise InvalidToken({"detail": "Given token not valid for any token type", "messages": messages})

    def get_user(self, validated_token: Payload) -> Any:
        """Return the user that `validated_token` names: an existing, active one; raise otherwise."""
        if validated_token.get(api_settings.USER_ID_CLAIM) is None:
            raise InvalidToken("Token contained no recognizable user identification")
        claims = getattr(validated_token, "claims", None)
        try:
            return load_user(claims) if claims else load_by_payload(validated_token)
        except errors.UserRefused as error:
            raise refuse_user(error) from error
        except errors.TokenError as error:
            raise InvalidToken(translate(error).args[0]) from error


class JWTStatelessUserAuthentication(JWTAuthentication):
    """Accepts an access token without a query: the user is a `TokenUser`."""

    def get_user(self, validated_token: Payload) -> TokenUser:
        if api_settings.USER_ID_CLAIM not in validated_token:
            raise InvalidToken("Token contained no recognizable user identification")
        claims = getattr(validated_token, "claims", None)
        try:
            if claims and not isinstance(claims, tokens.simplejwt.SimpleJWTClaims):
                tokens.users.check_naming(claims)
        except errors.UserRefused as error:
            raise refuse_user(error) from error
        return api_settings.TOKEN_USER_CLASS(validated_token)  # type: ignore[no-any-return]


JWTTokenUserAuthentication = JWTStatelessUserAuthentication


def default_user_authentication_rule(user: AbstractBaseUser | None) -> bool:
    """Whether `user` may log in: never an inactive one."""
    return user is not None and tokens.users.is_active(user)


@sensitive_variables()
def tell(error: TokenError, text: bytes | str) -> None:
    """Tell the log and `token_rejected` why a token was refused."""
    cause = error.__cause__ if isinstance(error.__cause__, errors.TokenError) else error
    report(cause, text.decode("ascii", "replace") if isinstance(text, bytes) else text)
