"""Verifying: cryptography and claims. User and session come after, in the faces."""

import re
from copy import deepcopy
from datetime import datetime
from typing import Final, cast

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import Settings
from django_jwtkit.errors import InvalidClaim, NoUsableKey
from django_jwtkit.jose import jwt
from django_jwtkit.keys.snapshot import Proof

from .kinds import ACCESS, REFRESH, TokenKind

REQUIRED: Final = frozenset({"exp", "iat", "jti", "sub"})
_JTI: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


@sensitive_variables()
def verify(text: str, *, kind: TokenKind = ACCESS, now: datetime | None = None) -> dict[str, object]:
    """Return the claims of `text`, a fresh dict, if it is a good token of `kind`.

    Proven: signature, type, issuer, audience, dates, and that the key may have signed just this. Not asked:
    whether user and session live. Raises `TokenError`; `ServiceUnavailable` where the keys can't be had.

    A text that has been proven before is not decoded again, if nothing that was asked of it has changed
    (docs/decisions/0006): what depends on the clock and on the keys' state is asked each time.
    """
    ring = _keyring(kind.ring, now or timezone.now())
    proof = ring.proven.get(text) if isinstance(text, str) else None
    if proof is not None and _holds(proof, kind, ring):
        return _fresh(proof)
    seen = _decoded(text, kind, ring)
    if not isinstance(text, str) or _is_secret(kind, ring.settings):
        return seen.claims
    proof = _proof(seen, kind, ring.settings)
    ring.proven.put(text, proof)
    return _fresh(proof)


def _is_secret(kind: TokenKind, settings: Settings) -> bool:
    """Whether tokens of this kind are not to stay in memory: hidden from others, or worth a whole session."""
    return kind is REFRESH or kind.encrypted or kind.name in settings.ENCRYPT


def _holds(proof: Proof, kind: TokenKind, ring: keys.Keyring) -> bool:
    """Whether a proof is one of what is asked now, is in time, and by a key that is trusted still."""
    in_time = proof.begins <= ring.now.timestamp() < proof.ends
    return in_time and proof.policy == (kind, ring.settings) and ring.trusts(proof.kid)


def _proof(seen: jwt.Decoded, kind: TokenKind, settings: Settings) -> Proof:
    claims = cast("dict[str, float]", seen.claims)  # its dates have been looked at
    leeway, skew = settings.LEEWAY.total_seconds(), settings.CLOCK_SKEW.total_seconds()
    begins = max(claims.get("nbf", 0) - leeway, claims["iat"] - max(leeway, skew))
    nested = tuple(name for name, value in seen.claims.items() if isinstance(value, dict | list))
    return Proof(seen.claims, nested, seen.key.kid or "", (kind, settings), begins, claims["exp"] + leeway)


def _fresh(proof: Proof) -> dict[str, object]:
    """The claims, all the caller's own. `deepcopy` for all of them would take ten times as long."""
    claims = dict(proof.claims)
    for name in proof.nested:
        claims[name] = deepcopy(claims[name])
    return claims


@sensitive_variables()
def _decoded(text: str, kind: TokenKind, ring: keys.Keyring) -> jwt.Decoded:
    """Return what is in `text`, all of it checked."""
    now, settings = ring.now, ring.settings
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
    return seen


def _keyring(name: str, now: datetime) -> keys.Keyring:
    """The keys of ring `name`: without any, no token can be judged, and none is to blame."""
    ring = keys.keyring(name, now=now)
    if not ring.algorithms:
        raise NoUsableKey(f"Ring {name!r} has no keys: run manage.py rotate_keys --ring {name}")
    return ring
