"""Refusals as DRF's exceptions: status, body and challenge (RFC 6750 §3)."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from django_jwtkit import transport
from django_jwtkit.errors import ServiceUnavailable
from django_jwtkit.log_limit import limit_djangos_line


class Refused(APIException):
    """401 with a challenge of its own.

    Never DRF's `AuthenticationFailed`: behind another authentication class that becomes a 403 without a
    challenge, and `error=` is lost in any case. DRF's exception handler reads `auth_header`.
    """

    status_code = status.HTTP_401_UNAUTHORIZED

    def __init__(self, detail: str, code: str = "", error: str = "") -> None:
        """Make a body of `detail` and any `code`, and a challenge with any RFC 6750 §3.1 `error`."""
        super().__init__({"detail": detail, "code": code} if code else {"detail": detail})
        self.auth_header = transport.challenge(error, detail)


class Unavailable(APIException):
    """503: not the client's fault, and not for long. DRF puts the seconds of `wait` into `Retry-After`."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE

    def __init__(self, wait: int | None = None) -> None:
        super().__init__({"detail": ServiceUnavailable.detail})
        self.wait = wait


class CSRFFailed(APIException):
    """403: a request that a cookie authenticates may come from another site."""

    status_code = status.HTTP_403_FORBIDDEN

    def __init__(self, detail: str) -> None:
        super().__init__({"detail": detail, "code": "csrf_failed"})


class translated_errors:  # noqa: N801 - used as a function is
    """Translate what the rooms below raise about the token `text` into `Refused` and `Unavailable`.

    A class, not a generator: on Python 3.11 its frame would have no caller, and an error page would show
    the token.
    """

    __slots__ = ("text",)

    def __init__(self, text: str | None = None) -> None:
        self.text = text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, transport.REFUSALS):
            raise translate(error, self.text) from error


def limit_line_of_view(request: Request) -> None:
    """Limit Django's own line about the answer to `request`, also on a project's view."""
    if not getattr(_view_of(request), "limits_djangos_line", False):
        change_answer(request, limit_djangos_line)


def change_answer(request: Request, change: Callable[[Response], None]) -> None:
    """Apply `change` to the answer to `request` once its view has made it; nothing without a view."""
    view = _view_of(request)
    if view is None:
        return
    finalize = view.finalize_response

    def changed(request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = cast("Response", finalize(request, response, *args, **kwargs))
        change(answer)
        return answer

    view.finalize_response = changed


def _view_of(request: Request) -> Any:
    return (getattr(request, "parser_context", None) or {}).get("view")


def translate(error: Exception, text: str | None = None) -> APIException:
    """Return `Refused` or `Unavailable` for one of `transport.REFUSALS` about the token `text`."""
    refusal = transport.refuse(error, text or "")
    if refusal.challenge is None:
        return Unavailable(refusal.retry_after)
    exception = Refused(refusal.body["detail"], refusal.body["code"])
    exception.auth_header = refusal.challenge
    return exception
