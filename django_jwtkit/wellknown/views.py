"""The JWK Set (RFC 7517 §5), and the metadata of the issuer (RFC 8414)."""

from typing import Final
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.jose import encoding

from .publishing import published

ENDPOINTS: Final = {
    "introspection_endpoint": "jwtkit:token_introspect",
    "revocation_endpoint": "jwtkit:token_revoke",
}


@published("application/jwk-set+json")
def jwks(_request: HttpRequest) -> bytes:
    """Return the public keys."""
    return keys.jwks_body()


@published("application/json")
def metadata(_request: HttpRequest, path: str = "") -> bytes:
    """Return the metadata of `ISSUER`, if `path` is its own.

    There is no token endpoint: the login here is not OAuth's. Raises `Http404`.
    """
    issuer = conf().ISSUER
    parts = urlsplit(issuer or "")
    if issuer is None or path.strip("/") not in {"", parts.path.strip("/")}:
        raise Http404
    origin = f"{parts.scheme}://{parts.netloc}"
    addresses = {name: _reverse(view) for name, view in ENDPOINTS.items()}
    return encoding.dumps(
        {
            "issuer": issuer,
            "jwks_uri": f"{origin}{reverse('jwtkit_jwks')}",
            "response_types_supported": [],
            "grant_types_supported": [],
            **{name: f"{origin}{address}" for name, address in addresses.items() if address is not None},
        }
    )


def _reverse(view: str) -> str | None:
    """Return the address of `view`, None where the project does not include it."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return None
