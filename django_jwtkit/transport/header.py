"""The `Authorization` header (RFC 9110 §11.4, RFC 6750 §2.1): one parser, for every face."""

import re
from functools import lru_cache
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.conf import conf
from django_jwtkit.errors import MalformedHeader

_IN_A_NAME: Final = "!#$%&'*+.^_`|~0-9a-z-"  # RFC 9110 §5.6.2


@sensitive_variables()
def read_header(header: str | None) -> str | None:
    """Return the token in an `Authorization` header, None for another scheme than ours.

    Our schemes are `AUTH_SCHEMES`, in any case. Raises `MalformedHeader`.
    """
    if header is None:
        return None
    schemes = tuple(conf().AUTH_SCHEMES)
    scheme, _, text = header.partition(" ")
    if scheme.lower() in _lower(schemes) and _is_visible(text):
        return text
    if not _beginning_of_ours(schemes).match(header):
        return None
    raise MalformedHeader("the Authorization header is not a scheme, one space and a token")


def _is_visible(text: str) -> bool:
    """Whether `text` is visible ASCII, and some; a comma would be two headers that the server has joined."""
    return text != "" and text.isascii() and text.isprintable() and " " not in text and "," not in text


@lru_cache(maxsize=8)
def _lower(schemes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(scheme.lower() for scheme in schemes)


@lru_cache(maxsize=8)
def _beginning_of_ours(schemes: tuple[str, ...]) -> re.Pattern[str]:
    """Match what begins with a scheme of ours: "Bearer" and a tab is ours and malformed, "Bearers" is not."""
    names = "|".join(map(re.escape, schemes))
    return re.compile(rf"\s*(?:{names})(?![{_IN_A_NAME}])", re.IGNORECASE)
