"""The application's own claims: which names it may use, and what JSON carries.

Values are encoded as Django's own encoder does it (UUID, date, datetime, time, timedelta, Decimal and lazy
text become text), and are then read as strictly as a token is: what nobody could read is found out here.
"""

from collections.abc import Mapping
from typing import Final

from django.core.serializers.json import DjangoJSONEncoder

from django_jwtkit.errors import MalformedToken
from django_jwtkit.jose import encoding

from .users import SUB_FIELD, describe

# What these say is said by us alone: RFC 7519 §4.1, the session, when its user has proven who they are, the
# counter of a refresh token, and what `sub` is. Nobody here checks what `cnf` binds a token to (RFC 7800).
RESERVED: Final = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "auth_time", "cnt", "cnf", SUB_FIELD}
)

EXACT: Final = 2**53  # up to which every reader of JSON has the same integers (RFC 8259 §6)
_ENCODER: Final = DjangoJSONEncoder(ensure_ascii=False, allow_nan=False)


def prepare(claims: Mapping[str, object] | None) -> dict[str, object]:
    """Return `claims` as JSON carries them.

    Raises `ValueError` for a reserved name, `TypeError` for what is not a dict, for a name that is not text
    and for a value that JSON cannot carry. Each names the claim, and none its value.
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
    return {name: _carried(name, value) for name, value in claims.items()}


def largest(claims: Mapping[str, object]) -> str:
    """Return the name of the claim that takes the most room."""
    return max(claims, key=lambda name: len(encoding.dumps({name: claims[name]})))


def _carried(name: str, value: object) -> object:
    """Return `value` as the reader of the token will have it. Most values are plain, and need no look."""
    if value is None or type(value) is bool or (type(value) is str and value.isascii()):
        return value
    if type(value) is int and -EXACT <= value <= EXACT:
        return value
    try:
        text = _ENCODER.encode({name: value})
        return encoding.loads(text.encode())[name]
    except (TypeError, ValueError, RecursionError, MalformedToken) as error:
        raise TypeError(f"claim {name!r} must be what JSON can carry: {_why(error)}") from error


def _why(error: Exception) -> str:
    """Return what is wrong, without the value: of an encoding error the text would be part of the message."""
    return "text that is not Unicode" if isinstance(error, UnicodeError) else str(error)
