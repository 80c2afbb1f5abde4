"""How a public document is served: cached, with an ETag, to any origin, and to everyone."""

import hashlib
import logging
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.utils.cache import get_conditional_response

from django_jwtkit.conf import conf
from django_jwtkit.errors import ServiceUnavailable
from django_jwtkit.log_limit import limit_djangos_line, log_limited
from django_jwtkit.logs import get_logger

logger = get_logger("wellknown")

Document = Callable[..., bytes]

METHODS: Final = ("GET", "HEAD", "OPTIONS")
PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def published(content_type: str) -> Callable[[Document], Callable[..., HttpResponseBase]]:
    """Return a decorator that makes a view of a function which returns a document.

    The view answers 304 where the document has not changed, and 503 where there is none now. A browser of
    another origin may read it, also with headers that need a preflight.
    """

    def decorate(document: Document) -> Callable[..., HttpResponseBase]:
        @wraps(document)
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            # A revoked key is trusted for `JWKS_MAX_AGE`. The site's own cache would add its own to that.
            request._cache_update_cache = False  # type: ignore[attr-defined]  # noqa: SLF001
            if request.method == "OPTIONS":
                response: HttpResponseBase = HttpResponse(status=204, headers=PREFLIGHT)
            else:
                response = _answer(request, lambda: document(request, **kwargs), content_type)
            response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        return _open_to_all(view)

    return decorate


def _answer(request: HttpRequest, document: Callable[[], bytes], content_type: str) -> HttpResponseBase:
    try:
        body = document()
    except ServiceUnavailable as error:
        log_limited(logger, logging.ERROR, error.code, f"{error.detail}: %s", error)
        response: HttpResponseBase = JsonResponse({"detail": error.detail}, status=503)
        limit_djangos_line(response)
        response.headers["Cache-Control"] = "no-store"
        return response
    response = HttpResponse(body, content_type=content_type)
    response.headers["ETag"] = etag = _etag(body)
    response.headers["Cache-Control"] = f"public, max-age={int(conf().JWKS_MAX_AGE.total_seconds())}"
    return get_conditional_response(request, etag=etag, response=response) or response


@lru_cache(maxsize=8)
def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()}"'


def _open_to_all(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return `view` without a login and without a transaction: the keyring's snapshot needs no database."""
    for alias in connections:
        transaction.non_atomic_requests(using=alias)(view)
    return login_not_required(view)
