"""The `Authorization` header (RFC 9110 §11.4, RFC 6750 §2.1): one parser, for every face."""

import re
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.conf import conf
from django_jwtkit.errors import MalformedHeader
from django_jwtkit.wording import message as _

# RFC 9110 §5.6.2: so "Bearer" and a tab is our scheme, malformed, and "Bearers" is another one.
_SCHEME: Final = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]*)")
_VISIBLE: Final = bytes(range(0x21, 0x7F)).replace(b",", b"")


@sensitive_variables()
def read_header(header: str | None) -> str | None:
    """Return the token in an `Authorization` header, None for another scheme than ours.

    Our schemes are `AUTH_SCHEMES`, in any case. Raises `MalformedHeader`.
    """
    if header is None:
        return None
    schemes = conf().schemes
    scheme, _space, text = header.partition(" ")
    if scheme.lower() in schemes and _is_visible(text):
        return text
    beginning = _SCHEME.match(header)
    if beginning is None or beginning[1].lower() not in schemes:
        return None
    raise MalformedHeader(_("the Authorization header is not a scheme, one space and a token"))


def _is_visible(text: str) -> bool:
    """Whether `text` is visible ASCII, and some; a comma would be two headers that the server has joined."""
    # `isprintable` looks up each character: 1.2 µs for a token, and this takes 0.7.
    return text != "" and text.isascii() and not text.encode("ascii").translate(None, _VISIBLE)
