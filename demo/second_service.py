"""A second service, without Django. It knows one URL, that of the public keys.

    echo "$TOKEN" | python -m demo.second_service http://127.0.0.1:8000/.well-known/jwks.json

It prints the claims and exits with 0. It exits with 1 if it refuses the token, and with 2 if it gets no keys.
"""

import argparse
import json
import sys
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from django_jwtkit.errors import ServiceUnavailable, TokenError
from django_jwtkit.jose import RemoteKeySet, jwt

AUDIENCE: Final = "demo"
ALGORITHMS: Final = frozenset({"ES256"})  # as agreed with the issuer (RFC 8725 §3.1)


def decoder(jwks_url: str) -> jwt.Decoder:
    """Return the checks of an access token; a service makes them once and keeps them.

    The issuer must be the origin of the JWKS. Raises `ValueError` for a URL that must not be asked.
    """
    issuer = urlunsplit((*urlsplit(jwks_url)[:2], "", "", ""))
    # The demo runs on this machine. Elsewhere leave out `private_addresses`, and the URL must be https.
    keys = RemoteKeySet(jwks_url, algorithms=ALGORITHMS, private_addresses=True)
    return jwt.Decoder(
        keys, algorithms=ALGORITHMS, issuer=issuer, audience=AUDIENCE, typ="at+jwt", required={"sub"}
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="second_service", description="Verify an access token from stdin.")
    parser.add_argument("jwks_url", help="URL of the public keys")
    url = parser.parse_args().jwks_url
    try:
        claims = decoder(url)(sys.stdin.read().strip())
    except TokenError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 1
    except (ServiceUnavailable, ValueError) as fault:
        print(f"no keys from {url}: {fault}", file=sys.stderr)
        return 2
    print(json.dumps(claims, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
