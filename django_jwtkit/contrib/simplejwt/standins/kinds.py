"""The kinds of our tokens that simplejwt's token types stand for, and reading a text of any of them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Final, NamedTuple

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import errors, tokens
from django_jwtkit.conf import conf
from django_jwtkit.contrib.simplejwt.settings import api_settings
from django_jwtkit.tokens import TokenKind
from django_jwtkit.tokens.users import NO_USER, SUB_FIELD

OURS: Final = frozenset({"sub", "sid", "cnt", "auth_time", SUB_FIELD})
"""Claims of ours that stand in no payload of simplejwt."""

# What the reader of one kind says of a token of another kind.
OF_ANOTHER_KIND: Final = (errors.WrongType, errors.MalformedToken, errors.DecryptionError)


class Kinds(NamedTuple):
    """The kinds of a token type: `named` for a user's tokens, `nobodys` for those without a user."""

    named: TokenKind
    nobodys: TokenKind


class Reading(NamedTuple):
    """A verified text: its kind, its claims, and the part of them that simplejwt's callers know.

    `kind` is None for a token that simplejwt itself has issued.
    """

    text: str
    kind: TokenKind | None
    claims: dict[str, object]
    payload: dict[str, object]


@cache
def kinds_of(token_type: str) -> Kinds:
    """Return the kinds of `token_type`; "access" and "refresh" are ours, others get a kind of their own."""
    ours = {kind.name: kind for kind in (tokens.ACCESS, tokens.REFRESH)}.get(token_type)
    lifetime = "ACCESS_TOKEN_LIFETIME" if ours is None else ours.lifetime
    nobodys = _kind(f"{token_type}-of-nobody", lifetime, subject=True)
    return Kinds(ours or _kind(token_type, lifetime), nobodys)


def _kind(name: str, lifetime: timedelta | str, *, subject: bool = False) -> TokenKind:
    return TokenKind(f"simplejwt-{name}", typ=f"simplejwt-{name}+jwt", lifetime=lifetime, subject=subject)


def all_kinds() -> Iterator[TokenKind]:
    """Yield the kinds of every token type that this process has met."""
    prefix = "simplejwt-"
    yield from (*kinds_of("access"), *kinds_of("refresh"))
    yield from (kind for kind in tokens.registered_kinds() if kind.name.startswith(prefix))


@sensitive_variables()
def read(text: str | bytes, kinds: Iterable[TokenKind], *, old_type: str | None) -> Reading:
    """Return what `text` says: a good token of one of `kinds`, or an old one of `old_type`, None for any.

    Raises `TokenError`.
    """
    encoded = text.decode("ascii", "replace") if isinstance(text, bytes) else str(text)
    if tokens.simplejwt.is_accepted(conf()) and tokens.simplejwt.is_simplejwt(encoded):
        claims = tokens.simplejwt.verify(encoded, token_type=old_type)
        return Reading(encoded, None, claims, dict(claims))
    refusal: errors.TokenError | None = None
    for kind in kinds:
        try:
            return _reading(encoded, kind, tokens.verify(encoded, kind=kind))
        except errors.TokenError as error:
            if refusal is None or isinstance(refusal, OF_ANOTHER_KIND):
                refusal = error
    raise refusal or errors.WrongType("no kind of token is allowed")


@sensitive_variables()
@sensitive_variables()
def _reading(text: str, kind: TokenKind, claims: dict[str, object]) -> Reading:
    identifier = api_settings.USER_ID_CLAIM
    payload = {name: value for name, value in claims.items() if name not in OURS}
    if claims.get(SUB_FIELD) != NO_USER:
        payload.setdefault(identifier, claims["sub"])
    return Reading(text, kind, claims, payload)
