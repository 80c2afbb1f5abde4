"""Where an issuer publishes its keys: its metadata documents (RFC 8414 §3, OpenID Connect Discovery §4)."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django_jwtkit.errors import KeySetUnavailable, MalformedToken
from django_jwtkit.jose import encoding
from django_jwtkit.jose.remote import Fetcher, parse_url
from django_jwtkit.wording import escape

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


def metadata_urls(issuer: str) -> Iterator[str]:
    """Yield where the metadata of `issuer` may lie: below it, between host and path, and below it again."""
    base = issuer.rstrip("/")
    parts = urlsplit(base)
    yield base + OPENID
    if parts.path:
        yield f"{parts.scheme}://{parts.netloc}{OAUTH}{parts.path}"
    yield base + OAUTH


def find_jwks_url(issuer: str, fetcher: Fetcher, discovery_url: str | None = None) -> str:
    """Return the `jwks_uri` of the metadata of `issuer`.

    Raises `KeySetUnavailable`, with the reason of each document that was tried.
    """
    reasons = []
    for url in (discovery_url,) if discovery_url else metadata_urls(issuer):
        try:
            return read_metadata(issuer, url, fetcher)
        except KeySetUnavailable as error:
            reasons.append(str(error))
    raise KeySetUnavailable("; ".join(dict.fromkeys(reasons)))  # one host has one reason


def read_metadata(issuer: str, url: str, fetcher: Fetcher) -> str:
    """Return the `jwks_uri` of the document at `url`; raise `KeySetUnavailable`.

    The document must name the same issuer, byte for byte (RFC 8414 §3.3): otherwise whoever may write one
    path of a shared host speaks for another.
    """
    try:
        document = encoding.loads(fetcher.get(url).body or b"")
    except MalformedToken as error:
        raise KeySetUnavailable(f"{url} is not metadata: {error}") from error
    named, jwks_url = document.get("issuer"), document.get("jwks_uri")
    if named != issuer:
        raise KeySetUnavailable(f"{url} names the issuer {escape(named, 200)!r}, not {issuer!r}")
    if not isinstance(jwks_url, str):
        raise KeySetUnavailable(f"{url} has no jwks_uri")
    try:
        parse_url(jwks_url, private_addresses=fetcher.private_addresses)
    except ValueError as error:
        raise KeySetUnavailable(f"{url}: jwks_{error}") from error
    return jwks_url


def has_other_host(url: str, pinned: str) -> bool:
    """Whether `url` leads to another host than the one that is `pinned`, if there is one."""
    return pinned != "" and urlsplit(url).netloc.lower() != urlsplit(pinned).netloc.lower()
