"""Refusals with simplejwt's bodies: `detail`, `code` and, of the authentication class, `messages`."""

from typing import Any, cast

from rest_framework import exceptions, status

from django_jwtkit import errors


class TokenError(errors.TokenError):
    """A token is refused; `args[0]` is what the answer says. The refusal of our rooms is its cause."""


class ExpiredTokenError(TokenError):
    pass


class TokenBackendError(Exception):
    pass


class AuthenticationFailed(exceptions.AuthenticationFailed):
    """401 with a dict as body, in which `detail`, where it is one, has the last word."""

    def __init__(self, detail: dict[str, Any] | str | None = None, code: str | None = None) -> None:
        named = detail if isinstance(detail, dict) else {} if detail is None else {"detail": detail}
        coded = {} if code is None else {"code": code}
        default = {"detail": self.default_detail, "code": self.default_code}
        super().__init__(cast("Any", {**default, **named, **coded}))


class InvalidToken(AuthenticationFailed):
    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = "Token is invalid or expired"
    default_code = "token_not_valid"


def translate(error: errors.TokenError) -> TokenError:
    """Return the refusal `error` of our rooms in simplejwt's words."""
    if isinstance(error, TokenError):
        return error
    if isinstance(error, errors.TokenExpired):
        return ExpiredTokenError(error.detail)
    if isinstance(error, errors.MissingClaim):
        return TokenError(f"Token has no '{error.claim}' claim")
    return TokenError("Token is blacklisted" if isinstance(error, errors.SessionEnded) else error.detail)
