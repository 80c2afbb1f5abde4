"""Issuing: one moment chooses the key, is checked against its promise, and becomes `iat`."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, NoUsableKey
from django_jwtkit.jose import Key, jwt
from django_jwtkit.jose.encoding import MAX_LENGTH

from . import users
from .kinds import ACCESS, TokenKind

# What these say is said by us alone: RFC 7519 §4.1, the session, the counter of a refresh token, and what
# `sub` is. Nobody here checks what `cnf` binds a token to (RFC 7800).
RESERVED: Final = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "cnt", "cnf", users.SUB_FIELD}
)


@sensitive_variables()
def issue(
    user: AbstractBaseUser | None = None,
    *,
    subject: str | None = None,
    kind: TokenKind = ACCESS,
    claims: Mapping[str, object] | None = None,
    lifetime: timedelta | None = None,
    sid: str | None = None,
    counter: int | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> str:
    """Return a token of `kind` for `user`, with the application's own `claims`.

    For a kind that names no user, `subject` stands in for `user`: 1 to 255 printable characters.
    It lives for `lifetime`, by default the kind's, and never past `until`. `sid` is the session that it
    belongs to, `counter` which of its session's refresh tokens it is.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`, and where `kind` and what it names
    do not fit; `ValueError` for a reserved name, claims that JSON or 8 KiB can't hold, a lifetime of nothing
    or a user without an id; `ServiceUnavailable` while no key signs; `LifetimeRefused` inside a transaction.
    """
    now = now or keys.now()
    lifetime = kind.lasts if lifetime is None else lifetime
    if lifetime <= timedelta(0):
        raise ValueError("a token's lifetime is more than nothing")
    own = dict(claims or {})
    if taken := RESERVED & own.keys():
        raise ValueError(f"reserved claims: {', '.join(sorted(taken))}")
    times = _times(now, lifetime, until)
    named = _named(user, subject, kind)
    if kind.subject and sid is not None:
        raise TypeError(f"kind {kind.name!r} names no user, and a session is a user's: leave sid= out")
    ours = {**named, **times, "jti": secrets.token_urlsafe(16), "sid": sid, "cnt": counter}
    whole = {name: value for name, value in (ours | _parties()).items() if value is not None} | own
    return _protected(whole, kind, now, timedelta(seconds=times["exp"] - times["iat"]))


def _named(user: AbstractBaseUser | None, subject: str | None, kind: TokenKind) -> dict[str, object]:
    """Return the claims that say what the token is about; raise `TypeError` where `kind` is for another."""
    if kind.subject:
        if user is not None or subject is None:
            raise TypeError(f"kind {kind.name!r} names no user: pass subject=, and no user")
        return users.name_subject(subject)
    if subject is not None:
        raise TypeError(f"kind {kind.name!r} names a user: subject= needs a TokenKind(…, subject=True)")
    return users.name_user(cast("AbstractBaseUser", user))  # which looks at what it is


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
