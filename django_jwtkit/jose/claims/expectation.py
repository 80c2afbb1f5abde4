"""The expectation of a caller of `jwt.decode`. It is checked and normalised before any token is read."""

import sys
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from types import UnionType
from typing import Any, Final, NamedTuple, TypedDict

from django_jwtkit.jose.jws import check_known, check_names
from django_jwtkit.jose.wire.media_types import media_type

MAX_LEEWAY: Final = 300  # seconds: more would be a longer lifetime, not leeway
MOST: Final = sys.float_info.max  # an int can be greater, and then adding a float fails


class Expected(TypedDict, total=False):
    """The options of a caller.

    `typ`, `issuer` and `audience` are one str or a collection of which the token must name one. `typ` is
    compared case-insensitively, with or without "application/" (RFC 8725 §3.11); None in a collection means
    that it may be absent. `issuer` and `audience` are compared exactly. A token with an `aud` is refused if
    no audience is given. None instead of a collection means that any typ or issuer will do. `required` are
    names of claims; exp is always required. `leeway` applies to exp and nbf, from 0 to `MAX_LEEWAY` seconds.
    `skew` applies to iat if it is more than the leeway.
    """

    typ: str | Collection[str | None] | None
    issuer: str | Collection[str] | None
    audience: str | Collection[str] | None
    required: Collection[str]
    leeway: float | timedelta
    skew: float | timedelta | None


class Expectation(NamedTuple):
    """The same in one shape: seconds and sets. No audiences: the token must name none; None: it may name any.

    `typ` and `issuers` are None where they may be anything. `leeway` is for exp and nbf, `skew`, which is no
    less, for iat.
    """

    algorithms: frozenset[str]
    typ: frozenset[str | None] | None = None
    leeway: float = 0
    skew: float = 0
    issuers: frozenset[str] | None = None
    audiences: frozenset[str] | None = frozenset()
    required: tuple[str, ...] = ("exp",)


def expect(
    algorithms: Collection[str],
    *,
    typ: str | Collection[str | None] | None = None,
    issuer: str | Collection[str] | None = None,
    audience: str | Collection[str] | None = None,
    required: Collection[str] = frozenset(),
    leeway: float | timedelta = 0,
    skew: float | timedelta | None = None,
) -> Expectation:
    """Return the options in normalised form. Raises `TypeError` or `ValueError` for a wrong call.

    Callers that read many tokens with the same options may keep the result and pass it to `jwt.read`.
    """
    if isinstance(required, str):
        raise TypeError('required must be a collection of names such as {"sub"}, got a str')
    return _normalise(
        check_names(algorithms),
        typ if typ is None or isinstance(typ, str) else _names(typ, "typ", str | None),
        issuer if issuer is None or isinstance(issuer, str) else _names(issuer, "issuer"),
        audience if audience is None or isinstance(audience, str) else _names(audience, "audience"),
        required if type(required) is frozenset else frozenset(_names(required, "required")),
        leeway,
        skew,
    )


@lru_cache(maxsize=64, typed=True)  # saves 1.8 µs a token; typed, since True equals 1
def _normalise(  # noqa: PLR0917 - the arguments are the key of the cache
    algorithms: frozenset[object],
    typ: str | tuple[str | None, ...] | None,
    issuer: str | tuple[str, ...] | None,
    audience: str | tuple[str, ...] | None,
    required: frozenset[str],
    leeway: float | timedelta,
    skew: float | timedelta | None,
) -> Expectation:
    seconds = _seconds(leeway, "leeway", MAX_LEEWAY)
    return Expectation(
        algorithms=check_known(algorithms),
        typ=None if typ is None else _types(typ),
        leeway=seconds,
        skew=seconds if skew is None else max(seconds, _seconds(skew, "skew", MOST)),
        issuers=None if issuer is None else _texts(issuer, "issuer"),
        audiences=frozenset() if audience is None else _texts(audience, "audience"),
        required=("exp", *(_text(name, "required") for name in required)),
    )


def moment(now: float | datetime | None) -> float:
    """Return `now` as a NumericDate, by default the present time."""
    return time.time() if now is None else numeric_date(now)


def numeric_date(at: float | datetime) -> float:
    """Return `at`, an aware datetime or seconds since 1970, as a NumericDate (RFC 7519 §2)."""
    if isinstance(at, datetime):
        if at.utcoffset() is None:
            raise ValueError(f"now must have a time zone, got {at!r}")
        return at.timestamp()
    if isinstance(at, bool) or not isinstance(at, int | float):
        raise TypeError(f"now must be an aware datetime or seconds since 1970, got {type(at).__name__}")
    if not -MOST <= at <= MOST:
        raise ValueError(f"now must be a finite number, got {at!r}")
    return at


def _names(names: object, parameter: str, kind: type | UnionType = str) -> tuple[Any, ...]:
    """Return the collection `names` as a key of the cache. Raises `TypeError` for another type."""
    if not isinstance(names, Collection) or isinstance(names, bytes | bytearray):
        raise TypeError(f"{parameter} must be a str or a collection of str, got {type(names).__name__}")
    if not all(isinstance(name, kind) for name in names):
        raise TypeError(f"{parameter} must be a str or a collection of str, got another type in it")
    return tuple(names)


def _types(typ: str | tuple[str | None, ...]) -> frozenset[str | None]:
    names = (typ,) if isinstance(typ, str) else typ
    if not names:
        raise ValueError("typ must not be empty: leave it out, or give one")
    return frozenset(None if name is None else media_type(name) for name in names)


def _texts(texts: str | tuple[str, ...], parameter: str) -> frozenset[str]:
    names = (texts,) if isinstance(texts, str) else texts
    if not names:
        raise ValueError(f"{parameter} must not be empty: leave it out, or give one")
    return frozenset(_text(name, parameter) for name in names)


def _seconds(span: float | timedelta, name: str, most: float) -> float:
    if isinstance(span, bool) or not isinstance(span, int | float | timedelta):
        raise TypeError(f"{name} must be a number of seconds or a timedelta, got {type(span).__name__}")
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    if not 0 <= seconds <= most:
        raise ValueError(f"{name} must be 0 to {most} seconds, got {seconds}")
    return seconds


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")
    return value
