"""Issuing: one moment chooses the key, is checked against its promise, and becomes `iat`."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, NoUsableKey
from django_jwtkit.jose import Key, jwt
from django_jwtkit.jose.encoding import MAX_LENGTH

from .kinds import ACCESS, TokenKind
from .users import subject

# What these say is said by us alone: RFC 7519 §4.1, the session, and the counter of a refresh token.
RESERVED: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "cnt"})


@sensitive_variables()
def issue(
    user: AbstractBaseUser,
    *,
    kind: TokenKind = ACCESS,
    claims: Mapping[str, object] | None = None,
    lifetime: timedelta | None = None,
    sid: str | None = None,
    counter: int | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> str:
    """Return a token of `kind` for `user`, with the application's own `claims`.

    It lives for `lifetime`, by default the kind's, and never past `until`. `sid` is the session that it
    belongs to, `counter` which of its session's refresh tokens it is.

    Raises `ValueError` for a reserved name, claims that JSON or 8 KiB can't hold, a lifetime of nothing or a
    user without an id; `ServiceUnavailable` while no key signs; `LifetimeRefused` inside a transaction.
    """
    now = now or keys.now()
    lifetime = kind.lasts if lifetime is None else lifetime
    if lifetime <= timedelta(0):
        raise ValueError("a token's lifetime is more than nothing")
    own = dict(claims or {})
    if taken := RESERVED & own.keys():
        raise ValueError(f"reserved claims: {', '.join(sorted(taken))}")
    times = _times(now, lifetime, until)
    ours = {"sub": subject(user), **times, "jti": secrets.token_urlsafe(16), "sid": sid, "cnt": counter}
    whole = {name: value for name, value in (ours | _parties()).items() if value is not None} | own
    return _protected(whole, kind, now, timedelta(seconds=times["exp"] - times["iat"]))


def _times(now: datetime, lifetime: timedelta, until: datetime | None) -> dict[str, int]:
    """`exp` and `iat` in whole seconds, rounded down: no token outlives what it belongs to."""
    issued = int(now.timestamp())
    expires = int((now + lifetime).timestamp())
    return {"exp": expires if until is None else min(expires, int(until.timestamp())), "iat": issued}


def _parties() -> dict[str, object]:
    """`iss` and `aud`, where the settings name them."""
    audience = conf().AUDIENCE
    named = audience if audience is None or isinstance(audience, str) else list(audience)
    return {"iss": conf().ISSUER, "aud": named}


@sensitive_variables()
def _protected(claims: Mapping[str, object], kind: TokenKind, now: datetime, lives: timedelta) -> str:
    key = keys.signing_key(kind.ring, now=now, lifetime=lives)
    recipient: Key | None = None
    if kind.confidential:
        recipient = keys.signing_key("encryption", now=now, lifetime=lives)
    enc = conf().CONTENT_ENCRYPTION
    try:
        text = jwt.encode(claims, key, typ=kind.typ, encrypt_to=recipient, enc=enc)
    except KeyUnusableError as error:  # an imported key, or a `dir` key of before another CONTENT_ENCRYPTION
        raise NoUsableKey(f"{error}. Run manage.py rotate_keys --ring RING --now --force") from error
    if len(text) > MAX_LENGTH:
        raise ValueError(
            f"these claims make a token of {len(text)} characters: nobody reads over {MAX_LENGTH}"
        )
    return text
