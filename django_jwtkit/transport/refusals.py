"""From an exception of the rooms below to the answer of every face: status, body and challenge."""

from typing import Final, NamedTuple

from django.db import Error as StorageError
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.errors import KeyUnusableError, ServiceUnavailable, TokenError

from .challenges import challenge
from .reporting import report, report_unavailable


class Refusal(NamedTuple):
    """What a client is told. A 503 has no challenge."""

    status: int
    body: dict[str, str]
    challenge: str | None = None


REFUSALS: Final = (TokenError, ServiceUnavailable, KeyUnusableError, StorageError)
"""The exceptions that a client is told of; all others are faults of a program."""

_UNAVAILABLE: Final = Refusal(503, {"detail": ServiceUnavailable.detail})


@sensitive_variables()
def refuse(error: Exception, text: str = "") -> Refusal:
    """Report `error`, one of `REFUSALS`, about the token `text`, and return the answer to it.

    A `TokenError` becomes a 401, a missing key or database a 503.
    """
    if isinstance(error, TokenError):
        report(error, text)
        return refusal_of(error)
    report_unavailable(error)
    return _UNAVAILABLE


def refusal_of(error: TokenError) -> Refusal:
    """Return the 401 for `error`."""
    body = {"detail": error.detail, "code": error.public_code}
    return Refusal(401, body, challenge(error.challenge_error, error.detail))
