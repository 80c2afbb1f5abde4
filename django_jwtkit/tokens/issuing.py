"""Issue tokens. One point in time chooses the key, is checked against its lifetime, and becomes `iat`."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import asks_database, in_thread
from django_jwtkit.errors import KeyUnusableError, NoUsableKey
from django_jwtkit.jose import encoding, jwt

from . import users
from .claims import largest, prepare
from .kinds import ACCESS, TokenKind
from .observers import ISSUED, notify

MAX_COOKIE: Final = 3800  # characters: with its name and attributes it must stay within 4,096 bytes


@sensitive_variables()
@asks_database("tokens.issue")
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
    settings: Settings | None = None,
) -> str:
    """Return a token of `kind` for `user`, with the application's own `claims`.

    A kind that names no user takes `subject` instead of `user`: 1 to 255 printable characters. `audience` is
    one of `AUDIENCE`, by default the first. The token expires after `lifetime`, by default the kind's, and no
    later than `until`. `sid` is its session, `counter` its number among the session's refresh tokens, and
    `authenticated_at` the time when the user last proved their identity.

    Raises `TypeError` for a user that is not an instance of `AUTH_USER_MODEL`, for a user or subject that the
    kind does not take, and for a claim that JSON cannot represent. Raises `ValueError` for a reserved name,
    claims beyond 8 KiB, another audience, a lifetime that is not positive, or a user without an id. Raises
    `ServiceUnavailable` while no key signs, and `LifetimeRefused` inside a transaction.
    """
    settings = settings or conf()
    lifetime = kind.lifetime_under(settings) if lifetime is None else lifetime
    if lifetime <= timedelta(0):
        raise ValueError(f"lifetime must be positive, got {lifetime!r}")
    own, ring = prepare(claims), keys.keyring(kind.ring, now=now, settings=settings)
    times = _times(ring.now, lifetime, until)
    name = _name_subject(user, subject, kind, settings)
    if kind.subject and sid is not None:
        raise TypeError(f"kind {kind.name!r} names no user, so it has no session: leave sid= out")
    auth_time = None if authenticated_at is None else int(authenticated_at.timestamp())
    login = {"sid": sid, "auth_time": auth_time, "cnt": counter}
    ours = {**name, **times, "jti": secrets.token_urlsafe(16), **login}
    client_id = settings.CLIENT_ID if kind is ACCESS else None
    parties = {"iss": settings.ISSUER, "aud": audience_of(audience, settings), "client_id": client_id}
    all_claims = {name: value for name, value in (ours | parties).items() if value is not None} | own
    text = _encode(all_claims, kind, ring, timedelta(seconds=times["exp"] - times["iat"]))
    if len(text) > encoding.MAX_LENGTH:
        worst = f"; the largest claim is {largest(own)!r}" if own else ""
        raise ValueError(
            f"token would be {len(text)} characters long, and verifiers reject more than "
            f"{encoding.MAX_LENGTH}{worst}"
        )
    if kind is ACCESS and settings.has_cookies and (fault := find_cookie_fault(text)) is not None:
        raise ValueError(fault)
    if ISSUED:
        notify(ISSUED, kind)
    return text


aissue = in_thread(issue)


def find_cookie_fault(text: str) -> str | None:
    """Return why no browser keeps the token `text` in a cookie, None where it does."""
    if len(text) <= MAX_COOKIE:
        return None
    return (
        f"token would be {len(text)} characters long, and a browser drops a cookie over 4,096 bytes: a token "
        f"in a cookie must have at most {MAX_COOKIE} characters. Leave claims out, or COOKIES unset"
    )


def _name_subject(
    user: AbstractBaseUser | None, subject: str | None, kind: TokenKind, settings: Settings
) -> dict[str, object]:
    """Return the claims that name the subject. Raises `TypeError` for one that `kind` does not take."""
    if kind.subject:
        if user is not None or subject is None:
            raise TypeError(f"kind {kind.name!r} names no user: pass subject=, and no user")
        return users.name_subject(subject)
    if subject is not None:
        raise TypeError(f"kind {kind.name!r} names a user: subject= needs a TokenKind(…, subject=True)")
    return users.name_user(cast("AbstractBaseUser", user), settings)  # which checks the type


def _times(now: datetime, lifetime: timedelta, until: datetime | None) -> dict[str, int]:
    """Return `exp` and `iat` in whole seconds, rounded down, so that no token outlives its session."""
    issued = int(now.timestamp())
    expires = int((now + lifetime).timestamp())
    return {"exp": expires if until is None else min(expires, int(until.timestamp())), "iat": issued}


def audience_of(audience: str | None, settings: Settings | None = None) -> str | None:
    """Return `audience`, by default the first of `AUDIENCE`. Raises `ValueError` if it is not one of them.

    A token names one audience (RFC 9700 §2.3), so that a service that gets it cannot use it at another one.
    """
    settings = settings or conf()
    if audience is None:
        return settings.audience
    if audience not in settings.audiences:
        choices = ", ".join(map(repr, settings.audiences)) or "it is not set"
        raise ValueError(f"audience must be one of AUDIENCE ({choices}), got {audience!r}")
    return audience


@sensitive_variables()
def _encode(claims: Mapping[str, object], kind: TokenKind, ring: keys.Keyring, lives: timedelta) -> str:
    """Return the token of `claims`, which `lives` so long, at the time and under the settings of `ring`."""
    settings = ring.settings
    find_key = partial(
        keys.signing_key,
        now=ring.now,
        lifetime=lives,
        store=ring.snapshot.address.store,
        settings=settings,
    )
    key, recipient = find_key(kind.ring), None
    if kind.is_encrypted_under(settings):
        recipient = find_key("encryption")
    typ, enc = kind.typ_under(settings), settings.CONTENT_ENCRYPTION
    try:
        text = jwt.encode(claims, key, typ=typ, encrypt_to=recipient, enc=enc)
    except KeyUnusableError as error:  # an imported key, or an old `dir` key
        raise NoUsableKey(f"{error}. Run manage.py rotate_keys --ring RING --now --force") from error
    return text
