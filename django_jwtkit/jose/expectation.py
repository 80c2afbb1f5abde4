"""What the caller of `jwt.decode` expects of a token, checked and settled before any token is looked at."""

import sys
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypedDict

from .header import media_type
from .jws import named, readable

MAX_LEEWAY: Final = 300  # seconds: more is no leeway but a longer lifetime
MOST: Final = sys.float_info.max  # of what floats can say: an int may be more, and no sum of both is possible


class Expected(TypedDict, total=False):
    """What callers say of a token.

    `typ` is demanded, with or without "application/" and in any case (RFC 8725 §3.11), `issuer` and
    `audience` exactly; of a collection of audiences the token must name one, and a token with an `aud` that
    nobody asked for is refused. `required` are names of claims beside exp, which always is. `leeway` is
    allowed in exp and nbf, 0 to `MAX_LEEWAY` seconds; `skew`, where it is more, in iat.
    """

    typ: str | None
    issuer: str | None
    audience: str | Collection[str] | None
    required: Collection[str]
    leeway: float | timedelta
    skew: float | timedelta | None


class Expectation(NamedTuple):
    """The same in one shape: seconds and sets. No audiences: the token must name none.

    `leeway` is for exp and nbf, `skew`, which is no less, for iat.
    """

    algorithms: frozenset[str]
    typ: str | None = None
    leeway: float = 0
    skew: float = 0
    issuer: str | None = None
    audiences: frozenset[str] = frozenset()
    required: tuple[str, ...] = ("exp",)


def expect(
    algorithms: Collection[str],
    *,
    typ: str | None = None,
    issuer: str | None = None,
    audience: str | Collection[str] | None = None,
    required: Collection[str] = frozenset(),
    leeway: float | timedelta = 0,
    skew: float | timedelta | None = None,
) -> Expectation:
    """Return what `Expected` describes in one shape; raise `TypeError` or `ValueError` for nonsense.

    Who reads many tokens in one way may keep it: `jwt.read` takes it as it is.
    """
    if isinstance(required, str | bytes):
        raise TypeError('required is a collection of names, such as {"sub"}')
    names = audience if audience is None or isinstance(audience, str) else tuple(audience)
    return _settled(named(algorithms), typ, issuer, names, frozenset(required), leeway, skew)


@lru_cache(maxsize=64, typed=True)  # one policy, many tokens: 1.8 µs a token; typed, for True is 1 otherwise
def _settled(  # noqa: PLR0917 - a key of the cache
    algorithms: frozenset[object],
    typ: str | None,
    issuer: str | None,
    audience: str | tuple[str, ...] | None,
    required: frozenset[str],
    leeway: float | timedelta,
    skew: float | timedelta | None,
) -> Expectation:
    if issuer is not None:
        _text(issuer, "issuer")
    seconds = _seconds(leeway, "leeway", MAX_LEEWAY)
    return Expectation(
        algorithms=readable(algorithms),
        typ=None if typ is None else media_type(typ),
        leeway=seconds,
        skew=seconds if skew is None else max(seconds, _seconds(skew, "skew", MOST)),
        issuer=issuer,
        audiences=_audiences(audience),
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


def _audiences(audience: str | tuple[str, ...] | None) -> frozenset[str]:
    if audience is None:
        return frozenset()
    names = (audience,) if isinstance(audience, str) else audience
    if not names:
        raise ValueError("audience is empty: leave it out, or name one")
    return frozenset(_text(name, "audience") for name in names)


def _seconds(span: float | timedelta, name: str, most: float) -> float:
    if isinstance(span, bool) or not isinstance(span, int | float | timedelta):
        raise TypeError(f"{name} is a number of seconds or a timedelta")
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    if not 0 <= seconds <= most:
        raise ValueError(f"{name} is 0 to {most} seconds")
    return seconds


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is text")
    if not value:
        raise ValueError(f"{name} is empty")
    return value
