"""What the caller of `jwt.decode` expects of a token, checked and settled before any token is looked at."""

import sys
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from types import UnionType
from typing import Any, Final, NamedTuple, TypedDict

from django_jwtkit.jose.jws import named, readable
from django_jwtkit.jose.wire.header import media_type

MAX_LEEWAY: Final = 300  # seconds: more is no leeway but a longer lifetime
MOST: Final = sys.float_info.max  # of what floats can say: an int may be more, and no sum of both is possible


class Expected(TypedDict, total=False):
    """What callers say of a token.

    `typ`, `issuer` and `audience` are one text or a collection, of which the token must name one. `typ` is
    compared with or without "application/" and in any case (RFC 8725 §3.11); None in a collection means that
    it may be absent. `issuer` and `audience` are compared exactly, and a token with an `aud` is refused where
    no audience is given. None instead of a collection: typ or issuer may be anything. `required` are names of
    claims beside exp, which always is. `leeway` is allowed in exp and nbf, 0 to `MAX_LEEWAY` seconds; `skew`,
    where it is more, in iat.
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
    """Return what `Expected` describes in one shape; raise `TypeError` or `ValueError` for nonsense.

    Callers that read many tokens in one way may keep it: `jwt.read` takes it as it is.
    """
    if isinstance(required, str):
        raise TypeError('required must be a collection of names such as {"sub"}, got one text')
    return _settled(
        named(algorithms),
        typ if typ is None or isinstance(typ, str) else _names(typ, "typ", str | None),
        issuer if issuer is None or isinstance(issuer, str) else _names(issuer, "issuer"),
        audience if audience is None or isinstance(audience, str) else _names(audience, "audience"),
        required if type(required) is frozenset else frozenset(_names(required, "required")),
        leeway,
        skew,
    )


@lru_cache(maxsize=64, typed=True)  # one policy, many tokens: 1.8 µs a token; typed, for True is 1 otherwise
def _settled(  # noqa: PLR0917 - a key of the cache
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
        algorithms=readable(algorithms),
        typ=None if typ is None else _types(typ),
        leeway=seconds,
        skew=seconds if skew is None else max(seconds, _seconds(skew, "skew", MOST)),
        issuers=None if issuer is None else _texts(issuer, "issuer"),
        audiences=frozenset() if audience is None else _texts(audience, "audience"),
        required=("exp", *(_text(name, "required") for name in required)),
    )


def moment(now: float | datetime | None) -> float:
    """Return `now` as a NumericDate, by default the clock's."""
    return time.time() if now is None else numeric_date(now)


def numeric_date(at: float | datetime) -> float:
    """Return `at`, an aware datetime or seconds since 1970, as a NumericDate (RFC 7519 §2)."""
    if isinstance(at, datetime):
        if at.utcoffset() is None:
            raise ValueError("a datetime without a time zone is not a moment")
        return at.timestamp()
    if isinstance(at, bool) or not isinstance(at, int | float):
        raise TypeError("a moment is an aware datetime or a number of seconds since 1970")
    if not -MOST <= at <= MOST:
        raise ValueError("a moment is finite")
    return at


def _names(names: object, parameter: str, kind: type | UnionType = str) -> tuple[Any, ...]:
    """Return the collection `names` as a key of the cache; raise `TypeError` for what is no collection."""
    if not isinstance(names, Collection) or isinstance(names, bytes | bytearray):
        raise TypeError(f"{parameter} must be text or a collection of texts, got {type(names).__name__}")
    if not all(isinstance(name, kind) for name in names):
        raise TypeError(f"{parameter} must be text or a collection of texts, got another type among them")
    return tuple(names)


def _types(typ: str | tuple[str | None, ...]) -> frozenset[str | None]:
    names = (typ,) if isinstance(typ, str) else typ
    if not names:
        raise ValueError("typ must not be empty: leave it out, or name one")
    return frozenset(None if name is None else media_type(name) for name in names)


def _texts(texts: str | tuple[str, ...], parameter: str) -> frozenset[str]:
    names = (texts,) if isinstance(texts, str) else texts
    if not names:
        raise ValueError(f"{parameter} must not be empty: leave it out, or name one")
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
        raise TypeError(f"{name} must be text, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")
    return value
