"""Refusals as the outside sees them: status, body and challenge (RFC 6750 §3).

All texts are fixed ASCII, and none is translated: clients compare them, and nothing they sent comes back.
"""

import logging
from types import TracebackType
from typing import Any, Final, cast

from django.db import Error as StorageError
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from django_jwtkit import jose
from django_jwtkit.errors import KeyUnusableError, ServiceUnavailable, TokenError
from django_jwtkit.log_limit import limit_djangos_line, log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.signals import token_rejected
from django_jwtkit.wording import database_fault, escape

logger = get_logger("drf")

CHALLENGE: Final = 'Bearer realm="api"'

# Tokens expire and sessions end every day. These codes are met only where somebody forges, steals or breaks.
ALARMING: Final = frozenset({"algorithm_refused", "bad_signature", "key_misused", "refresh_reused"})


UNAVAILABLE: Final = f"{ServiceUnavailable.detail}: %s"
MAX_WORDS: Final = 200  # characters of an error's message in a log line


class Refused(APIException):
    """401 with a challenge of its own.

    Never DRF's `AuthenticationFailed`: behind another authentication class that becomes a 403 without a
    challenge, and `error=` is lost in any case. DRF's exception handler reads `auth_header`.
    """

    status_code = status.HTTP_401_UNAUTHORIZED

    def __init__(self, detail: str, code: str = "", error: str = "") -> None:
        """Make a body of `detail` and any `code`, and a challenge with any RFC 6750 §3.1 `error`."""
        super().__init__({"detail": detail, "code": code} if code else {"detail": detail})
        why = f', error="{error}", error_description="{detail}"' if error else ""
        self.auth_header = f"{CHALLENGE}{why}"


class Unavailable(APIException):
    """503: not the client's fault, and not for long."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__({"detail": ServiceUnavailable.detail})


class translated_errors:  # noqa: N801 - used as a function is
    """Translate what the rooms below raise about the token `text` into `Refused` and `Unavailable`.

    A class, not a generator: on Python 3.11 its frame would have no caller, and an error page would show
    the token.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | None = None) -> None:
        self._text = text or ""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, TokenError):
            report(error, self._text)
            raise Refused(error.detail, error.public_code, "invalid_token") from error
        if isinstance(error, (ServiceUnavailable, KeyUnusableError)):
            log_limited(logger, logging.ERROR, error.code, UNAVAILABLE, error)
            raise Unavailable from error
        if isinstance(error, StorageError):
            fault = database_fault(error)
            log_limited(logger, logging.ERROR, ServiceUnavailable.code, UNAVAILABLE, fault, error=error)
            raise Unavailable from error


def report(error: TokenError, text: str) -> bool:
    """Tell the log and `token_rejected` why `text` was refused; of the token only a well-formed kid.

    A flood of one reason leaves lines out, but no signal. Returns whether the line was written.
    """
    kid = _kid(text)
    level = logging.WARNING if error.code in ALARMING else logging.INFO
    written = log_limited(
        logger,
        level,
        "token_rejected",
        "Token refused: %s, %s, kid %s",
        error.code,
        escape(error, MAX_WORDS),
        kid,
        limit_by=error.code,
        fields={"reason": error.code, "kid": kid, "sid": error.sid},
    )
    token_rejected.send_robust(sender=Refused, code=error.code, kid=kid)
    return written


def limit_line_of_view(request: Request) -> None:
    """Limit Django's own line about the answer to `request`, also on a project's view."""
    view = (getattr(request, "parser_context", None) or {}).get("view")
    if view is None or getattr(view, "limits_djangos_line", False):
        return
    finalize = view.finalize_response

    def limited(request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        limit_djangos_line(response)
        return cast("Response", finalize(request, response, *args, **kwargs))

    view.finalize_response = limited


def _kid(text: str) -> str | None:
    try:
        kid = jose.unverified_header(text).get("kid")
    except TokenError:
        return None
    return kid if isinstance(kid, str) else None
