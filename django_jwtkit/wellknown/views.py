"""The JWK Set (RFC 7517 §5), open to all."""

import hashlib
import logging

from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import ServiceUnavailable
from django_jwtkit.jose import encoding
from django_jwtkit.log_limit import limit_djangos_line, log_limited
from django_jwtkit.logs import get_logger

logger = get_logger("wellknown")


@login_not_required
@require_safe
def jwks(request: HttpRequest) -> HttpResponseBase:
    """Return the public keys, 304 to whom they are not new, or 503 while there is no keyring to read."""
    # A revoked key is trusted for `JWKS_MAX_AGE`. The site's own cache would add its own to that.
    request._cache_update_cache = False  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        response = _answer(request, encoding.dumps(keys.jwks()))
    except ServiceUnavailable as error:
        log_limited(logger, logging.ERROR, error.code, f"{error.detail}: %s", error)
        response = JsonResponse({"detail": error.detail}, status=503)
        limit_djangos_line(response)
        response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _answer(request: HttpRequest, body: bytes) -> HttpResponseBase:
    response = HttpResponse(body, content_type="application/jwk-set+json")
    response.headers["ETag"] = etag = f'"{hashlib.sha256(body).hexdigest()}"'
    response.headers["Cache-Control"] = f"public, max-age={int(conf().JWKS_MAX_AGE.total_seconds())}"
    return get_conditional_response(request, etag=etag, response=response) or response


# The keyring's snapshot answers without the database, so a request must not begin with a transaction.
for _alias in connections:
    transaction.non_atomic_requests(using=_alias)(jwks)
