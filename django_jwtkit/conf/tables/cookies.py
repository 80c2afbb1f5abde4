"""The browser cookies: what `COOKIES` says, filled with the defaults."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from django.conf import settings

from django_jwtkit.conf import allowed

HOST_PREFIX: Final = "__Host-"  # needs Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2)
SECURE_PREFIX: Final = "__Secure-"  # needs Secure
PREFIXES: Final = (HOST_PREFIX, SECURE_PREFIX)
SAMESITE: Final = ("Lax", "Strict", "None")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # a token (RFC 6265 §4.1.1)
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]{1,253}")


class CookieSettings(NamedTuple):
    """Names and attributes of the cookies. Where they are not secure, the names have no prefix."""

    access: str
    refresh: str
    samesite: str
    is_secure: bool
    domain: str | None


def name(value: object) -> str | None:
    fits = isinstance(value, str) and _NAME.fullmatch(value)
    return None if fits else "must be the name of a cookie, without blanks, quotes and semicolons"


def samesite(value: object) -> str | None:
    return None if value in SAMESITE else 'must be "Lax", "Strict" or "None"'


def domain(value: object) -> str | None:
    fits = isinstance(value, str) and _DOMAIN.fullmatch(value)
    return None if fits else 'must be the name of a domain, "example.com" say'


COOKIE_SETTINGS: Final[Mapping[str, allowed.Rule]] = {
    "ACCESS": name,
    "REFRESH": name,
    "SAMESITE": samesite,
    "SECURE": allowed.optional(allowed.flag),
    "DOMAIN": allowed.optional(domain),
}
DEFAULTS: Final[Mapping[str, object]] = {
    "ACCESS": "__Host-access",
    "REFRESH": "__Secure-refresh",
    "SAMESITE": "Lax",
    "SECURE": None,
    "DOMAIN": None,
}
UNSET: Final[Mapping[str, object]] = dict[str, object]()
"""The default of `COOKIES`, told from a dict of the project's by identity."""


def read_cookie_settings(raw: Mapping[str, object]) -> CookieSettings:
    """Return `raw` filled with the defaults: secure unless `DEBUG`, and without prefixes where it is not."""
    row = cast("dict[str, Any]", {**DEFAULTS, **raw})
    is_secure = not settings.DEBUG if row["SECURE"] is None else row["SECURE"]
    access, refresh = row["ACCESS"], row["REFRESH"]
    if not is_secure:
        access, refresh = _without_prefix(access), _without_prefix(refresh)
    return CookieSettings(access, refresh, row["SAMESITE"], is_secure, row["DOMAIN"])


def _without_prefix(name: str) -> str:
    """Return `name` as a browser takes it without Secure."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name
