"""Refusals, as the log and the signal `token_rejected` tell of them."""

import logging
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import jose
from django_jwtkit.errors import JWTKitError, ServiceUnavailable, TokenError
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.signals import token_rejected
from django_jwtkit.wording import database_fault, escape

logger = get_logger("transport")

# Tokens expire and sessions end every day. These codes come only where somebody forges, steals or breaks.
ALARMING: Final = frozenset({"algorithm_refused", "bad_signature", "key_misused", "refresh_reused"})
MAX_WORDS: Final = 200  # characters of an error's message in a log line
UNAVAILABLE: Final = f"{ServiceUnavailable.detail}: %s"


@sensitive_variables()
def report(error: TokenError, text: str) -> bool:
    """Report why `text` was refused to the log and to `token_rejected`: of the token a well-formed kid only.

    A flood of one reason leaves lines out, but no signal. Returns whether the line was written.
    """
    kid = _kid_of(text)
    was_written = log_limited(
        logger,
        logging.WARNING if error.code in ALARMING else logging.INFO,
        "token_rejected",
        "Token refused: %s, %s, kid %s",
        error.code,
        escape(error, MAX_WORDS),
        kid,
        limit_by=error.code,
        fields={"reason": error.code, "kid": kid, "sid": error.sid},
    )
    token_rejected.send_robust(sender=type(error), code=error.code, kid=kid)
    return was_written


def report_unavailable(error: Exception) -> None:
    """Write the line of a 503: the message names the remedy; of a database error the traceback follows."""
    if isinstance(error, JWTKitError):
        log_limited(logger, logging.ERROR, error.code, UNAVAILABLE, error)
    else:
        fault = database_fault(error)
        log_limited(logger, logging.ERROR, ServiceUnavailable.code, UNAVAILABLE, fault, error=error)


@sensitive_variables()
def _kid_of(text: str) -> str | None:
    try:
        kid = jose.unverified_header(text).get("kid")
    except TokenError:
        return None
    return kid if isinstance(kid, str) else None
