"""Rules for the values of settings: each returns the fault of a value, or None for a good one."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from django_jwtkit.jose import is_kid
from django_jwtkit.moments import aware
from django_jwtkit.wording import literal

from .denylist import SHORTEST

Rule = Callable[[object], str | None]


def text(value: object) -> str | None:
    return None if _is_text(value) else f"must be a non-empty string, got {_describe(value)}"


def flag(value: object) -> str | None:
    return None if isinstance(value, bool) else f"must be True or False, got {_describe(value)}"


def count(value: object) -> str | None:
    return None if _is_count(value) else f"must be a positive integer, got {_describe(value)}"


def up_to_a_hundred(value: object) -> str | None:
    is_valid = _is_count(value) and cast("int", value) <= 100
    return None if is_valid else f"must be an integer from 1 to 100, got {_describe(value)}"


def optional(rule: Rule) -> Rule:
    return lambda value: None if value is None else rule(value)


def duration(*, least: timedelta, most: timedelta = timedelta(days=3660)) -> Rule:
    def rule(value: object) -> str | None:
        if not isinstance(value, timedelta):
            return f"must be a datetime.timedelta, got {_describe(value)}"
        if least <= value <= most:
            return None
        return f"must be between {literal(least)} and {literal(most)}, got {literal(value)}"

    return rule


def collection(is_valid: Callable[[object], bool], of: str, *, least: int = 0) -> Rule:
    def rule(value: object) -> str | None:
        if not isinstance(value, (list, tuple, set, frozenset)) or not all(map(is_valid, value)):
            return f"must be a list or tuple of {of}"
        return None if len(value) >= least else "must not be empty"

    return rule


def mapping(value: object) -> str | None:
    return None if isinstance(value, Mapping) else "must be a dict"


def table(value: object) -> str | None:
    is_valid = isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(ring, Mapping) for name, ring in value.items()
    )
    return None if is_valid else "must be a dict of dicts, one for each ring"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _describe(value: object) -> str:
    """Return `value` for a message. Of a string it is the type: a secret may be in the wrong place."""
    is_harmless = value is None or value == "" or isinstance(value, bool | int | float)
    return repr(value) if is_harmless else type(value).__name__


def _is_sealing_key(value: object) -> bool:
    if not isinstance(value, Mapping) or set(value) - {"until"} not in ({"id", "key"}, {"id", "path"}):
        return False
    return (
        is_kid(value["id"])  # it becomes part of headers
        and len(value["id"]) <= 64
        and isinstance(value.get("key", b""), str | bytes)
        and _is_path(value.get("path", "p"))
        and _is_end(value.get("until"))
    )


def _is_end(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return False
    try:
        aware(value)
    except ValueError:  # UTC has no date for it
        return False
    return True


def _is_denied(value: object) -> bool:
    return is_kid(value) and len(cast("str", value)) >= SHORTEST


def _is_path(value: object) -> bool:
    return isinstance(value, Path) or _is_text(value)


texts: Final = collection(_is_text, "strings")
sealing_keys: Final = collection(
    _is_sealing_key,
    '{"id": …, "key": …} or {"id": …, "path": …}, each with or without "until", a datetime with a time zone',
)
deny_kids: Final = collection(
    _is_denied, f"key IDs, or prefixes of them of at least {SHORTEST} characters, without spaces"
)
positive: Final = duration(least=timedelta(seconds=1))
not_negative: Final = duration(least=timedelta(0))
up_to_five_minutes: Final = duration(least=timedelta(0), most=timedelta(minutes=5))


def audience(value: object) -> str | None:
    """Check one audience, or several of which a token must name one (RFC 7519 §4.1.3)."""
    if isinstance(value, set | frozenset):
        return "must be a list or tuple, got a set: tokens are issued for the first audience"
    return text(value) if isinstance(value, str) else collection(_is_text, "strings", least=1)(value)


def accept_simplejwt(value: object) -> str | None:
    """Check the table with the date after which no token of simplejwt is accepted."""
    until = value.get("UNTIL") if isinstance(value, Mapping) and set(value) == {"UNTIL"} else None
    is_valid = until is not None and _is_end(until)
    return None if is_valid else 'must be {"UNTIL": …}, a datetime with a time zone'


def use(value: object) -> str | None:
    return None if value in ("sig", "enc") else f'must be "sig" or "enc", got {_describe(value)}'


_SCHEME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # a token (RFC 9110 §5.6.2)


def auth_schemes(value: object) -> str | None:
    """Check one or more schemes (RFC 9110 §11.1). Challenges name the first."""
    if not isinstance(value, list | tuple) or not value:
        return 'must be a list or tuple of schemes, for example ("Bearer",)'
    if not all(isinstance(scheme, str) and _SCHEME.fullmatch(scheme) for scheme in value):
        return "must be names of schemes, without spaces and colons"
    if len({scheme.lower() for scheme in value}) != len(value):
        return "must not name a scheme twice, whatever its case"
    return None


def access_token_typ(value: object) -> str | None:
    return None if value in ("at+jwt", "JWT") else 'must be "at+jwt" or "JWT"'
