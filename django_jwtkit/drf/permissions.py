"""Permissions by what the token says: its scopes, and how recent its login is.

They read our own claims and those of a trusted issuer. A refusal has the challenge that tells a client what
to do: RFC 6750 §3.1 for scopes, RFC 9470 for a new login.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final, cast

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import AND, BasePermission, OperandHolder
from rest_framework.request import Request
from rest_framework.views import APIView

from django_jwtkit import issuers, keys, tokens, transport
from django_jwtkit.conf import conf

from .challenges import Refused

_SCOPE: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")  # RFC 6749 §3.3
TOO_LITTLE: Final = "Token lacks a scope that is required"
TOO_OLD: Final = "A more recent login is required"


class InsufficientScope(APIException):
    """403 with a challenge that names the scopes (RFC 6750 §3.1)."""

    status_code = status.HTTP_403_FORBIDDEN

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__({"detail": TOO_LITTLE, "code": "insufficient_scope"})
        self.auth_header = transport.challenge("insufficient_scope", TOO_LITTLE, scope=" ".join(scopes))


class InsufficientAuthentication(Refused):
    """401 with a challenge that asks for a new login (RFC 9470 §3)."""

    def __init__(self, max_age: timedelta) -> None:
        error = "insufficient_user_authentication"
        super().__init__(TOO_OLD, error, error)
        seconds = str(int(max_age.total_seconds()))
        self.auth_header = transport.challenge(error, TOO_OLD, max_age=seconds)


class _TokenPermission(BasePermission):
    """A permission that raises its own refusal, unless another one may still grant the request."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if self.is_granted(request.auth):
            return True
        is_authenticated = bool(request.user and request.user.is_authenticated)
        if is_authenticated and any(_is_demanded(each, type(self)) for each in view.permission_classes):
            raise self.refusal()
        return False

    def is_granted(self, auth: Any) -> bool:
        raise NotImplementedError

    def refusal(self) -> APIException:
        raise NotImplementedError


def _is_demanded(permission: object, wanted: type) -> bool:
    """Whether `permission` is never granted without `wanted`: not within `|` or `~`."""
    if isinstance(permission, OperandHolder):
        operands = (permission.op1_class, permission.op2_class)
        return cast("Any", permission.operator_class) is AND and any(
            _is_demanded(each, wanted) for each in operands
        )
    return permission is wanted


class _HasScope(_TokenPermission):
    scopes: ClassVar[tuple[str, ...]]

    def is_granted(self, auth: Any) -> bool:
        return set(self.scopes) <= set(scopes_of(auth))

    def refusal(self) -> APIException:
        return InsufficientScope(self.scopes)


def HasScope(*scopes: str) -> type[BasePermission]:  # noqa: N802 - it stands where a class does
    """Return a permission class that demands all of `scopes`. Raises `ValueError` for what is no scope."""
    if not scopes or not all(isinstance(scope, str) and _SCOPE.fullmatch(scope) for scope in scopes):
        raise ValueError(f"scopes must be one or more names without blanks and quotes, got {scopes!r}")
    return type("HasScope", (_HasScope,), {"scopes": scopes, "__doc__": f"Demands {' '.join(scopes)}."})


class _RecentLogin(_TokenPermission):
    max_age: ClassVar[timedelta]

    def is_granted(self, auth: Any) -> bool:
        login = auth_time_of(auth)
        if login is None:
            return False
        skew = conf().CLOCK_SKEW.total_seconds()
        return -skew <= keys.now().timestamp() - login <= self.max_age.total_seconds()

    def refusal(self) -> APIException:
        return InsufficientAuthentication(self.max_age)


def RecentLogin(max_age: timedelta) -> type[BasePermission]:  # noqa: N802 - it stands where a class does
    """Return a permission class that demands a login within `max_age`. Raises `TypeError`, `ValueError`."""
    if not isinstance(max_age, timedelta):
        raise TypeError(f"max_age must be a timedelta, got {type(max_age).__name__}")
    if max_age <= timedelta(0):
        raise ValueError(f"max_age must be positive, got {max_age}")
    return type("RecentLogin", (_RecentLogin,), {"max_age": max_age, "__doc__": f"Within {max_age}."})


def scopes_of(auth: Any) -> tuple[str, ...]:
    """Return the scopes of `request.auth`: text that is split at blanks, or a list of text."""
    if isinstance(auth, issuers.ForeignToken):
        return auth.scopes
    scope = auth.get("scope") if isinstance(auth, dict) else None
    if isinstance(scope, str):
        return tuple(scope.split())
    return tuple(each for each in scope if isinstance(each, str)) if isinstance(scope, list) else ()


def auth_time_of(auth: Any) -> float | None:
    """Return when the user of `request.auth` last proved who they are, None where the token does not say.

    A token of simplejwt never does: a claim of that name is one of the project's own.
    """
    if isinstance(auth, tokens.simplejwt.SimpleJWTClaims):
        return None
    claims = auth.claims if isinstance(auth, issuers.ForeignToken) else auth
    login = claims.get("auth_time") if isinstance(claims, Mapping) else None
    return float(login) if isinstance(login, int | float) and not isinstance(login, bool) else None
