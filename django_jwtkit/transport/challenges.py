"""Challenges of the `WWW-Authenticate` header (RFC 6750 §3).

All texts are fixed ASCII, and none is translated: clients compare them, and nothing they sent comes back.
"""

from typing import Final

from django_jwtkit.conf import conf

REALM: Final = "api"


def challenge(error: str = "", description: str = "", **parameters: str) -> str:
    """Return the challenge: with an `error` of RFC 6750 §3.1 the `description` and any other parameters."""
    named = {"realm": REALM}
    if error:
        named |= {"error": error, "error_description": description}
    quoted = ", ".join(f'{name}="{value}"' for name, value in (named | parameters).items())
    return f"{conf().AUTH_SCHEMES[0]} {quoted}"
