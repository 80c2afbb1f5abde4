"""The application's own claims: the names it may use, and the values that JSON can represent.

Values are encoded as Django's own encoder does (UUID, date, datetime, time, timedelta, Decimal and lazy text
become text), and are then parsed as strictly as a token is. So a claim that no verifier could read is found
here.
"""

from collections.abc import Mapping
from typing import Final

from django.core.serializers.json import DjangoJSONEncoder

from django_jwtkit.errors import MalformedToken
from django_jwtkit.jose import encoding

from .users import SUB_FIELD, describe

# Only this package sets these: RFC 7519 §4.1, the session, the time of the login, the counter of a refresh
# token, and the meaning of `sub`. `cnf` is never set, because no verifier here checks it (RFC 7800).
RESERVED: Final = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "auth_time", "cnt", "cnf", SUB_FIELD}
)

EXACT: Final = 2**53  # up to here all JSON parsers agree on integers (RFC 8259 §6)
_ENCODER: Final = DjangoJSONEncoder(ensure_ascii=False, allow_nan=False)


def prepare(claims: Mapping[str, object] | None) -> dict[str, object]:
    """Return `claims` as they are after a round trip through JSON.

    Raises `ValueError` for a reserved name, and `TypeError` for another type than a dict, for a name that is
    not text and for a value that JSON cannot represent. Messages name the claim, never its value.
    """
    if claims is None:
        return {}
    if not isinstance(claims, Mapping):
        raise TypeError(f"claims must be a dict, got {describe(claims)}")
    for name in claims:
        if not isinstance(name, str):
            raise TypeError(f"claim names must be str, got {describe(name)}")
    if reserved := RESERVED & claims.keys():
        raise ValueError(f"claim {min(reserved)!r} must not be set: the name is reserved")
    return {name: _round_trip(name, value) for name, value in claims.items()}


def largest(claims: Mapping[str, object]) -> str:
    """Return the name of the longest claim."""
    return max(claims, key=lambda name: len(encoding.dumps({name: claims[name]})))


def _round_trip(name: str, value: object) -> object:
    """Return `value` as a verifier of the token will see it. Most values are plain and stay as they are."""
    if value is None or type(value) is bool or (type(value) is str and value.isascii()):
        return value
    if type(value) is int and -EXACT <= value <= EXACT:
        return value
    try:
        text = _ENCODER.encode({name: value})
        return encoding.loads(text.encode())[name]
    except (TypeError, ValueError, RecursionError, MalformedToken) as error:
        raise TypeError(f"claim {name!r} must be a value that JSON can represent: {_why(error)}") from error


def _why(error: Exception) -> str:
    """Return the reason without the value, which is part of the message of an encoding error."""
    return "text that is not Unicode" if isinstance(error, UnicodeError) else str(error)
