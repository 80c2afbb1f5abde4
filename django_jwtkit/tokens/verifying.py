"""Verifying: cryptography and claims. User and session come after, in the faces."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import InvalidClaim, NoUsableKey
from django_jwtkit.jose import Key, expect, jwt
from django_jwtkit.keys.snapshot import Proof, moment, snapshot

from .kinds import ACCESS, REFRESH, TokenKind
from .users import MAX_SUBJECT, NO_USER, SUB_FIELD

REQUIRED: Final = frozenset({"exp", "iat", "jti", "sub"})
_CONTAINERS: Final = (dict, list)


@sensitive_variables()
def verify(text: str, *, kind: TokenKind = ACCESS, now: datetime | None = None) -> dict[str, object]:
    """Return the claims of `text`, a fresh dict, if it is a good token of `kind`.

    Proven: signature, type, issuer, audience, dates, and that the key may have signed just this. Not asked:
    whether user and session live. Raises `TokenError`; `ServiceUnavailable` where the keys can't be had.

    A text that has been proven before is not decoded again, if nothing that was asked of it has changed
    (docs/decisions/0006): what depends on the clock and on the keys' state is asked each time.
    """
    settings = conf()
    held = snapshot(kind.ring, settings)
    at = moment(now, held)
    proof = held.proven.get(text) if isinstance(text, str) else None
    if proof is not None and proof.answers(kind, settings, at.timestamp()):
        return proof.fresh()
    ring = keys.Keyring(held, at, settings)
    claims, key = _decoded(text, kind, ring)
    if not isinstance(text, str) or _is_secret(kind, settings):
        return claims
    proof = _proof(claims, key, kind, ring)
    held.proven.put(text, proof)
    return proof.fresh()


def _is_secret(kind: TokenKind, settings: Settings) -> bool:
    """Whether tokens of this kind are not to stay in memory: hidden from others, or worth a whole session."""
    return kind.name == REFRESH.name or kind.encrypted or kind.name in settings.ENCRYPT


def _proof(claims: dict[str, object], key: Key, kind: TokenKind, ring: keys.Keyring) -> Proof:
    """Return what may be said of this token until it, or trust in its key, comes to an end."""
    dates, allowed = cast("dict[str, float]", claims), ring.settings.seconds  # its dates have been looked at
    begins, ends = ring.trust_window(key, dates["iat"])
    begins = max(begins, dates.get("nbf", 0) - allowed.leeway, dates["iat"] - allowed.skew)
    nested = tuple([name for name, value in claims.items() if isinstance(value, _CONTAINERS)])
    return Proof(claims, nested, kind, ring.settings, begins, min(ends, dates["exp"] + allowed.leeway))


@sensitive_variables()
def _decoded(text: str, kind: TokenKind, ring: keys.Keyring) -> tuple[dict[str, object], Key]:
    """Return the claims of `text` and the key that signed it, all of it checked."""
    settings = _with_keys(ring).settings
    expected = expect(
        ring.algorithms,
        typ=kind.typ,
        issuer=settings.ISSUER,
        audience=settings.AUDIENCE,
        required=REQUIRED,
        leeway=settings.seconds.leeway,
        skew=settings.seconds.skew,
    )
    signed = _opened(text, ring) if kind.confidential else text
    _, claims, key = jwt.read(signed, ring, expected, ring.now.timestamp())
    _check_ours(claims, kind)
    ring.confirm(key, claims)
    return claims, key


def _check_ours(claims: Mapping[str, object], kind: TokenKind) -> None:
    """Raise `InvalidClaim` for what no token of this kind says: claims of our own, beyond RFC 7519's."""
    if not _is_ours(str(claims["jti"])):
        raise InvalidClaim("not a jti of ours", "jti")
    if len(str(claims["sub"])) > MAX_SUBJECT:  # other issuers may write more
        raise InvalidClaim(f"the claim 'sub' has more than {MAX_SUBJECT} characters", "sub")
    if "cnf" in claims:  # RFC 7800: whoever shows the token would have to prove more
        raise InvalidClaim("bound to a key that is not checked here", "cnf")
    if (claims.get(SUB_FIELD) == NO_USER) is not kind.subject:
        raise InvalidClaim(f"a {kind.name} token names {'no' if kind.subject else 'a'} user", SUB_FIELD)


def _is_ours(jti: str) -> bool:
    """Whether `jti` looks as those that we issue: 16 to 64 characters of base64url."""
    return 16 <= len(jti) <= 64 and jti.isascii() and jti.replace("-", "0").replace("_", "0").isalnum()


@sensitive_variables()
def _opened(text: str, ring: keys.Keyring) -> bytes:
    """Return the signed token in an encrypted one, by the keys of the store that `ring` is in."""
    store = ring.snapshot.address.store
    encryption = _with_keys(keys.keyring("encryption", now=ring.now, store=store))
    return jwt.opened(text, encryption, encryption.algorithms)


def _with_keys(ring: keys.Keyring) -> keys.Keyring:
    """Return `ring`, if it has keys: without any, no token can be judged, and none is to blame."""
    if not ring.algorithms:
        name = ring.snapshot.ring
        raise NoUsableKey(f"Ring {name!r} has no keys: run manage.py rotate_keys --ring {name}")
    return ring
