"""The application's claims of a session: those of its login, and what `CLAIMS_FUNCTION` says today.

An error in them is the project's fault, not the client's: 503, and the log names the function, the
claim and the user. A `TokenError` that the function raises is a refusal, as anywhere: 401.
"""

import json
import logging
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from types import TracebackType
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.module_loading import import_string

from django_jwtkit import tokens
from django_jwtkit.conf import Settings
from django_jwtkit.errors import (
    ClaimsUnusable,
    ClaimTypeUnusable,
    ClaimValueUnusable,
    JWTKitError,
    ServiceUnavailable,
)
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.models import Session

logger = get_logger("sessions")
MAX_LOGIN_CLAIMS: Final = 2048  # bytes of JSON: they ride in each access token, and in the row
SESSION: Final = "the claims of the session"
_POSITIONAL: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def pack(claims: Mapping[str, object] | None) -> str:
    """Return the login's own claims as the row keeps them. Raises `TypeError` and `ValueError`.

    In ASCII, which every database keeps as it is.
    """
    own = tokens.prepare(claims)
    size = len(json.dumps(own, ensure_ascii=False, separators=(",", ":")).encode()) if own else 0
    if size > MAX_LOGIN_CLAIMS:
        worst = tokens.largest(own)
        raise ValueError(
            f"a session's claims must fit into {MAX_LOGIN_CLAIMS} bytes of JSON, got {size}; the largest is "
            f"{worst!r}"
        )
    return json.dumps(own, separators=(",", ":")) if own else ""


def claims_of(session: Session, user: AbstractBaseUser, settings: Settings) -> dict[str, object]:
    """Return the claims of the next access token; on the same name `CLAIMS_FUNCTION` wins.

    Raises `ServiceUnavailable` where the function fails, or returns what no token can carry.
    """
    path, own = settings.CLAIMS_FUNCTION, _login_claims(session, user)
    if path is None:
        return own
    with _ProjectCode(path, user):
        function = import_string(path)
        claims = function(user, session) if _has_session_parameter(function) else function(user)
    try:
        if not isinstance(claims, Mapping):
            raise TypeError(f"it must return a dict, got {tokens.users.describe(claims)}")
        return {**own, **tokens.prepare(claims)}
    except (TypeError, ValueError) as error:
        raise unusable(error, user, source=source_of_claims(settings)) from error


def _login_claims(session: Session, user: AbstractBaseUser) -> dict[str, object]:
    try:
        return session.login_claims
    except (TypeError, ValueError) as error:  # written by somebody else
        raise unusable(error, user, source=SESSION) from error


def source_of_claims(settings: Settings) -> str:
    """Return where the claims of a session come from, for messages."""
    path = settings.CLAIMS_FUNCTION
    return SESSION if path is None else f"CLAIMS_FUNCTION ({path})"


def unusable(error: TypeError | ValueError, user: AbstractBaseUser, *, source: str) -> ClaimsUnusable:
    """Return `error` as what it is for a client, a 503, and with what the project needs to find its fault."""
    kind = ClaimTypeUnusable if isinstance(error, TypeError) else ClaimValueUnusable
    return kind(f"{source}, for user {tokens.users.key_of(user)}: {error}")


def _has_session_parameter(function: Callable[..., object]) -> bool:
    """Whether `function` is a `f(user, session)`: a second parameter that is required, or named so."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C
        return False
    second = [each for each in parameters if each.kind in _POSITIONAL][1:2]
    return any(each.default is Parameter.empty or each.name == "session" for each in second)


class _ProjectCode:
    """Turns what `CLAIMS_FUNCTION` raises, except for our own refusals, into a 503; logs the traceback."""

    def __init__(self, path: str, user: AbstractBaseUser) -> None:
        self.path, self.user = path, user

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, JWTKitError):
            return
        key, message = tokens.users.key_of(self.user), "CLAIMS_FUNCTION (%s) failed for user %s"
        log_limited(logger, logging.ERROR, "claims_function_failed", message, self.path, key, error=error)
        raise ServiceUnavailable(f"CLAIMS_FUNCTION ({self.path}) failed for user {key}") from error
