"""A second service, without Django. It knows one URL, that of the public keys.

    echo "$TOKEN" | python -m demo.second_service http://127.0.0.1:8000/.well-known/jwks.json

It prints the claims and exits with 0. It exits with 1 if it refuses the token, and with 2 if it gets no keys.
"""

import argparse
import json
import sys
from http.client import HTTPException
from typing import IO, Final
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django_jwtkit.errors import KeyUnusableError, TokenError
from django_jwtkit.jose import KeySet, jwt

AUDIENCE: Final = "demo"
ALGORITHMS: Final = frozenset({"ES256"})  # as agreed with the issuer (RFC 8725 §3.1)
LARGEST_SET: Final = 64 * 1024  # bytes
PATIENCE: Final = 5  # seconds


class StayHere(HTTPRedirectHandler):
    """Refuse redirects: only this one address is trusted."""

    def redirect_request(self, *_: object) -> None:
        return None


def fetch(url: str) -> KeySet:
    """Return the JWK Set at `url`. Raises `OSError`, `ValueError` or `HTTPException`."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"{url!r} is not an http(s) address")
    with build_opener(StayHere, ProxyHandler({})).open(Request(url), timeout=PATIENCE) as answer:  # noqa: S310
        return parse(answer)


def parse(answer: IO[bytes]) -> KeySet:
    """Return the keys of a response, which must be small."""
    body = answer.read(LARGEST_SET + 1)
    if len(body) > LARGEST_SET:
        raise ValueError(f"the JWK Set must have at most {LARGEST_SET} bytes")
    return KeySet.from_dict(json.loads(body))


def verify(token: str, jwks_url: str) -> dict[str, object]:
    """Return the claims of an access token, after every check. Raises `TokenError`.

    The issuer must be the origin of the JWKS.
    """
    issuer = urlunsplit((*urlsplit(jwks_url)[:2], "", "", ""))
    return jwt.decode(
        token,
        fetch(jwks_url),
        algorithms=ALGORITHMS,
        issuer=issuer,
        audience=AUDIENCE,
        typ="at+jwt",
        required={"sub"},
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="second_service", description="Verify an access token from stdin.")
    parser.add_argument("jwks_url", help="URL of the public keys")
    url = parser.parse_args().jwks_url
    try:
        claims = verify(sys.stdin.read().strip(), url)
    except TokenError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 1
    except (KeyUnusableError, OSError, HTTPException, ValueError) as fault:
        print(f"no keys from {url}: {fault}", file=sys.stderr)
        return 2
    print(json.dumps(claims, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
