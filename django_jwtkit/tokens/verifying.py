"""Verifying: cryptography and claims. User and session come after, in the faces."""

import re
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import InvalidClaim, NoUsableKey
from django_jwtkit.jose import jwt

from .kinds import ACCESS, TokenKind

REQUIRED: Final = frozenset({"exp", "iat", "jti", "sub"})
_JTI: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


@sensitive_variables()
def verify(text: str, *, kind: TokenKind = ACCESS, now: datetime | None = None) -> dict[str, object]:
    """Return the claims of `text`, a fresh dict, if it is a good token of `kind`.

    Proven: signature, type, issuer, audience, dates, and that the key may have signed just this. Not asked:
    whether user and session live. Raises `TokenError`; `ServiceUnavailable` where the keys can't be had.
    """
    now = now or timezone.now()
    settings, ring = conf(), _keyring(kind.ring, now)
    decrypt_with = _keyring("encryption", now) if kind.confidential else None
    seen = jwt.read(
        text,
        ring,
        algorithms=ring.algorithms,
        typ=kind.typ,
        decrypt_with=decrypt_with,
        encryption_algorithms=decrypt_with.algorithms if decrypt_with else None,
        issuer=settings.ISSUER,
        audience=settings.AUDIENCE,
        required=REQUIRED,
        leeway=settings.LEEWAY,
        skew=max(settings.LEEWAY, settings.CLOCK_SKEW),
        now=now,
    )
    if not _JTI.fullmatch(str(seen.claims["jti"])):
        raise InvalidClaim("not a jti of ours", "jti")
    ring.confirm(seen.key, seen.claims, now)
    return dict(seen.claims)


def _keyring(name: str, now: datetime) -> keys.Keyring:
    """The keys of ring `name`: without any, no token can be judged, and none is to blame."""
    ring = keys.keyring(name, now=now)
    if not ring.algorithms:
        raise NoUsableKey(f"Ring {name!r} has no keys: run manage.py rotate_keys --ring {name}")
    return ring
