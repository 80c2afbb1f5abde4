"""From an exception of the rooms below to the answer of every face: status, body and challenge."""

from typing import Final, NamedTuple

from django.db import Error as StorageError
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.errors import KeyUnusableError, ServiceUnavailable, TokenError
from django_jwtkit.log_limit import limit_djangos_line

from .challenges import challenge
from .cookies import are_cookies_in_use
from .reporting import report, report_unavailable


class Refusal(NamedTuple):
    """What a client is told. A 503 has no challenge; `retry_after` are the seconds that it names, if any."""

    status: int
    body: dict[str, str]
    challenge: str | None = None
    retry_after: int | None = None


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
    if isinstance(error, ServiceUnavailable):
        return _UNAVAILABLE._replace(retry_after=error.retry_after)
    return _UNAVAILABLE


@sensitive_variables()
def answer(error: Exception, text: str | None = None) -> HttpResponse:
    """Return the answer to `error`, as `refuse` does, for faces without the REST framework."""
    refusal = refuse(error, text or "")
    response = JsonResponse(refusal.body, status=refusal.status)
    response["Cache-Control"] = "private, no-store"
    if refusal.challenge is not None:
        response["WWW-Authenticate"] = refusal.challenge
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    limit_djangos_line(response)
    vary(response)
    return response


def vary(response: HttpResponseBase) -> HttpResponseBase:
    """Say what the answer depends on, so that no cache gives it to somebody else."""
    names = ["Authorization", "Cookie"] if are_cookies_in_use() else ["Authorization"]
    patch_vary_headers(response, names)
    return response


def refusal_of(error: TokenError) -> Refusal:
    """Return the 401 for `error`."""
    body = {"detail": error.detail, "code": error.public_code}
    return Refusal(401, body, challenge(error.challenge_error, error.detail))
