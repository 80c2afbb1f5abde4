"""The dates in a token's claims, and how far they are away."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_noop

from django_jwtkit import keys
from django_jwtkit.wording import Message, moment_of

from .findings import Claims

DATES: Final = ("iat", "nbf", "exp", "auth_time")
PAST: Final = gettext_noop("{moment}, {time} ago")
AHEAD: Final = gettext_noop("{moment}, in {time}")


def dates_of(claims: Claims) -> Iterator[tuple[str, Message]]:
    """Yield the name of each claim that is a date (a NumericDate, RFC 7519 §2), and the date in words."""
    now = keys.now()
    for name in DATES:
        moment = moment_of(claims.get(name))
        if moment is not None:
            text = PAST if moment <= now else AHEAD
            yield name, Message(text, {"moment": moment, "time": abs(now - moment)})
