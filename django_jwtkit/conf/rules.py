"""What a setting's value must be: each rule returns what is wrong with it, or None."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from django_jwtkit.jose import is_kid
from django_jwtkit.wording import literal

from .denylist import SHORTEST

Rule = Callable[[object], str | None]


def text(value: object) -> str | None:
    return None if isinstance(value, str) and value else "must be a string that is not empty"


def flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be True or False"


def count(value: object) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return None if whole else "must be a whole number above 0"


def up_to_a_hundred(value: object) -> str | None:
    fits = count(value) is None and cast("int", value) <= 100
    return None if fits else f"must be a whole number from 1 to 100, got {value!r}"


def optional(rule: Rule) -> Rule:
    return lambda value: None if value is None else rule(value)


def duration(*, least: timedelta, most: timedelta = timedelta(days=3660)) -> Rule:
    def rule(value: object) -> str | None:
        if not isinstance(value, timedelta):
            return "must be a datetime.timedelta"
        return None if least <= value <= most else f"must be between {literal(least)} and {literal(most)}"

    return rule


def collection(fits: Callable[[object], bool], of: str, *, least: int = 0) -> Rule:
    def rule(value: object) -> str | None:
        if not isinstance(value, (list, tuple, set, frozenset)) or not all(map(fits, value)):
            return f"must be a list or tuple of {of}"
        return None if len(value) >= least else "must not be empty"

    return rule


def table(value: object) -> str | None:
    fits = isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(ring, Mapping) for name, ring in value.items()
    )
    return None if fits else "must be a dict of dicts, one for each ring"


def _full_text(value: object) -> bool:
    return text(value) is None


def _sealing_key(value: object) -> bool:
    if not isinstance(value, Mapping) or set(value) - {"until"} not in ({"id", "key"}, {"id", "path"}):
        return False
    return (
        is_kid(value["id"])  # it stands in the headers of what it seals
        and len(value["id"]) <= 64
        and isinstance(value.get("key", b""), str | bytes)
        and _path(value.get("path", "p"))
        and _end(value.get("until"))
    )


def _end(value: object) -> bool:
    return value is None or (isinstance(value, datetime) and value.utcoffset() is not None)


def _denied(value: object) -> bool:
    return is_kid(value) and len(cast("str", value)) >= SHORTEST


def _path(value: object) -> bool:
    return isinstance(value, Path) or _full_text(value)


texts: Final = collection(_full_text, "strings")
sealing_keys: Final = collection(
    _sealing_key,
    '{"id": …, "key": …} or {"id": …, "path": …}, each with or without "until", a datetime with a time zone',
)
deny_kids: Final = collection(
    _denied, f"key IDs, or beginnings of them of at least {SHORTEST} characters, without blanks"
)
positive: Final = duration(least=timedelta(seconds=1))
not_negative: Final = duration(least=timedelta(0))
up_to_five_minutes: Final = duration(least=timedelta(0), most=timedelta(minutes=5))


def audience(value: object) -> str | None:
    """One audience, or several of which a token must name one (RFC 7519 §4.1.3)."""
    if isinstance(value, set | frozenset):
        return "must be a list or tuple: tokens are issued for the first, and a set has none"
    return text(value) if isinstance(value, str) else collection(_full_text, "strings", least=1)(value)


def accept_simplejwt(value: object) -> str | None:
    """The last moment of tokens that were issued by another package."""
    until = value.get("UNTIL") if isinstance(value, Mapping) and set(value) == {"UNTIL"} else None
    return None if until is not None and _end(until) else 'must be {"UNTIL": …}, a datetime with a time zone'


def use(value: object) -> str | None:
    return None if value in ("sig", "enc") else 'must be "sig" or "enc"'


_SCHEME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # a token (RFC 9110 §5.6.2)


def auth_schemes(value: object) -> str | None:
    """One scheme or more (RFC 9110 §11.1), the first of which stands in challenges."""
    if not isinstance(value, list | tuple) or not value:
        return 'must be a list or tuple of schemes, ("Bearer",) say'
    if not all(isinstance(scheme, str) and _SCHEME.fullmatch(scheme) for scheme in value):
        return "must hold names of schemes, without blanks and colons"
    if len({scheme.lower() for scheme in value}) != len(value):
        return "must not name a scheme twice: their case does not count"
    return None
