"""Issuing: one moment chooses the key, is checked against its promise, and becomes `iat`."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, NoUsableKey
from django_jwtkit.jose import encoding, jwt

from . import users
from .claims import largest, prepare
from .kinds import ACCESS, TokenKind


@sensitive_variables()
def issue(
    user: AbstractBaseUser | None = None,
    *,
    subject: str | None = None,
    kind: TokenKind = ACCESS,
    claims: Mapping[str, object] | None = None,
    audience: str | None = None,
    lifetime: timedelta | None = None,
    sid: str | None = None,
    counter: int | None = None,
    authenticated_at: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> str:
    """Return a token of `kind` for `user`, with the application's own `claims`.

    For a kind that names no user, `subject` stands in for `user`: 1 to 255 printable characters. `audience`
    is one of `AUDIENCE`, by default the first. The token lives for `lifetime`, by default the kind's, and
    never past `until`. `sid` is the session that it belongs to, `counter` which of its session's refresh
    tokens it is, `authenticated_at` when the user last proved who they are.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`, where `kind` and what it names do
    not fit, and for a claim that JSON cannot carry; `ValueError` for a reserved name, claims beyond 8 KiB,
    another audience, a lifetime of nothing or a user without an id; `ServiceUnavailable` while no key signs;
    `LifetimeRefused` inside a transaction.
    """
    lifetime = kind.lasts if lifetime is None else lifetime
    if lifetime <= timedelta(0):
        raise ValueError("a token's lifetime is more than nothing")
    own, store = prepare(claims), keys.current_store()
    now = keys.keyring(kind.ring, now=now, store=store).now
    times = _times(now, lifetime, until)
    named = _named(user, subject, kind)
    if kind.subject and sid is not None:
        raise TypeError(f"kind {kind.name!r} names no user, and a session is a user's: leave sid= out")
    proven = None if authenticated_at is None else int(authenticated_at.timestamp())
    belongs = {"sid": sid, "auth_time": proven, "cnt": counter}
    ours = {**named, **times, "jti": secrets.token_urlsafe(16), **belongs}
    parties = {"iss": conf().ISSUER, "aud": audience_of(audience)}
    whole = {name: value for name, value in (ours | parties).items() if value is not None} | own
    text = _protected(whole, kind, store, now, timedelta(seconds=times["exp"] - times["iat"]))
    if len(text) > encoding.MAX_LENGTH:
        worst = f"; the largest claim is {largest(own)!r}" if own else ""
        raise ValueError(
            f"token would be {len(text)} characters long, and verifiers reject more than "
            f"{encoding.MAX_LENGTH}{worst}"
        )
    return text


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


def audience_of(audience: str | None) -> str | None:
    """Return `audience`, by default the first of `AUDIENCE`; raise `ValueError` for one that is not in it.

    A token names one (RFC 9700 §2.3): whoever is shown it can't use it elsewhere.
    """
    settings = conf()
    if audience is None:
        return settings.audience
    if audience not in settings.audiences:
        known = ", ".join(map(repr, settings.audiences)) or "it is not set"
        raise ValueError(f"audience must be one of AUDIENCE ({known}), got {audience!r}")
    return audience


@sensitive_variables()
def _protected(
    claims: Mapping[str, object], kind: TokenKind, store: keys.Store, now: datetime, lives: timedelta
) -> str:
    key, recipient = keys.signing_key(kind.ring, now=now, lifetime=lives, store=store), None
    if kind.confidential:
        recipient = keys.signing_key("encryption", now=now, lifetime=lives, store=store)
    enc = conf().CONTENT_ENCRYPTION
    try:
        text = jwt.encode(claims, key, typ=kind.typ, encrypt_to=recipient, enc=enc)
    except KeyUnusableError as error:  # an imported key, or a `dir` key of before another CONTENT_ENCRYPTION
        raise NoUsableKey(f"{error}. Run manage.py rotate_keys --ring RING --now --force") from error
    return text
